"""Whatever is committed is linked once, without holes, while writers work and linkers are killed.

Rule: the chain is judged by a few lines of this file, not by the code that makes it.
"""

import asyncio
import hashlib
import json
import random
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import asdict
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, func, select

from shared.access import Actor
from shared.audit import ABOUT, AUDIT, CHAIN, LINKS
from shared.clock import new_id
from shared.database import Database, Transaction
from shared.linker import Linker
from shared.work import Batch, Cause, Tools
from tests.support.databases import database_url
from tests.support.ledger import TOPOLOGY, Site, ask, only_database

WRITERS = 24
ROWS_AT_LEAST = 12
LINKERS = 3
FATES = ("kept", "kept", "undone", "lost", "kept", "late")
KEPT = {"kept", "late"}


@pytest.fixture(params=["sqlite", "postgresql"])
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> Site:
    made = Site("ledger", tmp_path, database_url(request.param, tmp_path, "ledger"), "", "")
    await made.prepare()
    return made


async def write(database: Database, tools: Tools, actor: Actor, number: int, fate: str = "kept") -> None:
    """One row about two ids; fate: `undone` alone, `lost` with its transaction, `late` in its commit, or kept."""

    async def job(tx: Transaction) -> None:
        async with Batch.of(tx, tools).work(actor, Cause(new_id())) as work:
            work.audit(f"look_{number}", case_id=f"{number:032x}", subjects=[actor.id])
            if fate == "undone":
                raise RuntimeError(fate)
        tx.before_commit.append(end)

    async def end() -> None:
        # Where one writes at a time, a slow commit holds up all.
        if fate == "late" and database.dialect == "postgresql":
            await asyncio.sleep(0.3)
        if fate == "lost":
            raise RuntimeError(fate)

    with suppress(RuntimeError):
        await database.transact(job)


def broken_links(rows: Sequence[Any], chain_id: str) -> list[int]:
    """The numbers at which the chain does not hold. rows: links joined with their audit rows, by number."""
    before = hashlib.sha256(b"lodestar audit chain " + chain_id.encode()).digest()
    broken = []
    for place, row in enumerate(rows, start=1):
        said = [
            row.at.astimezone(UTC).isoformat(timespec="microseconds"),
            row.actor_id,
            row.actor_kind,
            row.verb,
            row.case_id,
            row.subjects,
            row.correlation_id,
            row.denied,
        ]
        content = json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode()
        before = hashlib.sha256(before + content).digest()
        if (row.number, row.hash) != (place, before):
            broken.append(row.number)
    return broken


async def chain_of(database: Database) -> tuple[str, list[Any]]:
    joined = select(LINKS.c.number, LINKS.c.hash, AUDIT).join(AUDIT, AUDIT.c.seq == LINKS.c.seq)
    rows = await ask(database, joined.order_by(LINKS.c.number))
    ((chain_id,),) = await ask(database, select(CHAIN.c.id))
    return chain_id, rows


async def count(database: Database, table: Table) -> int:
    return int((await ask(database, select(func.count()).select_from(table)))[0][0])


@asynccontextmanager
async def killed_linkers(site: Site, database: Database) -> AsyncIterator[asyncio.Event]:
    """Linkers in processes of their own: one after the other is killed when the chain has grown again, and the last
    one links what is left. Yields what is set when all others are dead."""
    described = json.dumps({**asdict(site), "folder": str(site.folder)})
    command = [sys.executable, "-m", "tests.audit.linking", described]
    running = [await asyncio.create_subprocess_exec(*command) for _ in range(LINKERS)]
    killed = asyncio.Event()

    async def kill() -> None:
        for victim in running[1:]:
            linked = await count(database, LINKS)
            while await count(database, LINKS) == linked:
                await asyncio.sleep(random.uniform(0, 0.02))
            victim.kill()
            await victim.wait()
        killed.set()

    killing = asyncio.create_task(kill())
    try:
        yield killed
        async with asyncio.timeout(60):
            while await count(database, AUDIT) > await count(database, LINKS):
                await asyncio.sleep(0.05)
    finally:
        killing.cancel()
        for process in running:
            if process.returncode is None:
                process.kill()
                await process.wait()


async def test_writers_at_once_and_killed_linkers_leave_one_chain_without_holes(site: Site) -> None:
    """Rows of many writers, of which some fail and some commit late: each that was kept has one link, in the order in
    which its writer wrote, and every hash holds."""
    tools = site.tools(Database(f"sqlite:///{site.folder}/unused.db"))
    written: dict[str, list[int]] = {new_id(): [] for _ in range(WRITERS)}
    async with AsyncExitStack() as stack:
        databases = [await stack.enter_async_context(only_database(site)) for _ in range(3)]
        killed = await stack.enter_async_context(killed_linkers(site, databases[0]))

        async def writer(place: int, actor: Actor) -> None:
            number = 0
            while number < ROWS_AT_LEAST or not killed.is_set():
                fate = FATES[(place + number) % len(FATES)]
                await write(databases[place % 3], tools, actor, number, fate)
                if fate in KEPT:
                    written[actor.id].append(number)
                number += 1
                await asyncio.sleep(random.uniform(0, 0.3))

        async with asyncio.timeout(120):
            await asyncio.gather(*(writer(place, Actor(who, "staff")) for place, who in enumerate(written)))
    async with only_database(site) as database:
        chain_id, rows = await chain_of(database)
        places = {tuple(row) for row in await ask(database, select(ABOUT))}
        assert broken_links(rows, chain_id) == []
    assert len({row.seq for row in rows}) == len(rows) == sum(map(len, written.values()))
    for actor_id, numbers in written.items():
        assert [int(row.verb.removeprefix("look_")) for row in rows if row.actor_id == actor_id] == numbers
    assert places == {(one, row.number, row.seq) for row in rows for one in (row.case_id, row.actor_id)}
    if database.dialect == "postgresql":
        seqs = [row.seq for row in rows]
        assert seqs != sorted(seqs), "no row came late: nothing was tried"


async def test_a_row_is_linked_within_a_second(site: Site) -> None:
    """The bell after the commit wakes the linker, and what was there before it began is linked as well."""
    tools = site.tools(Database(f"sqlite:///{site.folder}/unused.db"))
    actor = Actor(new_id(), "staff")
    async with only_database(site) as database:
        await write(database, tools, actor, 1)
        linker = Linker(database, tools, TOPOLOGY, every_s=60)
        linking = asyncio.create_task(linker.run())
        await until_linked(database, 1)
        # Well into the pause of an idle linker, which only the bell ends.
        await asyncio.sleep(0.5)
        began = asyncio.get_running_loop().time()
        await write(database, tools, actor, 2)
        await until_linked(database, 2)
        assert asyncio.get_running_loop().time() - began < 4
        await write(database, tools, actor, 3)
        linker.stop()
        await linking
        assert [row.verb for row in (await chain_of(database))[1]] == ["look_1", "look_2", "look_3"]


async def until_linked(database: Database, number: int) -> None:
    async with asyncio.timeout(20):
        while await count(database, LINKS) < number:
            await asyncio.sleep(0.02)
