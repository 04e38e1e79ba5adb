"""Rooms in which intake runs alone, on either database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from services.intake.service import blueprint
from tests.support.room import Room, open_room

KEY = ECKey.generate_key("P-256")


@pytest.fixture(params=["sqlite", "postgresql"])
async def room(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Room]:
    async with open_room(blueprint(KEY), tmp_path, request.param) as opened:
        yield opened
