"""The way of a journey: planned, departed, arrived, received, or called off.

Rule: planning and moving lock the case, so that nobody is on two journeys; whole, cleared and with papers is checked
when the group leaves, not only when it plans to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from services.logistics.documents import actions as documents
from services.logistics.journeys.actions import check_ins, splits
from services.logistics.journeys.actions.veiling import hidden_journeys, permit
from services.logistics.journeys.model import journeys as model
from services.logistics.journeys.model.check_ins import Leg
from services.logistics.journeys.model.journeys import Journey, Plan
from services.logistics.journeys.store import journeys as store
from services.logistics.journeys.store import legs as leg_store
from services.logistics.safe_houses.actions import stays
from services.logistics.travellers import actions as travellers
from services.logistics.travellers.model import Group, check_going_on, check_members, minors
from shared.access import case_resource
from shared.clock import new_id
from shared.contracts.fields import Sealed
from shared.contracts.logistics import (
    Arrival,
    ArrivedPerson,
    JourneyArrived,
    JourneyDeparted,
    Traveller,
    TravelTerms,
)
from shared.veil import Veil
from shared.work import Work


@dataclass(frozen=True)
class JourneyDetails:
    """A journey with what is personal about it, decrypted."""

    journey: Journey
    destination_country: str
    legs: tuple[Leg, ...]


async def plan(work: Work, case_id: str, wanted: Plan) -> JourneyDetails:
    """Plan a journey for the whole group, or for one side of a recorded split.

    Errors: Refusal not_found, forbidden; invalid for legs that do not meet or people of other cases; conflict
    group_not_whole, already_travelling, case_closed.
    """
    work.permit("plan_journey", await case_resource(work, work.actor, case_id), see="see_case")
    group = await travellers.group_of(work, case_id, lock=True)
    check_going_on(group)
    check_members(group, wanted.person_ids)
    model.check_routes(wanted.routes)
    model.check_whole(wanted.person_ids, group.members, await splits.sides_known(work, case_id))
    veils, journeys = await travellers.veils_of(work, group.members), await store.of_case(work, case_id)
    model.check_free(wanted.person_ids, model.travelling(journeys, veils, work.actor.id, work.now))
    whose = tuple(sorted(wanted.person_ids))
    journey = Journey(new_id(), case_id, whose, "planned", 1, work.actor.id, work.now)
    await store.add(work, journey, wanted)
    await leg_store.add(work, journey, wanted.routes)
    work.audit("plan_journey", case_id=case_id, subjects=[journey.id, *journey.person_ids])
    return await _details(work, journey)


async def depart(work: Work, journey_id: str, version: int) -> JourneyDetails:
    """The group leaves: its beds are given back, and the first silence will be heard.

    Errors: Refusal not_found, forbidden, stale; conflict group_not_whole, already_travelling, not_cleared,
    papers_expired, plan_anew, wrong_state.
    """
    journey, group = await _load(work, journey_id, "move_group")
    model.check_state(journey, "planned")
    model.check_whole(journey.person_ids, group.members, await splits.sides_known(work, journey.case_id))
    veils = await travellers.veils_of(work, group.members)
    model.check_not_known(journey, veils, work.actor.id, work.now)
    await _check_cleared(work, journey, group, veils)
    next_version = await work.change(store.JOURNEYS, journey_id, version, state="departed", departed_at=work.now)
    await stays.leave_for_journey(work, journey_id, journey.person_ids)
    await check_ins.await_reports(work, journey_id)
    work.emit(
        JourneyDeparted(
            case_id=journey.case_id, journey_id=journey_id, at=work.now, travellers=_travellers(journey, veils)
        )
    )
    work.audit("depart", case_id=journey.case_id, subjects=[journey_id, *journey.person_ids])
    return await _details(work, replace(journey, state="departed", version=next_version))


async def arrive(work: Work, journey_id: str, version: int, arrived: Sequence[str]) -> JourneyDetails:
    """The group arrived, and these were counted.

    Errors: Refusal not_found, forbidden, stale; conflict head_count_differs, wrong_state.
    """
    journey, group = await _load(work, journey_id, "move_group")
    model.check_state(journey, "departed")
    model.check_head_count(journey.person_ids, arrived)
    country = (await store.destinations(work, [journey]))[journey_id]
    veiled = bool(model.covering(journey, await travellers.veils_of(work, journey.person_ids)))
    next_version = await work.change(store.JOURNEYS, journey_id, version, state="arrived", arrived_at=work.now)
    await check_ins.stop_waiting(work, journey)
    work.emit(
        JourneyArrived(
            case_id=journey.case_id,
            journey_id=journey_id,
            at=work.now,
            arrivals=_arrivals(journey, group, country, veiled=veiled),
        )
    )
    work.audit("arrive", case_id=journey.case_id, subjects=[journey_id, *journey.person_ids])
    return await _details(work, replace(journey, state="arrived", version=next_version))


async def call_off(work: Work, journey_id: str, version: int) -> JourneyDetails:
    """The plan is given up. Errors: Refusal not_found, forbidden, stale; conflict when the group has left."""
    journey, _ = await _load(work, journey_id, "plan_journey")
    model.check_state(journey, "planned")
    next_version = await work.change(store.JOURNEYS, journey_id, version, state="cancelled")
    work.audit("call_off_journey", case_id=journey.case_id, subjects=[journey_id])
    return await _details(work, replace(journey, state="cancelled", version=next_version))


async def receive(work: Work, journey_id: str) -> None:
    """Settlement says that both sides confirmed the hand-over. Errors: Refusal not_found, conflict wrong_state."""
    journey = await store.load(work, journey_id, lock=True)
    if journey.state != "received":
        model.check_state(journey, "arrived")
        await work.change(store.JOURNEYS, journey_id, journey.version, state="received")
        work.audit("receive_journey", case_id=journey.case_id, subjects=[journey_id])


async def see_journeys(work: Work, case_id: str, after: str | None, limit: int) -> list[JourneyDetails]:
    """Errors: Refusal not_found for who may not see the case."""
    work.permit("see_case", await case_resource(work, work.actor, case_id), see="see_case")
    journeys = await store.page_of_case(work, case_id, after, limit, hidden=await hidden_journeys(work, case_id))
    work.audit("see_journeys", case_id=case_id, subjects=[journey.id for journey in journeys])
    return await _all_details(work, journeys)


async def see_journey(work: Work, journey_id: str) -> JourneyDetails:
    """Errors: Refusal not_found."""
    await permit(work, "see_case", journey_id)
    journey = await store.load(work, journey_id)
    work.audit("see_journey", case_id=journey.case_id, subjects=[journey_id])
    return await _details(work, journey)


async def _load(work: Work, journey_id: str, action: str) -> tuple[Journey, Group]:
    await permit(work, action, journey_id)
    journey = await store.load(work, journey_id)
    group = await travellers.group_of(work, journey.case_id, lock=True)
    return await store.load(work, journey_id, lock=True), group


async def _check_cleared(work: Work, journey: Journey, group: Group, veils: Mapping[str, Veil]) -> None:
    """Errors: Refusal conflict when somebody is on the way, or not all are cleared with papers that hold today."""
    country = (await store.destinations(work, [journey]))[journey.id]
    others = [other for other in await store.of_case(work, journey.case_id) if other.id != journey.id]
    on_the_way = [other for other in others if other.state == "departed"]
    model.check_free(journey.person_ids, model.travelling(on_the_way, veils, work.actor.id, work.now))
    cleared = await documents.cleared(work, journey.person_ids, country)
    with_papers = await documents.with_valid_papers(work, journey.person_ids, work.now.date())
    gone = model.gone(others, veils, work.actor.id)
    # Who left behind a veil, and a minor whom that would leave alone, are answered for like papers that are missing.
    left = set(group.members) - set(journey.person_ids) - gone
    alone = gone and left and left <= minors(group, work.now.date())
    model.check_cleared(journey.person_ids, () if alone else cleared - gone, with_papers)


def _travellers(journey: Journey, veils: Mapping[str, Veil]) -> tuple[Traveller, ...]:
    terms = TravelTerms(veiled=bool(model.covering(journey, veils)))
    return tuple(Traveller(person_id=one, terms=Sealed.of(one, terms)) for one in journey.person_ids)


def _arrivals(journey: Journey, group: Group, country: str, *, veiled: bool) -> tuple[ArrivedPerson, ...]:
    arrivals = {
        person_id: Arrival(
            country=country,
            outside_country_of_danger=country != group.members[person_id].country_of_danger,
            veiled=veiled,
        )
        for person_id in journey.person_ids
    }
    return tuple(ArrivedPerson(person_id=it, arrival=Sealed.of(it, arrival)) for it, arrival in arrivals.items())


async def _details(work: Work, journey: Journey) -> JourneyDetails:
    (details,) = await _all_details(work, [journey])
    return details


async def _all_details(work: Work, journeys: Sequence[Journey]) -> list[JourneyDetails]:
    countries = await store.destinations(work, journeys)
    legs = await leg_store.of_journeys(work, [journey.id for journey in journeys])
    return [JourneyDetails(it, countries[it.id], tuple(legs[it.id])) for it in journeys if it.id in countries]
