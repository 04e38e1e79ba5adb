"""The inbox applies each event once and in order of its key, and what cannot be handled stands where it is seen."""

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import select

from shared.clock import new_id
from shared.contracts.envelope import Event
from shared.contracts.fields import Id
from shared.database import Transaction
from shared.errors import Refusal, invalid, unavailable
from shared.messaging.inbox import RETRY_S, Inbox
from shared.messaging.inbox_rows import PARKED, WAITING, ParkedRow, parked_events
from shared.messaging.verdicts import Incoming, Retry
from shared.work import Batch, Cause, Work
from tests.persistence.stories import Listener, lines, written
from tests.support.room import NOON, Room, staff


async def parked_in(room: Room) -> list[ParkedRow]:
    return list((await room.database.transact(lambda tx: parked_events(tx, None, 200))).items)


async def settle(room: Room, how: Callable[[Inbox, Work, str], Awaitable[None]], parked_id: str) -> None:
    """Replay or discard, as an operator's request does it."""

    async def job(tx: Transaction) -> None:
        async with Batch.of(tx, room.tools).work(staff("operator"), Cause(new_id())) as work:
            await how(room.inbox, work, parked_id)

    await room.database.transact(job)


async def redeliver(room: Room, *, deliveries: int = 1) -> list[object]:
    """Hand everything that was told over once more, in one batch."""
    batch = [Incoming(m.subject, m.body, deliveries) for _, m in room._said]
    return list(await room.inbox.receive("teller", batch))


@pytest.mark.parametrize("order", [(1, 2, 3, 4), (4, 3, 2, 1), (2, 4, 1, 3)])
async def test_order_of_arrival_changes_nothing(order: tuple[int, ...], listening: Room) -> None:
    """An early event is acknowledged and waits; whoever fills the gap takes it along."""
    story = new_id()
    told = lines(story, NOON, 4)
    for revision in order:
        assert await listening.tell(told[revision - 1], revision=revision) is None
    assert await written(listening, story) == [line.line_id for line in told]
    assert await listening.rows(select(WAITING)) == []


async def test_redelivery_changes_nothing(listening: Room) -> None:
    """Everything again, backwards, and once more in one batch."""
    story = new_id()
    told = lines(story, NOON, 3)
    for line in told:
        await listening.tell(line)
    await listening.tell_again()
    assert await redeliver(listening) == [None, None, None]
    assert await written(listening, story) == [line.line_id for line in told]


async def test_poison_holds_back_only_its_own_key(listening: Room, listener: Listener) -> None:
    """It is parked with its reason and leaves nothing behind; other keys flow, later ones of its key wait."""
    poisoned, sound = new_id(), new_id()
    told, others = lines(poisoned, NOON, 4), lines(sound, NOON, 2)
    listener.fails[told[1].line_id] = invalid("cannot_be_read")
    for line in [told[0], told[1], others[0], told[2], told[3], others[1]]:
        assert await listening.tell(line) is None
    assert await written(listening, poisoned) == [told[0].line_id]
    assert await written(listening, sound) == [line.line_id for line in others]
    (parked,) = await parked_in(listening)
    assert (parked.key, parked.revision, parked.reason) == (poisoned, 2, "invalid:cannot_be_read")

    listener.fails[told[1].line_id] = invalid("still_unreadable")
    with pytest.raises(Refusal, match="still_parked"):
        await settle(listening, Inbox.replay, parked.id)
    assert len(await parked_in(listening)) == 1

    listener.fails.clear()
    await settle(listening, Inbox.replay, parked.id)
    assert await written(listening, poisoned) == [line.line_id for line in told]
    assert await parked_in(listening) == []
    with pytest.raises(Refusal, match="parked_event_not_found"):
        await settle(listening, Inbox.replay, parked.id)


async def test_the_next_poison_parks_in_its_turn(listening: Room, listener: Listener) -> None:
    """Replay resumes in order and stops at the next event that cannot be handled."""
    story = new_id()
    told = lines(story, NOON, 4)
    for poison in (told[0], told[2]):
        listener.fails[poison.line_id] = invalid("cannot_be_read")
    for line in told:
        await listening.tell(line)
    (first,) = await parked_in(listening)
    del listener.fails[told[0].line_id]
    await settle(listening, Inbox.replay, first.id)
    assert await written(listening, story) == [line.line_id for line in told[:2]]
    (second,) = await parked_in(listening)
    assert second.revision == 3
    await settle(listening, Inbox.discard, second.id)
    assert await written(listening, story) == [told[0].line_id, told[1].line_id, told[3].line_id]
    assert await parked_in(listening) == []


