"""Timers are written with what wants them, and fire once with what they do."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from shared.clock import new_id
from shared.database import Database
from shared.due import DueTimers
from shared.errors import invalid
from shared.timers import TIMERS
from shared.work import Work
from tests.persistence.stories import do, open_story, tell_line
from tests.support.room import NOON, Room

HOUR = timedelta(hours=1)


class Ringing:
    """Tells one line per ring; `fails` says for which subject it fails."""

    def __init__(self) -> None:
        self.rung: Counter[str] = Counter()
        self.fails: set[str] = set()

    async def ring(self, work: Work, subject: str) -> None:
        self.rung[subject] += 1
        await tell_line(work, subject, new_id())
        if subject in self.fails:
            raise invalid("cannot_ring")


@pytest.fixture
def ringing() -> Ringing:
    return Ringing()


@pytest.fixture
async def room(tmp_path: Path, kind: str, ringing: Ringing) -> AsyncIterator[Room]:
    async with open_story("teller", tmp_path, kind, timers={"ring": ringing.ring}) as opened:
        yield opened


async def set_timer(room: Room, subject: str, after: timedelta) -> None:
    await do(room.database, room.tools, lambda work: work.at(NOON + after, "ring", subject))


async def test_a_timer_fires_once_when_it_is_due(room: Room) -> None:
    """Not before, and never again; a later one of the same name replaces it, a cancelled one is gone."""
    once, moved, cancelled = new_id(), new_id(), new_id()
    for subject in (once, moved, cancelled):
        await set_timer(room, subject, HOUR)
    await set_timer(room, moved, 2 * HOUR)
    await do(room.database, room.tools, lambda work: work.cancel("ring", cancelled))
    assert await room.fire() == 0
    room.clock.move(NOON + HOUR)
    assert await room.fire() == 1
    assert [told.key for told in await room.told()] == [once]
    room.clock.move(NOON + 3 * HOUR)
    assert await room.fire() == 1
    assert await room.fire() == 0
    assert [told.key for told in await room.told()] == [once, moved]


async def test_a_timer_of_a_failed_work_was_never_set(room: Room) -> None:
    """It is one transaction with what wanted it."""

    async def want_and_fail(work: Work) -> None:
        await work.at(NOON, "ring", new_id())
        raise invalid("changed_my_mind")

    with pytest.raises(Exception, match="changed_my_mind"):
        await do(room.database, room.tools, want_and_fail)
    assert await room.fire() == 0


async def test_a_failing_timer_stays_and_holds_up_nobody(room: Room, ringing: Ringing) -> None:
    """What it did is undone, its row is kept for the next try, and the others fire."""
    bad, good = new_id(), new_id()
    ringing.fails.add(bad)
    await set_timer(room, bad, timedelta())
    await set_timer(room, good, timedelta(minutes=1))
    room.clock.move(NOON + HOUR)
    assert await room.fire() == 1
    assert [told.key for told in await room.told()] == [good]
    assert [row["subject"] for row in await room.rows(select(TIMERS))] == [bad]


async def test_two_replicas_fire_a_timer_once(room: Room, ringing: Ringing) -> None:
    """Both wake at once; each timer is one's or the other's."""
    subjects = {new_id() for _ in range(30)}
    for subject in subjects:
        await set_timer(room, subject, timedelta())
    other = Database(room.url)
    await other.open()
    replica = DueTimers(other, room.tools, {"ring": ringing.ring})
    await asyncio.gather(
        room.database.transact(room.timers._fire),
        other.transact(replica._fire),
        room.database.transact(room.timers._fire),
        other.transact(replica._fire),
    )
    await room.fire()
    await other.close()
    assert {told.key: told.revision for told in await room.told()} == dict.fromkeys(subjects, 1)
    assert await room.rows(select(TIMERS)) == []
