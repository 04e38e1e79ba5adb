"""A service in a process of its own in which something waits too long, armed to die while the ladder is climbed.

`python -m tests.crash.climbing FOLDER LADDER POINT HIT`: LADDER is `duty` (intake) or `check_in` (logistics). What
waits is made, then the clock goes from rung to rung, and the process kills itself when POINT is reached the HITth time.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from services.intake.service import blueprint as intake
from services.logistics.service import blueprint as logistics
from shared.contracts.envelope import Event
from shared.contracts.intake import DutyCalled
from shared.contracts.logistics import CheckInMissed
from shared.runtime import Blueprint
from tests.crash.child import arm_death
from tests.intake.test_duties import OFFICER, new_case, set_task
from tests.logistics.scene import at, departed, open_group
from tests.support.door import REFERRAL_KEY
from tests.support.room import NOON, Room, open_room

DAY = timedelta(days=1)


async def _leave_a_task(room: Room) -> None:
    """Due in three days."""
    await set_task(room, OFFICER, await new_case(room), NOON + 3 * DAY)


async def _travel(room: Room) -> None:
    """Nobody reports at 16:00."""
    group = await open_group(room)
    async with room.client(group.coordinator) as client:
        await departed(room, client, group)


@dataclass(frozen=True)
class Ladder:
    """rungs: the step that is told, and when."""

    blueprint: Callable[[], Blueprint]
    begin: Callable[[Room], Awaitable[None]]
    told: type[Event]
    rungs: tuple[tuple[str, datetime], ...]


LADDERS = {
    "duty": Ladder(
        lambda: intake(REFERRAL_KEY),
        _leave_a_task,
        DutyCalled,
        (("reminder", NOON + 2 * DAY), ("overdue", NOON + 3 * DAY), ("escalated", NOON + 4 * DAY)),
    ),
    "check_in": Ladder(
        logistics,
        _travel,
        CheckInMissed,
        (
            ("due", at(16)),
            ("after_15_minutes", at(16, 15)),
            ("after_30_minutes", at(16, 30)),
            ("after_60_minutes", at(17)),
        ),
    ),
}


async def run(folder: Path, ladder: Ladder, point: str, hit: int) -> None:
    async with open_room(ladder.blueprint(), folder) as room:
        await ladder.begin(room)
        arm_death(folder, point, hit, "self")
        for _, moment in ladder.rungs:
            room.clock.move(moment)
            await room.fire()


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1]), LADDERS[sys.argv[2]], sys.argv[3], int(sys.argv[4])))
