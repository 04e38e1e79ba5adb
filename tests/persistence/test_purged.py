"""After a purge a consumer goes on where the envelope says, and applies what outlived the purge in its order."""

import pytest
from sqlalchemy import select

from shared.clock import new_id
from shared.errors import invalid
from shared.messaging.inbox_rows import CURSORS, WAITING
from tests.persistence.stories import Listener, lines, written
from tests.support.room import NOON, Room


@pytest.mark.parametrize("order", [(4, 9, 10), (10, 9, 4), (9, 4, 10)])
async def test_a_consumer_that_knows_nothing_goes_on_behind_a_purge(order: tuple[int, ...], listening: Room) -> None:
    """1 to 3 and 5 to 8 are gone, 4 outlived the purge, 9 says where to go on: nothing waits for what never comes."""
    story = new_id()
    told = dict(zip((4, 9, 10), lines(story, NOON, 3), strict=True))
    for revision in order:
        resumes = 9 if revision == 9 else None
        assert await listening.tell(told[revision], revision=revision, resumes=resumes) is None
    if order.index(9) < order.index(4):
        # It comes too late to be in its order; only what tells of an erasure is heard even then.
        assert await written(listening, story) == [told[9].line_id, told[10].line_id]
    else:
        assert await written(listening, story) == [told[revision].line_id for revision in (4, 9, 10)]
    assert await listening.rows(select(WAITING)) == []
    (place,) = await listening.rows(select(CURSORS).where(CURSORS.c.key == story))
    assert (place["revision"], place["waiting"]) == (10, 0)


async def test_a_consumer_that_kept_up_notices_nothing(listening: Room) -> None:
    """Where everything was applied the word of a purge changes nothing, and a repeat of it neither."""
    story = new_id()
    told = lines(story, NOON, 4)
    for revision, line in enumerate(told[:3], 1):
        await listening.tell(line, revision=revision)
    event_id = new_id()
    for _ in range(2):
        await listening.tell(told[3], revision=4, resumes=4, event_id=event_id)
    assert await written(listening, story) == [line.line_id for line in told]


async def test_a_parked_event_that_was_purged_holds_nothing_back(listening: Room, listener: Listener) -> None:
    """What stood at a parked event goes on behind the purge."""
    story = new_id()
    told = lines(story, NOON, 4)
    listener.fails = {told[0].line_id: invalid("wrong")}
    await listening.tell(told[0], revision=1)
    await listening.tell(told[1], revision=2)
    assert await written(listening, story) == []
    await listening.tell(told[3], revision=7, resumes=6)
    await listening.tell(told[2], revision=6)
    assert (await written(listening, story))[-2:] == [told[2].line_id, told[3].line_id]
