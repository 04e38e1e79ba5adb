"""Kill -9 in the middle of an erasure: whoever starts again finishes it, and nothing is done twice."""

import asyncio
import json
import signal
import sys
from pathlib import Path

import pytest

from services.logistics.database import metadata
from services.logistics.service import blueprint
from shared.contracts.logistics import ErasureCompleted
from shared.erasures import steps_of
from tests.support.erasure import cells_with, has_key
from tests.support.room import open_room

POINTS = ("erasure.keys_destroyed", "erasure.rows_gone", "work.before_commit", "work.committed")


@pytest.mark.parametrize("point", POINTS)
async def test_an_erasure_survives_a_kill_at_every_step(tmp_path: Path, point: str) -> None:
    """After the kill the steps run again: key and rows are gone, the other member is not, and it is told once."""
    command = [sys.executable, "-m", "tests.crash.erasing", str(tmp_path), point, "1"]
    killed = await asyncio.create_subprocess_exec(*command)
    assert await killed.wait() == -signal.SIGKILL
    gone, stays = json.loads((tmp_path / "people.json").read_text())
    async with open_room(blueprint(), tmp_path) as room:
        unfinished = not await room.told(ErasureCompleted)
        assert unfinished == (point != "work.committed")
        await room.fire()
        assert (await has_key(room, gone), await cells_with(room, metadata, gone)) == (False, set())
        assert (await has_key(room, stays), "people" in await cells_with(room, metadata, stays)) == (True, True)
        assert [told.person_id for told in await room.told(ErasureCompleted)] == [gone]
        steps = await room.database.transact(lambda tx: steps_of(tx, gone))
        assert sorted(step for _, step, _ in steps) == ["keys", "rows"]
