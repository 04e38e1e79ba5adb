"""Each service in turn, alone."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.access.rooms import BLUEPRINTS
from tests.support.room import Room, open_room


@pytest.fixture(params=BLUEPRINTS)
async def room(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Room]:
    async with open_room(BLUEPRINTS[request.param](), tmp_path) as opened:
        yield opened
