"""A signature, or a newer proposal, at the moment in which the timer of the proposal fires, on PostgreSQL."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import make_url, select, text

from services.settlement.service import blueprint
from shared import approving
from shared.access import Actor, approval_of
from shared.access.approval_rows import approvals
from shared.approving import Act
from shared.clock import new_id
from shared.database import Transaction
from shared.timers import TIMERS
from shared.work import Batch, Cause, Work
from tests.support.room import Room, open_room, staff

TRIAL = Act("trial", timedelta(days=1), "see_case", "see_case", "/trials/{subject_id}")
SUBJECT = "d4" * 16


async def _sign(work: Work, approval_id: str) -> None:
    await approving.sign(work, TRIAL, approval_id, b"content", approve=True)


async def _replace(work: Work, _: str) -> None:
    await approving.replace(work, TRIAL, SUBJECT)


@pytest.mark.parametrize(("end", "state"), [(_sign, "approved"), (_replace, "replaced")])
async def test_who_ends_a_proposal_as_its_timer_fires_waits_for_nobody_who_waits_for_them(
    tmp_path: Path, end: Callable[[Work, str], Awaitable[None]], state: str
) -> None:
    """Begun a moment before the expiry it ends the proposal at the first attempt; the timer finds nothing to do."""
    async with open_room(blueprint(), tmp_path, "postgresql") as room:
        approval_id = await _proposed(room)
        attempts: list[str] = []

        async def ending(tx: Transaction) -> None:
            attempts.append("end")
            await _within(room, tx, staff("manager"), lambda work: end(work, approval_id))

        async def firing(tx: Transaction) -> int:
            attempts.append("fire")
            fired, _ = await room.timers._fire(tx)
            return fired

        held, free = asyncio.Event(), asyncio.Event()

        async def hold(tx: Transaction) -> None:
            await tx.execute(select(approvals.c.id).where(approvals.c.id == approval_id).with_for_update())
            held.set()
            await free.wait()

        holding = asyncio.create_task(room.database.transact(hold))
        await held.wait()
        try:
            ended = asyncio.create_task(room.database.transact(ending))
            await _waiting(room, 1)
            room.clock.move(room.clock.now() + timedelta(days=1))
            fired = asyncio.create_task(room.database.transact(firing))
            await _waiting(room, 2)
        finally:
            free.set()
        await asyncio.gather(holding, ended)
        assert (await fired, attempts) == (1, ["end", "fire"])
        assert (await room.database.transact(lambda tx: approval_of(tx, approval_id))).state == state
        assert await room.rows(select(TIMERS)) == []


async def _proposed(room: Room) -> str:
    async def job(tx: Transaction) -> str:
        proposed: list[str] = []

        async def propose(work: Work) -> None:
            proposed.append((await approving.propose(work, TRIAL, SUBJECT, b"content")).id)

        await _within(room, tx, staff("manager"), propose)
        return proposed[0]

    return await room.database.transact(job)


async def _within(room: Room, tx: Transaction, actor: Actor, act: Callable[[Work], Awaitable[None]]) -> None:
    async with Batch.of(tx, room.tools).work(actor, Cause(new_id())) as work:
        await act(work)


async def _waiting(room: Room, number: int) -> None:
    """Return when so many transactions of the room's database wait for a lock; asked by way of its other database."""
    here = "datname = :name AND wait_event_type = 'Lock'"
    asked = text(f"SELECT count(*) FROM pg_stat_activity WHERE {here}").bindparams(name=make_url(room.url).database)

    async def count(tx: Transaction) -> int:
        return int((await tx.execute(asked)).scalar_one())

    async with asyncio.timeout(20):
        while await room.keys.transact(count) != number:
            await asyncio.sleep(0.01)
