"""What can be done with beds: hold them, arrive, leave, let them go.

Rule: whoever takes beds locks the case and then the house, so that neither a bed nor a person is given twice; every
change is told. Nobody cancels the timer of a hold: who fires it waits for the stay, and finds it settled.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from services.logistics.safe_houses.model import stays as model
from services.logistics.safe_houses.model.stays import Leaving, Occupancy, Stay, StayState
from services.logistics.safe_houses.store import houses
from services.logistics.safe_houses.store import stays as store
from services.logistics.travellers import actions as travellers
from services.logistics.travellers.model import check_members, check_open
from shared.access import case_resource
from shared.clock import new_id
from shared.contracts.logistics import StayChanged
from shared.errors import conflict, stale
from shared.work import Work

HOLD_EXPIRY = "hold_expiry"


async def hold(work: Work, house_id: str, case_id: str, person_ids: Sequence[str], expires_at: datetime) -> Stay:
    """Keep beds for people of a case until `expires_at`.

    Errors: Refusal not_found, forbidden; invalid for people of other cases or an impossible expiry; conflict
    house_not_active, house_full, house_not_shared, has_a_bed, case_closed.
    """
    work.permit("hold_beds", await case_resource(work, work.actor, case_id), see="see_case")
    group = await travellers.group_of(work, case_id, lock=True)
    check_open(group)
    check_members(group, person_ids)
    model.check_expiry(expires_at, work.now)
    house = await houses.load(work, house_id, lock=True)
    model.check_room(house, await occupancy(work, house_id), case_id, len(person_ids))
    away = {it.person_id for it in await hidden_leavings(work, [case_id])}
    model.check_bedless(person_ids, await store.with_a_bed(work, person_ids) | away)
    stay = Stay(new_id(), case_id, house_id, tuple(sorted(person_ids)), "held", expires_at, 1)
    await store.add(work, stay)
    await work.at(expires_at, HOLD_EXPIRY, stay.id)
    _tell(work, stay, "hold_beds")
    return stay


async def arrive(work: Work, stay_id: str, version: int) -> Stay:
    """They are in the house. Errors: Refusal not_found, forbidden, stale; conflict when the hold is no longer live."""
    stay, hidden = await _load(work, stay_id)
    if hidden:
        raise conflict("hold_expired", "The hold is over; hold beds again.")
    model.check_arrival(stay, await houses.load(work, stay.house_id), work.now)
    next_version = await work.change(store.STAYS, stay_id, version, state="sheltered", changed_at=work.now)
    arrived = replace(stay, state="sheltered", version=next_version)
    _tell(work, arrived, "arrive_at_house")
    return arrived


async def leave(work: Work, stay_id: str, version: int) -> Stay:
    """They moved out. Errors: Refusal not_found, forbidden, stale; conflict when they were not sheltered."""
    stay, hidden = await _load(work, stay_id)
    return await _give_back(work, stay, hidden, version, "sheltered", "left", "leave_house")


async def release(work: Work, stay_id: str, version: int) -> Stay:
    """The beds are not needed. Errors: Refusal not_found, forbidden, stale; conflict when there is no live hold."""
    stay, hidden = await _load(work, stay_id)
    return await _give_back(work, stay, hidden, version, "held", "released", "release_hold")


async def expire(work: Work, stay_id: str) -> None:
    """The timer of a hold: nobody came in time."""
    stay = await store.load(work, stay_id, lock=True)
    if stay.state == "held" and stay.expires_at <= work.now:
        await _end(work, stay, "hold_expired", "expire_hold")


async def let_holds_go(work: Work, house_id: str) -> None:
    """Nobody who is still expected may come to this house. The caller checked access and holds the house's lock."""
    for stay in await store.live_holds(work, house_id):
        await _end(work, stay, "released", "release_hold")


async def let_case_go(work: Work, case_id: str) -> None:
    """Intake ended the case: beds that nobody came to yet are free. Whoever sleeps somewhere stays until they leave."""
    for stay in await store.held_for(work, case_id):
        await _end(work, stay, "released", "release_hold")


async def leave_for_journey(work: Work, journey_id: str, person_ids: Collection[str]) -> None:
    """Travellers give their beds back; who stays behind keeps theirs. The caller checked access."""
    for stay in await store.live_of(work, person_ids):
        state: StayState = "left" if stay.state == "sheltered" else "released"
        going = tuple(person_id for person_id in stay.person_ids if person_id in person_ids)
        if going == stay.person_ids:
            await store.end(work, stay, state)
        else:
            await store.free(work, stay.id, going)
            await work.change(store.STAYS, stay.id, stay.version, changed_at=work.now)
        await store.mark_left(work, stay.id, going)
        _tell(work, replace(stay, person_ids=going, state=state), "leave_house", journey_id)


