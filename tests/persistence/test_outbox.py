"""The outbox counts without holes, whoever writes at the same time and whatever fails."""

import asyncio
from functools import partial

import pytest
from sqlalchemy import select

from shared.clock import new_id
from shared.contracts.envelope import decode
from shared.database import Database
from shared.errors import invalid
from shared.messaging.outbox import OUTBOX, backlog, heads, mark_published, reopen_published, take_unpublished
from shared.work import Work
from tests.persistence.stories import do, tell_line, written
from tests.support.room import NOON, Room


async def test_revisions_have_no_holes_when_two_processes_write(telling: Room) -> None:
    """Per key 1, 2, 3 …, in the order of the rows, though two processes race and some of their works fail."""
    stories = [new_id() for _ in range(3)]
    other = Database(telling.url)
    await other.open()

    async def tell(work: Work, number: int) -> None:
        await tell_line(work, stories[number % 3], new_id())
        if number % 10 == 7:
            raise invalid("told_wrong")

    jobs = [
        do(database, telling.tools, partial(tell, number=number))
        for number in range(90)
        for database in (telling.database, other)
    ]
    results = await asyncio.gather(*jobs, return_exceptions=True)
    await other.close()
    kept = results.count(None)
    assert kept == 162

    rows = await telling.rows(select(OUTBOX).order_by(OUTBOX.c.seq))
    assert len(rows) == kept
    for story in stories:
        revisions = [row["revision"] for row in rows if row["key"] == story]
        assert revisions == list(range(1, len(revisions) + 1))
        assert len(await written(telling, story)) == len(revisions)
        assert (await telling.database.transact(heads))[story] == len(revisions)


async def test_a_row_is_the_envelope_that_will_be_sent(telling: Room) -> None:
    """Id, key and revision inside are those of the row."""
    story = new_id()
    for _ in range(2):
        await do(telling.database, telling.tools, lambda work: tell_line(work, story, new_id()))
    for row in await telling.rows(select(OUTBOX)):
        envelope = decode(row["body"])
        assert (envelope.id, envelope.subject, envelope.revision) == (row["event_id"], row["key"], row["revision"])
        assert row["subject"] == f"teller.line_told.v1.{story}"


async def test_what_was_published_can_be_sent_again(telling: Room) -> None:
    """A published row stays: a lost stream is filled again from the outbox."""
    for _ in range(3):
        await do(telling.database, telling.tools, lambda work: tell_line(work, new_id(), new_id()))
    taken = await telling.database.transact(lambda tx: take_unpublished(tx, 2))
    await telling.database.transact(lambda tx: mark_published(tx, taken))
    assert await telling.database.transact(backlog) == 1
    assert await telling.database.transact(lambda tx: reopen_published(tx, NOON)) == 2
    assert [row.seq for row in await telling.database.transact(lambda tx: take_unpublished(tx, 9))] == [1, 2, 3]


async def test_only_its_own_events_can_be_promised(listening: Room) -> None:
    """A service cannot speak in another's name."""
    with pytest.raises(ValueError, match="not an event of listener"):
        await do(listening.database, listening.tools, lambda work: tell_line(work, new_id(), new_id()))
