"""What settlement knows of the people of a case, as intake told it."""

from datetime import date

from sqlalchemy import select

from services.settlement.newcomers.store import NEWCOMERS
from shared.clock import new_id
from shared.contracts.fields import Sealed
from shared.contracts.intake import CaseOpened, JoinedFacts, JoinedPerson, PeopleJoined
from tests.settlement.stories import Group, assign, open_case, opened, tell_consent
from tests.support.room import NOON, Room, staff


def joined(person_id: str, case_id: str, number: int, from_case_id: str | None = None) -> PeopleJoined:
    facts = JoinedFacts(principal=number > 1, born_on=date(1990, 5, 1), country_of_danger="RU", number=number)
    people = (JoinedPerson(person_id=person_id, facts=Sealed.of(person_id, facts)),)
    return PeopleJoined(case_id=case_id, from_case_id=from_case_id, at=NOON, people=people)


async def test_whoever_moved_is_on_the_case_they_joined_last(room: Room) -> None:
    """With what they consent to, in whatever order the events of the cases come, and however often."""
    officer = staff("programme_officer")
    group, new, third = await open_case(room, officer, people=2), new_id(), new_id()
    moved, left = group.person_ids
    for case_id in (third, new):
        await room.tell(CaseOpened(case_id=case_id, at=NOON, members=()))
        await assign(room, Group(case_id, ()), officer)
    await room.tell(joined(moved, third, 5, new))
    await room.tell(joined(moved, new, 3, group.case_id))
    await room.tell_again()
    await tell_consent(room, Group(third, (moved,)), moved)
    on = {}
    async with room.client(officer) as client:
        for case_id in (group.case_id, new, third):
            seen = (await client.get(f"/cases/{case_id}/newcomers")).json()["newcomers"]
            on[case_id] = [(it["id"], it["consents"]) for it in seen]
    consents = ["public_statistics", "share_with_government"]
    assert on == {group.case_id: [(left, consents)], new: [], third: [(moved, consents)]}


async def test_a_case_opened_after_somebody_left_it_takes_nobody_back(room: Room) -> None:
    """The event that they joined another one came first."""
    group, event = opened(room)
    new = new_id()
    await room.tell(CaseOpened(case_id=new, at=NOON, members=()))
    assert await room.tell(joined(group.person_ids[0], new, 2, group.case_id)) is None
    assert await room.tell(event) is None
    assert [row["case_id"] for row in await room.rows(select(NEWCOMERS.c.case_id))] == [new]
