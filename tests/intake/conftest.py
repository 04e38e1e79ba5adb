"""Rooms in which intake runs alone."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from services.intake.service import blueprint
from tests.support.room import Room, open_room

REFERRAL_KEY = ECKey.generate_key("P-256")


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with open_room(blueprint(REFERRAL_KEY), tmp_path) as opened:
        yield opened