async def forget(work: Work, person_id: str) -> None:
    """Their beds are free, and nothing tells that they had one; who shared a stay keeps theirs. Intake decided so."""
    for stay in await store.live_of(work, [person_id]):
        if stay.person_ids == (person_id,):
            state: StayState = "left" if stay.state == "sheltered" else "released"
            await work.change(store.STAYS, stay.id, stay.version, state=state, changed_at=work.now)
    await store.forget(work, person_id)


async def forget_case(work: Work, case_id: str) -> None:
    """Nobody is left on the case."""
    await store.forget_case(work, case_id)


async def see_stays(work: Work, case_id: str, after: str | None, limit: int) -> list[Stay]:
    """Errors: Refusal not_found for who may not see the case."""
    work.permit("see_case", await case_resource(work, work.actor, case_id), see="see_case")
    stays = await store.page_of_case(work, case_id, after, limit)
    hidden = await hidden_leavings(work, [case_id])
    work.audit("see_stays", case_id=case_id, subjects=[stay.id for stay in stays])
    return [model.as_before(stay, [it for it in hidden if it.stay_id == stay.id], work.now) for stay in stays]


async def see_stay(work: Work, stay_id: str) -> Stay:
    """Errors: Refusal not_found for who may not see the case."""
    await work.permit_in_case("see_case", stay_id, store.STAYS.c.case_id)
    stay = await store.load(work, stay_id)
    hidden = [it for it in await hidden_leavings(work, [stay.case_id]) if it.stay_id == stay_id]
    work.audit("see_stays", case_id=stay.case_id, subjects=[stay_id])
    return model.as_before(stay, hidden, work.now)


async def hidden_leavings(work: Work, case_ids: Collection[str]) -> list[Leaving]:
    """Who left on a journey that the actor may not know of: for them, these people still have their beds."""
    leavings = await store.leavings(work, case_ids)
    veils = await travellers.veils_of(work, {it.person_id for it in leavings})
    return model.hidden_leavings(leavings, veils, work.actor.id)


async def hidden_in(work: Work, house_ids: Collection[str]) -> list[Leaving]:
    """The same of some houses."""
    hidden = await hidden_leavings(work, await store.cases_that_left(work, house_ids))
    return [it for it in hidden if it.house_id in house_ids]


async def occupancy(work: Work, house_id: str) -> Occupancy:
    """What is taken of a house as far as the actor may know; never less than what is taken."""
    return model.with_hidden(await store.occupancy(work, house_id), await hidden_in(work, [house_id]))


async def _load(work: Work, stay_id: str) -> tuple[Stay, list[Leaving]]:
    """A stay, and who left it without the actor's knowing."""
    await work.permit_in_case("hold_beds", stay_id, store.STAYS.c.case_id)
    stay = await store.load(work, stay_id, lock=True)
    return stay, [it for it in await hidden_leavings(work, [stay.case_id]) if it.stay_id == stay_id]


async def _give_back(
    work: Work, stay: Stay, hidden: Sequence[Leaving], version: int, needed: StayState, state: StayState, verb: str
) -> Stay:
    """Who thinks that people are still there says that they are not: so it is, and so everybody may know."""
    shown = model.as_before(stay, hidden, work.now)
    model.check_state(shown, needed)
    if not hidden:
        return await _end(work, replace(stay, version=version), state, verb)
    if version != shown.version:
        raise stale("stale_version", f"You saw version {version}; the present one is {shown.version}.")
    if stay.state == needed:
        await store.end(work, stay, state)
    await store.settle(work, stay.id)
    given_back = replace(shown, state=state, version=shown.version + 1)
    _tell(work, given_back, verb)
    return given_back


async def _end(work: Work, stay: Stay, state: StayState, verb: str) -> Stay:
    next_version = await store.end(work, stay, state)
    ended = replace(stay, state=state, version=next_version)
    _tell(work, ended, verb)
    return ended


def _tell(work: Work, stay: Stay, verb: str, *journeys: str) -> None:
    work.emit(
        StayChanged(case_id=stay.case_id, stay_id=stay.id, person_ids=stay.person_ids, at=work.now, state=stay.state)
    )
    work.audit(verb, case_id=stay.case_id, subjects=[stay.id, *stay.person_ids, *journeys])
