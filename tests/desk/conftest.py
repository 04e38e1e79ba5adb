"""Services behind the desk: real ones, alone in their rooms, that believe the desk's issuer."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from services.intake.service import blueprint as intake_blueprint
from services.notify.service import blueprint as notify_blueprint
from shared.access import TokenVerifier
from tests.desk.parlour import ISSUER
from tests.support.room import Room, open_room


def believe(room: Room, folder: Path) -> Room:
    """From now on the room's service takes the tokens of the desk's issuer, and no others."""
    room.app.state.verifier = TokenVerifier(ISSUER, room.blueprint.name, folder / "jwks.json", room.tools.revocations)
    return room


@pytest.fixture
async def intake(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Room]:
    folder = tmp_path_factory.mktemp("intake")
    async with open_room(intake_blueprint(ECKey.generate_key("P-256")), folder) as opened:
        yield opened


@pytest.fixture
async def notify(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Room]:
    folder = tmp_path_factory.mktemp("notify")
    async with open_room(notify_blueprint(), folder) as opened:
        yield opened
