"""Letters between the front door and intake, killed with -9 at every point: nothing is lost, nothing is there twice."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from services.intake.requests.store.requests import REQUESTS
from services.intake.threads.store import ANSWERS, ENDINGS, LETTERS, THREADS, end_at_the_door
from tests.support.door import House, open_house
from tests.support.room import staff

POINTS = [
    ("work.before_commit", 2),
    ("work.committed", 2),
    *((point, 1) for point in ("porter.taken", "porter.gone", "porter.laid_out", "porter.ended")),
]


async def prepare(house: House) -> list[str]:
    """Two threads with answers on their way, one of which is taken back meanwhile, and a request nobody has seen."""
    kept, taken_back = await house.ask(name="One"), await house.ask(name="Two")
    await house.carry()
    async with house.room.client(staff("intake_officer")) as officer:
        for thread in (await officer.get("/threads")).json()["items"]:
            url = f"/requests/{thread['request_id']}/thread/answer"
            said = await officer.post(url, json={"text": "We are here."}, headers={"If-Match": '"1"'})
            assert said.status_code == 200
    page = await house.come_back("en", kept)
    await house.write("message", page, text="Thank you.")
    page = await house.come_back("en", taken_back)
    await house.write("withdrawal", page, sure="yes")
    return [kept, taken_back, await house.ask(name="Three")]


def carry(folder: Path, point: str, hit: int) -> int:
    command = [sys.executable, "-m", "tests.crash.carrying", str(folder), point, str(hit)]
    return subprocess.run(command, check=False, timeout=120).returncode


@pytest.mark.parametrize(("point", "hit"), POINTS)
async def test_killed_while_letters_are_carried(tmp_path: Path, point: str, hit: int) -> None:
    """Killed there and started again, everything is where it belongs, once."""
    async with open_house(tmp_path) as house:
        codes = await prepare(house)
        if point == "porter.ended":
            await house.carry()
            await end_everything(house)
    assert carry(tmp_path, point, hit) == -signal.SIGKILL
    async with open_house(tmp_path) as house:
        await house.carry()
        assert await house.owned_rows("SELECT id FROM door_letters") == []
        assert await house.room.rows(select(ANSWERS)) == await house.room.rows(select(ENDINGS)) == []
        assert len(await house.room.rows(select(REQUESTS))) == 3
        ours = [row["ours"] for row in await house.room.rows(select(LETTERS))]
        assert (ours.count(True), ours.count(False)) == (2, 5)
        opened = [(await house.come_back("en", code)).status_code for code in codes]
        assert opened == ([404] * 3 if point == "porter.ended" else [200, 404, 200])
        if point != "porter.ended":
            assert (await house.come_back("en", codes[0])).text.count("We are here.") == 1


async def end_everything(house: House) -> None:
    """As when nobody has written for very long: the front door is to hear of it."""
    ids = [row["id"] for row in await house.room.rows(select(THREADS.c.id))]
    await house.porter._do(lambda work: end_at_the_door(work, ids))
