"""People go from one case to another: what a partner is told, who is alerted, and who counts go by where they are."""

from collections.abc import AsyncIterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest

from services.notify.service import blueprint
from shared.access import Actor
from shared.clock import new_id
from shared.contracts.fields import Sealed
from shared.contracts.intake import JoinedFacts, JoinedPerson, PeopleJoined
from shared.contracts.notify import ConsentAcknowledged
from tests.notify.conftest import both
from tests.notify.story import assign, befriend, consent, go, open_case, queue_of
from tests.notify.test_alerts import seen
from tests.notify.test_erasure import value
from tests.notify.test_figures import ESCAPED, IN_PUBLIC, outcome
from tests.notify.test_veiled_alerts import Trip
from tests.support.erasure import parked, person_erased
from tests.support.room import Room, open_room, staff


@pytest.fixture
async def exact(tmp_path: Path) -> AsyncIterator[Room]:
    """A room in which every number is published."""
    async with open_room(blueprint(suppress_below=1), tmp_path) as room:
        yield room


async def join(room: Room, case_id: str, from_case_id: str | None, person_ids: Sequence[str], number: int = 2) -> None:
    facts = JoinedFacts(principal=False, born_on=date(1990, 5, 1), country_of_danger="RU", number=number)
    people = tuple(JoinedPerson(person_id=one, facts=Sealed.of(one, facts)) for one in person_ids)
    told = PeopleJoined(case_id=case_id, from_case_id=from_case_id, at=room.clock.now(), people=people)
    assert await room.tell(told) is None


@both
async def test_news_goes_by_who_is_on_the_case(room: Room) -> None:
    """Who did not consent leaves, and what was held goes out; on the case that they join the news waits for them, and
    goes out once they say so there, as intake tells it anew."""
    north, south = await befriend(room), await befriend(room)
    left, (anna, boris) = await open_case(room, north, people=2)
    joined, (clara,) = await open_case(room, south)
    await consent(room, left, anna)
    await consent(room, joined, clara)
    assert (await queue_of(room, north), await queue_of(room, south)) == (
        [("case.accepted", "held")],
        [("case.accepted", "queued")],
    )
    room.clock.move(room.clock.now() + timedelta(minutes=1))
    await join(room, joined, left, [boris])
    assert await queue_of(room, north) == [("case.accepted", "queued")]
    assert await queue_of(room, south) == [("case.accepted", "recalled")]
    for case_id in (left, joined):
        await go(room, case_id, "verified")
    assert await queue_of(room, north) == [("case.accepted", "queued"), ("case.verified", "queued")]
    assert await queue_of(room, south) == [("case.accepted", "recalled"), ("case.verified", "held")]
    await consent(room, joined, boris)
    assert await queue_of(room, south) == [("case.accepted", "recalled"), ("case.verified", "queued")]
    await consent(room, joined, boris, live=False)
    assert await queue_of(room, north) == [("case.accepted", "queued"), ("case.verified", "queued")]
    assert await queue_of(room, south) == [("case.accepted", "recalled"), ("case.verified", "recalled")]
    assert len(await room.told(ConsentAcknowledged)) == 4


async def test_who_may_look_at_a_journey_goes_along(room: Room) -> None:
    """Who moved keeps their veil when the case that they left is erased: those on the list are alerted, nobody else,
    and what is told of it later counts."""
    listed, outsider = staff("coordinator"), staff("coordinator")
    trip = Trip(room, listed)
    await trip.sight(listed)
    left, trip.case_id = trip.case_id, new_id()
    await assign(room, trip.case_id, listed.id, outsider.id)
    await join(room, trip.case_id, left, [trip.person_id])
    await room.tell(person_erased(room, left, new_id(), ends=True))
    await room.fire()
    await trip.miss()
    assert await counts(room, listed, outsider) == [1, 0]
    room.clock.move(room.clock.now() + timedelta(minutes=1))
    await trip.sight(listed, outsider)
    assert await counts(room, listed, outsider) == [1, 1]
    await trip.sight(veiled=False)
    assert await counts(room, listed, outsider) == [1, 1]
    assert await parked(room) == []


async def test_who_counts_in_public_counts_where_they_are(exact: Room) -> None:
    """Once, on whatever case; and no more once they take it back there."""
    room, left, joined = exact, new_id(), new_id()
    person = await outcome(room, ESCAPED, case_id=left)
    await outcome(room, ESCAPED, case_id=left)
    assert await value(room) == 2
    await join(room, joined, left, [person])
    await consent(room, joined, person, to=IN_PUBLIC)
    assert await value(room) == 2
    await consent(room, joined, person, live=False, to=IN_PUBLIC)
    assert await value(room) == 1


async def counts(room: Room, *who: Actor) -> list[int]:
    return [len(await seen(room, actor)) for actor in who]
