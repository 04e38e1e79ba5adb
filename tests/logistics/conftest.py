"""Rooms in which logistics runs alone."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.logistics.service import blueprint
from tests.support.room import Room, open_room


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with open_room(blueprint(), tmp_path) as opened:
        yield opened


@pytest.fixture(params=["sqlite", "postgresql"])
async def either_room(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Room]:
    """On either database: what is true of one must be true of the other."""
    async with open_room(blueprint(), tmp_path, request.param) as opened:
        yield opened
