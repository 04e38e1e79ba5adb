"""Rooms in which settlement runs alone."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.settlement.service import blueprint
from tests.support.room import Room, open_room


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with open_room(blueprint(), tmp_path) as opened:
        yield opened


@pytest.fixture(params=["sqlite", "postgresql"])
async def any_room(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Room]:
    """The same room on both databases."""
    async with open_room(blueprint(), tmp_path, request.param) as opened:
        yield opened
