"""Logistics in a process of its own that erases somebody and is armed to die on the way.

`python -m tests.crash.erasing FOLDER POINT HIT`: a group of two with papers and beds is made in FOLDER, one of them is
erased, and the process kills itself when POINT is reached for the HITth time from the first step on.
"""

import asyncio
import json
import sys
from pathlib import Path

from services.logistics.service import blueprint
from tests.crash.child import arm_death
from tests.logistics.scene import ADULT, active_house, clear_entry, hold, open_group, record_passports
from tests.support.erasure import person_erased
from tests.support.room import open_room


async def run(folder: Path, point: str, hit: int) -> None:
    async with open_room(blueprint(), folder) as room:
        group = await open_group(room, [ADULT, ADULT])
        async with room.client(group.coordinator) as client:
            await hold(client, await active_house(client, beds=2), group)
            await clear_entry(room, group)
            await record_passports(client, group.people)
        await room.tell(person_erased(room, group.case_id, group.people[0]))
        (folder / "people.json").write_text(json.dumps(group.people))
        arm_death(folder, point, hit, "self")
        await room.fire()


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
