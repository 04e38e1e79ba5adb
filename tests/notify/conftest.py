"""Rooms in which notify runs alone."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.notify.service import blueprint
from tests.support.room import Room, open_room


@pytest.fixture(params=["sqlite"])
async def room(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Room]:
    async with open_room(blueprint(loopback_http=True), tmp_path, request.param) as opened:
        yield opened


both = pytest.mark.parametrize("room", ["sqlite", "postgresql"], indirect=True)