async def test_what_failed_comes_again_and_is_parked_at_last(listening: Room, listener: Listener) -> None:
    """The pauses grow; after the last one the event is parked with the name of the error, not with its text."""
    story = new_id()
    (told,) = lines(story, NOON, 1)
    listener.fails[told.line_id] = KeyError("somebody's name")
    assert await listening.tell(told) == Retry(RETRY_S[0])
    for deliveries in (2, 3, 4):
        assert await redeliver(listening, deliveries=deliveries) == [Retry(RETRY_S[deliveries - 1])]
    assert await written(listening, story) == []
    assert await redeliver(listening, deliveries=5) == [None]
    (parked,) = await parked_in(listening)
    assert parked.reason == "failed:KeyError"


async def test_what_is_unavailable_is_never_parked(listening: Room, listener: Listener) -> None:
    """An event that cannot be handled now is given back, and handled when it comes again."""
    story = new_id()
    (told,) = lines(story, NOON, 1)
    listener.fails[told.line_id] = unavailable("partner_silent")
    assert await listening.tell(told) == Retry(RETRY_S[0])
    assert await redeliver(listening, deliveries=9) == [Retry(RETRY_S[-1])]
    assert (await parked_in(listening), await written(listening, story)) == ([], [])
    listener.fails.clear()
    assert await redeliver(listening, deliveries=10) == [None]
    assert await written(listening, story) == [told.line_id]


async def test_one_failure_in_a_batch_undoes_one(listening: Room, listener: Listener) -> None:
    """Events that arrive together share a transaction, and still only the failed one is undone."""
    stories = [new_id() for _ in range(5)]
    told = [lines(story, NOON, 1)[0] for story in stories]
    for line in told:
        listener.fails[line.line_id] = unavailable("not_yet")
        await listening.tell(line)
    for line in (told[0], told[1], told[3]):
        del listener.fails[line.line_id]
    listener.fails[told[4].line_id] = invalid("cannot_be_read")
    assert await redeliver(listening) == [None, None, Retry(RETRY_S[0]), None, None]
    assert [len(await written(listening, story)) for story in stories] == [1, 1, 0, 1, 0]
    assert [row.key for row in await parked_in(listening)] == [stories[4]]


async def test_a_sweep_resumes_what_was_left(listening: Room, listener: Listener) -> None:
    """A waiting event that its predecessor could not take along goes on by itself."""
    story = new_id()
    told = lines(story, NOON, 3)
    listener.fails[told[1].line_id] = unavailable("not_yet")
    await listening.tell(told[2], revision=3)
    await listening.tell(told[1], revision=2)
    await listening.tell(told[0], revision=1)
    assert await written(listening, story) == [told[0].line_id]
    listener.fails.clear()
    await listening.inbox.sweep()
    assert await written(listening, story) == [line.line_id for line in told]


class LineUntold(Event, publisher="teller", key="story_id"):
    """Nobody declared this event."""

    story_id: Id


def misshapen(story_id: str) -> Event:
    """An event of a declared type that lacks what was promised."""

    class LineTold(Event, publisher="teller", key="story_id"):
        story_id: Id

    return LineTold(story_id=story_id)


async def test_what_nobody_knows_is_parked_unread(listening: Room) -> None:
    """Unknown types, data of another shape and what is no envelope at all: each with its reason, none in clear."""
    subject = f"teller.line_told.v1.{new_id()}"
    assert await listening.tell(LineUntold(story_id=new_id())) is None
    assert await listening.tell(misshapen(new_id())) is None
    assert await listening.inbox.receive("teller", [Incoming(subject, b"no envelope", 1)]) == [None]
    assert {row.reason for row in await parked_in(listening)} == {"unknown_type", "schema", "envelope"}
    for row in await listening.rows(select(PARKED)):
        assert not [word for word in (b"story_id", b"no envelope") if word in row["body"].box]


async def test_an_event_under_another_subject_is_none(listening: Room) -> None:
    """Permissions are about subjects, so an envelope must be of the publisher and key that its subject names."""
    await listening.tell(lines(new_id(), NOON, 1)[0])
    body = listening._said[-1][1].body
    forged = Incoming(f"teller.line_told.v1.{new_id()}", body, 1)
    assert await listening.inbox.receive("teller", [forged]) == [None]
    assert [row.reason for row in await parked_in(listening)] == ["envelope"]
