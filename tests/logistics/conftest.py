"""Rooms in which logistics runs alone."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.logistics.service import blueprint
from tests.logistics.scene import open_all_lanes
from tests.support.room import Room, open_room


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with open_room(blueprint(), tmp_path) as opened:
        yield opened


@pytest.fixture
async def busy_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Room]:
    """On PostgreSQL, where nothing shares a commit: what comes at once races, as it would between replicas."""
    monkeypatch.setattr("shared.database.engine.GROUP", 1)
    async with open_room(blueprint(), tmp_path, "postgresql") as opened:
        await open_all_lanes(opened)
        yield opened


@pytest.fixture(params=["sqlite", "postgresql"])
async def either_room(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Room]:
    """On either database: what is true of one must be true of the other."""
    async with open_room(blueprint(), tmp_path, request.param) as opened:
        yield opened
