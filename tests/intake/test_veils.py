"""The board shows a veiled person's later journey to those who may look behind the veil, and to nobody else."""

from sqlalchemy import select

from services.intake.cases.store.journeys import JOURNEYS
from shared.access import Actor
from shared.clock import new_id
from shared.contracts.fields import Sealed
from shared.contracts.logistics import Arrival, ArrivedPerson, JourneyArrived, PersonCleared, TravelTerms
from shared.contracts.settlement import (
    PathwayChanged,
    PathwayPerson,
    PathwayView,
    PlanOpened,
    SettlingPerson,
    SettlingView,
    Sight,
    SightChanged,
)
from shared.veil import LIST
from tests.intake.test_way_to_a_plan import ADAM, accept, ask
from tests.support.room import NOON, Room, staff


def sight(case_id: str, person_id: str, *who: Actor, veiled: bool = True) -> SightChanged:
    may_look = [*(actor.id for actor in who), *(new_id() for _ in range(LIST - len(who)))]
    told = Sealed.of(case_id, Sight(veiled=veiled, may_look=tuple(may_look)))
    return SightChanged(case_id=case_id, at=NOON, person_ids=(person_id,), sight=told)


async def tell_later_journey(room: Room, case_id: str, person_id: str, *, veiled: bool) -> None:
    """Accepted, cleared, arrived, settling: as settlement and logistics tell it of a sealed or of an open programme."""
    way = PathwayView(state=None, behind="accepted") if veiled else PathwayView(state="accepted")
    persons = (PathwayPerson(person_id=person_id, view=Sealed.of(person_id, way)),)
    await room.tell(PathwayChanged(case_id=case_id, at=NOON, persons=persons))
    terms = Sealed.of(person_id, TravelTerms(veiled=veiled))
    await room.tell(PersonCleared(case_id=case_id, person_id=person_id, at=NOON, terms=terms))
    facts = Arrival(country="CA", outside_country_of_danger=True, veiled=veiled)
    arrived = ArrivedPerson(person_id=person_id, arrival=Sealed.of(person_id, facts))
    await room.tell(JourneyArrived(case_id=case_id, journey_id=new_id(), at=NOON, arrivals=(arrived,)))
    end = SettlingView(state=None, behind="settling") if veiled else SettlingView(state="settling")
    person = SettlingPerson(person_id=person_id, view=Sealed.of(person_id, end))
    await room.tell(PlanOpened(case_id=case_id, plan_id=new_id(), at=NOON, person=person))


async def board(room: Room, actor: Actor) -> bytes:
    async with room.client(actor) as client:
        return (await client.get("/board")).content


async def test_only_who_may_look_sees_how_far_a_veiled_person_has_come(room: Room) -> None:
    """Before a list is told nobody does; then its members; once the veil is lifted everybody assigned."""
    officer, listed = staff("intake_officer"), staff("coordinator")
    async with room.client(officer) as client:
        case_id = await accept(client, await ask(client), [ADAM], [listed.id])
        person_id = (await client.get(f"/cases/{case_id}/people")).json()["people"][0]["id"]
        timeline = (await client.get(f"/cases/{case_id}/timeline")).content
    before = await board(room, officer)
    await tell_later_journey(room, case_id, person_id, veiled=True)
    assert [await board(room, who) for who in (officer, listed)] == [before, before]
    await room.tell(sight(case_id, person_id, listed))
    assert await board(room, officer) == before
    assert b'"settling"' in await board(room, listed)
    await room.tell(sight(case_id, person_id, listed, officer))
    assert await board(room, officer) == await board(room, listed)
    await room.tell(sight(case_id, person_id))
    assert [await board(room, who) for who in (officer, listed)] == [before, before]
    async with room.client(officer) as client:
        assert (await client.get(f"/cases/{case_id}/timeline")).content == timeline
    await room.tell(sight(case_id, person_id, veiled=False))
    assert b'"settling"' in await board(room, officer)


async def test_the_database_does_not_tell_who_is_veiled(room: Room) -> None:
    """A person of a sealed and one of an open programme have rows of the same clear states and lengths."""
    rows = []
    async with room.client(staff("intake_officer")) as client:
        for veiled in (True, False):
            case_id = await accept(client, await ask(client), [ADAM], [])
            person_id = (await client.get(f"/cases/{case_id}/people")).json()["people"][0]["id"]
            await room.tell(sight(case_id, person_id, veiled=veiled))
            await tell_later_journey(room, case_id, person_id, veiled=veiled)
            (row,) = await room.rows(select(JOURNEYS).where(JOURNEYS.c.case_id == case_id))
            rows.append((row["intake"], row["shelter"], len(row["later"].box)))
    assert rows[0] == rows[1]
