"""The porter between the front door and intake in a process of its own, armed to die at a point.

`python -m tests.crash.carrying FOLDER POINT HIT`: carries until nothing is left, or is killed at the HITth time.
"""

import asyncio
import sys
from pathlib import Path

from services.intake.service import blueprint
from services.intake.threads.porter import Porter
from shared.database import Database
from tests.crash.child import arm_death
from tests.support.door import REFERRAL_KEY
from tests.support.room import open_room


async def main(folder: Path) -> None:
    async with open_room(blueprint(REFERRAL_KEY), folder) as room:
        door = Database(f"sqlite:///{folder / 'front_door.db'}")
        await door.open()
        porter = Porter(door, room.database, room.tools, room.registry)
        while await porter.carry():
            pass
        await door.close()


if __name__ == "__main__":
    arm_death(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), "self")
    asyncio.run(main(Path(sys.argv[1])))
