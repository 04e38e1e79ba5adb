"""Runs: asked for once, computed once, ended once, whoever dies meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey
from sqlalchemy import select, update

from services.intake.service import blueprint
from shared import runs
from shared.clock import new_id
from shared.database import Transaction
from shared.errors import Refusal
from shared.pool import Limits
from shared.running import Computation, Runner
from shared.runs import RUNS, Run
from shared.vault import FileKind, Incoming, files
from shared.work import Batch, Cause, Work
from tests.shared.pool import computations as some
from tests.support.room import Room, open_room, staff

TEXT = FileKind(1024 * 1024, {"text/plain": b""})
ANALYST = staff("analyst")


@dataclass
class Story:
    """What ran: how each ended, in order."""

    ended: list[Run] = field(default_factory=list)

    async def prepare(self, _work: Work, _subject: str) -> bytes:
        return b"abc"

    async def finish(self, _work: Work, run: Run, _incoming: Incoming | None) -> None:
        self.ended.append(run)

    def of(self, function: Any, limits: Limits) -> Computation:
        return Computation(function, self.prepare, self.finish, TEXT, "text/plain", limits)


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture
async def room(tmp_path: Path, kind: str, story: Story) -> AsyncIterator[Room]:
    quick = Limits(seconds=20.0)
    kinds = {
        "reverse": story.of(some.reversed_text, quick),
        "stumble": story.of(some.stumble, quick),
        "sleep": story.of(some.sleep, Limits(seconds=0.5)),
        "long": story.of(some.wait_and_mark, Limits(seconds=60.0)),
    }
    made = replace(blueprint(ECKey.generate_key("P-256")), computations=kinds)
    async with open_room(made, tmp_path, kind) as opened:
        yield opened


async def do(room: Room, action: Callable[[Work], Awaitable[Any]]) -> Any:
    async def job(tx: Transaction) -> Any:
        async with Batch.of(tx, room.tools).work(ANALYST, Cause(new_id())) as work:
            return await action(work)

    return await room.database.transact(job)


async def begin(room: Room, kind: str) -> Run:
    async def ask(work: Work) -> Run:
        subject = new_id()
        work.create_key(subject)
        return await runs.begin(work, kind, subject)

    return await do(room, ask)


async def seen(room: Room, run_id: str) -> tuple[str, str | None]:
    async with room.client(ANALYST) as client:
        answer = await client.get(f"/runs/{run_id}")
    body = answer.json()
    return body["state"], body["why"]


async def test_a_run_is_polled_until_it_is_over(room: Room, story: Story) -> None:
    """Done with its result under the key of its subject, or failed with one word; for who asked, and nobody else."""
    good, bad, slow = await begin(room, "reverse"), await begin(room, "stumble"), await begin(room, "sleep")
    assert await seen(room, good.id) == ("waiting", None)
    assert await room.compute() == 3
    assert [await seen(room, it.id) for it in (good, bad, slow)] == [
        ("done", None),
        ("failed", "ValueError"),
        ("failed", "timed_out"),
    ]
    assert sorted(it.id for it in story.ended) == sorted(it.id for it in (good, bad, slow))
    assert await _content(room, next(it for it in story.ended if it.id == good.id)) == b"cba"
    async with room.client(staff("analyst", "auditor")) as other:
        assert (await other.get(f"/runs/{good.id}")).status_code == 404


async def test_a_run_whose_process_died_goes_on_elsewhere(room: Room, story: Story) -> None:
    """After its lease, by another process; three deaths are enough, and then it has failed and says so."""
    run = await begin(room, "long")
    for _ in range(3):
        await _die_over(room)
        assert not await Runner(room.database, room.tools, room.blueprint.computations).step()
        await _lease_ends(room, run)
    assert await room.compute() == 1
    assert await seen(room, run.id) == ("failed", "lost")
    assert [it.why for it in story.ended] == ["lost"]


async def test_two_processes_end_a_run_once(room: Room, story: Story) -> None:
    """Also when the first one, believed dead, comes back with the result."""
    run = await begin(room, "reverse")
    both = [Runner(room.database, room.tools, room.blueprint.computations) for _ in range(2)]
    late = asyncio.create_task(both[0].step())
    while await seen(room, run.id) == ("waiting", None):
        await asyncio.sleep(0.005)
    await _lease_ends(room, run)
    await asyncio.gather(late, both[1].step())
    assert await seen(room, run.id) == ("done", None)
    assert len(story.ended) == 1
    assert len(await room.rows(select(files.FILES))) == 1


async def test_a_run_about_what_was_erased_is_gone(room: Room, story: Story) -> None:
    """There is no key to keep its result under, and nothing of it stays."""
    run = await begin(room, "reverse")
    await room.vault.drop([run.subject])
    assert await room.compute() == 1
    assert await room.rows(select(RUNS)) == []
    assert await room.rows(select(files.FILES)) == []
    assert story.ended == []


async def _die_over(room: Room) -> None:
    runner = Runner(room.database, room.tools, room.blueprint.computations)
    dying = asyncio.create_task(runner.step())
    while not await room.rows(select(RUNS).where(RUNS.c.state == "running", RUNS.c.leased_until > datetime.now(UTC))):
        await asyncio.sleep(0.01)
    dying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await dying


async def _lease_ends(room: Room, run: Run) -> None:
    past = datetime.now(UTC) - timedelta(seconds=1)
    await do(room, lambda work: work.execute(update(RUNS).where(RUNS.c.id == run.id).values(leased_until=past)))


async def _content(room: Room, run: Run) -> bytes:
    assert run.result_id is not None

    async def find(work: Work) -> Any:
        return await files.find(work.tx, await work.cipher(run.subject), str(run.result_id))

    try:
        stored = await do(room, find)
    except Refusal:
        return b""
    return b"".join([piece async for piece in files.content(room.database, stored)])
