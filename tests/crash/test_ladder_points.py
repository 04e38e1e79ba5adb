"""Kill -9 while a ladder is climbed: whoever starts again climbs the rest, and no rung is left out or told twice."""

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from tests.crash.climbing import LADDERS
from tests.support.room import open_room

CASES = [
    pytest.param(name, point, hit, id=f"{name}-{point}-{hit}")
    for name, ladder in LADDERS.items()
    for point in ("work.before_commit", "work.committed")
    for hit in range(1, len(ladder.rungs) + 1)
]


@pytest.mark.parametrize(("name", "point", "hit"), CASES)
async def test_every_rung_is_told_once_whenever_it_dies(tmp_path: Path, name: str, point: str, hit: int) -> None:
    """Killed before a rung's transaction is kept, that rung is climbed after the restart; killed after it, it is told
    already. Down until the top is past, all that is left is told then, each once and in order; fired again, nothing."""
    ladder = LADDERS[name]
    steps = [step for step, _ in ladder.rungs]
    command = [sys.executable, "-m", "tests.crash.climbing", str(tmp_path), name, point, str(hit)]
    killed = await asyncio.create_subprocess_exec(*command)
    assert await killed.wait() == -signal.SIGKILL
    async with open_room(ladder.blueprint(), tmp_path) as room:
        kept = hit if point == "work.committed" else hit - 1
        assert [told.step for told in await room.told(ladder.told)] == steps[:kept]
        room.clock.move(ladder.rungs[-1][1])
        await room.fire()
        assert [told.step for told in await room.told(ladder.told)] == steps
        await room.fire()
        assert [told.step for told in await room.told(ladder.told)] == steps
