"""Both databases, and rooms of teller and listener on them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.persistence.stories import Listener, open_story
from tests.support.room import Room


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
async def listening(tmp_path: Path, kind: str, listener: Listener) -> AsyncIterator[Room]:
    """The listener's room; what it hears goes to `listener`."""
    async with open_story("listener", tmp_path, kind, listener=listener) as room:
        yield room


@pytest.fixture
async def telling(tmp_path: Path, kind: str) -> AsyncIterator[Room]:
    """The teller's room."""
    async with open_story("teller", tmp_path, kind) as room:
        yield room
