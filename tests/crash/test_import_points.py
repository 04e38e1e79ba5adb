"""Kill -9 in the middle of an import: another process goes on with it, and every row is in exactly once."""

import asyncio
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from services.intake.requests.store.requests import REQUESTS
from services.intake.service import blueprint
from shared.clock import SystemClock
from shared.runs import RUNS
from tests.intake.test_imports import HEADER, IMPORTER, MAPPING
from tests.support.door import REFERRAL_KEY
from tests.support.room import Room, open_room

ROWS = 45
"""Three transactions of at most twenty."""

LIST = "\n".join([HEADER, *(f"{number};Имя {number};;Ждёт;;Россия;01.04.2017;сам" for number in range(ROWS))])


async def killed(folder: Path, point: str, hit: int) -> bool:
    """Let a process go on until it dies; whether it did."""
    command = [sys.executable, "-m", "tests.crash.importing", str(folder), point, str(hit)]
    return await (await asyncio.create_subprocess_exec(*command)).wait() == -signal.SIGKILL


async def begun(folder: Path) -> str:
    """The address of an import whose file is there, and not read yet."""
    async with open_room(blueprint(REFERRAL_KEY), folder) as room, room.client(IMPORTER) as client:
        made = await client.post("/imports", json={"form": "csv", "mapping": MAPPING})
        path = f"/imports/{made.json()['id']}"
        sent = await client.post(f"{path}/file", content=LIST.encode("cp1251"), headers={"Content-Type": "text/csv"})
        assert sent.status_code == 201, sent.text
    return path


async def seen(room: Room, path: str) -> dict[str, Any]:
    async with room.client(IMPORTER) as client:
        return dict((await client.get(path)).json())


async def names(room: Room) -> int:
    return len(await room.rows(select(REQUESTS.c.id)))


@pytest.mark.parametrize(("point", "hit"), [("work.before_commit", 3), ("work.committed", 2), ("work.committed", 3)])
async def test_a_run_is_finished_by_another_process(tmp_path: Path, point: str, hit: int) -> None:
    """Before a commit its rows are not in, after it they are; whoever comes next brings in the rest, no row twice."""
    path = await begun(tmp_path)
    async with open_room(blueprint(REFERRAL_KEY), tmp_path) as room:
        await room.compute()
        one = await seen(room, path)
        async with room.client(IMPORTER) as client:
            began = await client.post(f"{path}/run", headers={"If-Match": f'"{one["version"]}"'})
        assert began.status_code == 200, began.text
    assert await killed(tmp_path, point, hit)
    async with open_room(blueprint(REFERRAL_KEY), tmp_path) as room:
        there = await names(room)
        assert there in range(1, ROWS), "it died in the middle"
        assert (await seen(room, path))["made"] == there
        await room.fire()
        done = await seen(room, path)
        assert (done["state"], done["made"], done["known"], done["refused"]) == ("done", ROWS, 0, [])
        assert await names(room) == ROWS


async def test_a_file_that_was_being_read_is_read_by_another_process(tmp_path: Path) -> None:
    """The lease of whoever died ends; the next one reads it from its beginning."""
    path = await begun(tmp_path)
    assert await killed(tmp_path, "work.committed", 2)
    async with open_room(blueprint(REFERRAL_KEY), tmp_path) as room:
        assert (await seen(room, path))["reading"] == "waiting"
        over = update(RUNS).values(leased_until=SystemClock().now())
        await room.database.transact(lambda tx: tx.execute(over))
        assert await room.compute() == 1
        assert (await seen(room, path))["reading"] == "done"
