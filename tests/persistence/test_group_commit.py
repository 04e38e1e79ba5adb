"""Jobs that arrive together share a commit, and an error in one of them is that one's alone."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial

import pytest
from sqlalchemy.exc import OperationalError

from shared.clock import new_id
from shared.database import Transaction
from shared.errors import Refusal, invalid
from shared.work import Work
from tests.persistence.stories import LINES, do, tell_line, written
from tests.support.room import Room

JOBS = 24


@pytest.fixture(autouse=True)
def one_lane(monkeypatch: pytest.MonkeyPatch) -> None:
    """On PostgreSQL too, so that what arrives together stays together."""
    monkeypatch.setattr("shared.database.postgres.PostgresBackend.lanes", 1)


class Tally:
    """Counts in how many transactions jobs ran, and how often each ran."""

    def __init__(self) -> None:
        self.transactions: list[Transaction] = []
        self.runs: Counter[int] = Counter()

    def saw(self, tx: Transaction, number: int) -> None:
        if tx not in self.transactions:
            self.transactions.append(tx)
        self.runs[number] += 1


async def tell_all(room: Room, tally: Tally, story: str, fail: Exception | None) -> list[object]:
    """Many units of work at once, of which number 5 fails in its own part of the transaction."""

    async def tell(work: Work, number: int) -> None:
        tally.saw(work.tx, number)
        await tell_line(work, story, f"{number:032x}")
        if number == 5 and fail is not None:
            raise fail

    jobs = (do(room.database, room.tools, partial(tell, number=number)) for number in range(JOBS))
    return list(await asyncio.gather(*jobs, return_exceptions=True))


async def test_what_arrives_together_shares_a_commit(telling: Room) -> None:
    """One transaction for all, and each job ran once."""
    tally, story = Tally(), new_id()
    assert await tell_all(telling, tally, story, None) == [None] * JOBS
    assert len(tally.transactions) == 1
    assert set(tally.runs.values()) == {1}
    assert [told.revision for told in await telling.told()] == list(range(1, JOBS + 1))


@pytest.mark.parametrize("fail", [invalid("told_wrong"), KeyError("a mistake")], ids=["refusal", "mistake"])
async def test_an_error_in_one_job_undoes_that_job(telling: Room, fail: Exception) -> None:
    """Its lines, events and audit rows are gone, its caller learns of it, and all others are kept."""
    tally, story = Tally(), new_id()
    results = await tell_all(telling, tally, story, fail)
    assert [number for number, result in enumerate(results) if result is not None] == [5]
    assert results[5] is fail
    kept = [f"{number:032x}" for number in range(JOBS) if number != 5]
    assert sorted(await written(telling, story)) == kept
    told = await telling.told()
    assert sorted(event.line_id for event in told) == kept
    assert [event.revision for event in told] == list(range(1, JOBS))


async def test_a_spoiled_group_is_tried_again(telling: Room) -> None:
    """A job that fails outside of any savepoint spoils the transaction; the others succeed in one of their own."""
    tally, story = Tally(), new_id()

    async def spoil(tx: Transaction) -> None:
        await tx.execute(LINES.insert(), {"story_id": story, "line_id": "0" * 32})
        raise invalid("spoils_everything")

    good = tell_all(telling, tally, story, None)
    results, bad = await asyncio.gather(good, telling.database.transact(spoil), return_exceptions=True)
    assert isinstance(bad, Refusal)
    assert results == [None] * JOBS
    assert sorted(await written(telling, story)) == [f"{number:032x}" for number in range(JOBS)]
    assert len(await telling.told()) == JOBS


async def test_what_may_pass_is_tried_again(telling: Room) -> None:
    """A lost connection is nobody's error: the job runs again and its caller notices nothing."""
    story, runs = new_id(), 0

    async def tell(work: Work) -> None:
        nonlocal runs
        runs += 1
        await tell_line(work, story, new_id())
        if runs < 3:
            raise OperationalError("the line dropped", None, Exception())

    await do(telling.database, telling.tools, tell)
    assert runs == 3
    assert len(await written(telling, story)) == 1


async def test_what_does_not_pass_is_unavailable(telling: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """After some tries the caller is told to come back later, and nothing was changed."""
    monkeypatch.setattr("shared.database.engine.ATTEMPTS", 2)
    story = new_id()

    async def tell(work: Work) -> None:
        await tell_line(work, story, new_id())
        raise OperationalError("the line is cut", None, Exception())

    with pytest.raises(Refusal, match="database_unreachable"):
        await do(telling.database, telling.tools, tell)
    assert await written(telling, story) == []


async def test_closing_finishes_what_was_handed_in(telling: Room) -> None:
    """What was accepted is committed; what comes later is refused."""
    story = new_id()
    handed_in = [asyncio.create_task(do(telling.database, telling.tools, _line(story))) for _ in range(JOBS)]
    await asyncio.sleep(0)
    await telling.database.close()
    assert await asyncio.gather(*handed_in) == [None] * JOBS
    with pytest.raises(Refusal, match="closing"):
        await do(telling.database, telling.tools, _line(story))


def _line(story: str) -> Callable[[Work], Awaitable[None]]:
    return lambda work: tell_line(work, story, new_id())
