"""What can be done with beds: hold them, arrive, leave, let them go.

Rule: whoever takes beds locks the case and then the house, so that neither a bed nor a person is given twice; every
change is told. Nobody cancels the timer of a hold: who fires it waits for the stay, and finds it settled.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from services.logistics.safe_houses.model import stays as model
from services.logistics.safe_houses.model.stays import Stay, StayState
from services.logistics.safe_houses.store import houses
from services.logistics.safe_houses.store import stays as store
from services.logistics.travellers import actions as travellers
from services.logistics.travellers.model import check_members, check_open
from shared.access import case_resource
from shared.clock import new_id
from shared.contracts.logistics import StayChanged
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
    model.check_room(house, await store.occupancy(work, house_id), case_id, len(person_ids))
    model.check_bedless(person_ids, await store.with_a_bed(work, person_ids))
    stay = Stay(new_id(), case_id, house_id, tuple(sorted(person_ids)), "held", expires_at, 1)
    await store.add(work, stay)
    await work.at(expires_at, HOLD_EXPIRY, stay.id)
    _tell(work, stay, "hold_beds")
    return stay


async def arrive(work: Work, stay_id: str, version: int) -> Stay:
    """They are in the house. Errors: Refusal not_found, forbidden, stale; conflict when the hold is no longer live."""
    stay = await _load(work, stay_id)
    model.check_arrival(stay, await houses.load(work, stay.house_id), work.now)
    next_version = await work.change(store.STAYS, stay_id, version, state="sheltered", changed_at=work.now)
    arrived = replace(stay, state="sheltered", version=next_version)
    _tell(work, arrived, "arrive_at_house")
    return arrived


async def leave(work: Work, stay_id: str, version: int) -> Stay:
    """They moved out. Errors: Refusal not_found, forbidden, stale; conflict when they were not sheltered."""
    stay = await _load(work, stay_id)
    model.check_state(stay, "sheltered")
    return await _end(work, replace(stay, version=version), "left", "leave_house")


async def release(work: Work, stay_id: str, version: int) -> Stay:
    """The beds are not needed. Errors: Refusal not_found, forbidden, stale; conflict when there is no live hold."""
    stay = await _load(work, stay_id)
    model.check_state(stay, "held")
    return await _end(work, replace(stay, version=version), "released", "release_hold")


async def expire(work: Work, stay_id: str) -> None:
    """The timer of a hold: nobody came in time."""
    stay = await store.load(work, stay_id, lock=True)
    if stay.state == "held" and stay.expires_at <= work.now:
        await _end(work, stay, "hold_expired", "expire_hold")


async def let_holds_go(work: Work, house_id: str) -> None:
    """Nobody who is still expected may come to this house. The caller checked access and holds the house's lock."""
    for stay in await store.live_holds(work, house_id):
        await _end(work, stay, "released", "release_hold")


async def leave_for_journey(work: Work, person_ids: Collection[str]) -> None:
    """Travellers give their beds back; who stays behind keeps theirs. The caller checked access."""
    for stay in await store.live_of(work, person_ids):
        state: StayState = "left" if stay.state == "sheltered" else "released"
        going = tuple(person_id for person_id in stay.person_ids if person_id in person_ids)
        if going == stay.person_ids:
            await _end(work, stay, state, "leave_house")
            continue
        await store.free(work, stay.id, going)
        await work.change(store.STAYS, stay.id, stay.version, changed_at=work.now)
        _tell(work, replace(stay, person_ids=going, state=state), "leave_house")


async def see_stays(work: Work, case_id: str, after: str | None, limit: int) -> list[Stay]:
    """Errors: Refusal not_found for who may not see the case."""
    work.permit("see_case", await case_resource(work, work.actor, case_id), see="see_case")
    stays = await store.page_of_case(work, case_id, after, limit)
    work.audit("see_stays", case_id=case_id, subjects=[stay.id for stay in stays])
    return stays


async def _load(work: Work, stay_id: str) -> Stay:
    stay = await store.load(work, stay_id, lock=True)
    work.permit("hold_beds", await case_resource(work, work.actor, stay.case_id), see="see_case")
    return stay


async def _end(work: Work, stay: Stay, state: StayState, verb: str) -> Stay:
    next_version = await store.end(work, stay, state)
    ended = replace(stay, state=state, version=next_version)
    _tell(work, ended, verb)
    return ended


def _tell(work: Work, stay: Stay, verb: str) -> None:
    work.emit(
        StayChanged(case_id=stay.case_id, stay_id=stay.id, person_ids=stay.person_ids, at=work.now, state=stay.state)
    )
    work.audit(verb, case_id=stay.case_id, subjects=[stay.id, *stay.person_ids])
