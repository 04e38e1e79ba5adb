"""A room for what every service has: notify's, on both databases."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.notify.service import blueprint
from tests.support.room import Room, open_room


@pytest.fixture(params=["sqlite", "postgresql"])
async def room(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Room]:
    async with open_room(blueprint(), tmp_path, request.param) as opened:
        yield opened
