"""An import in a process of its own, armed to die at a point.

`python -m tests.crash.importing FOLDER POINT HIT`: reads what waits to be read and brings in what is begun, until
nothing is left, or is killed at the HITth time.
"""

import asyncio
import sys
from pathlib import Path

from services.intake.service import blueprint
from tests.crash.child import arm_death
from tests.support.door import REFERRAL_KEY
from tests.support.room import open_room


async def main(folder: Path, point: str, hit: int) -> None:
    async with open_room(blueprint(REFERRAL_KEY), folder) as room:
        arm_death(folder, point, hit, "self")
        await room.compute()
        await room.fire()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
