"""What is done at the far end: expect a group, note its arrival, hand it over, end its reception, look.

Rule: the hand-over, the plans it opens and the outcomes it makes are one transaction.
"""

from collections.abc import Sequence
from datetime import datetime

from services.settlement.newcomers import actions as newcomers
from services.settlement.plans import actions as plans
from services.settlement.programmes.actions import outcomes, pathways, seal, submissions
from services.settlement.programmes.actions.telling import Settling, far_end
from services.settlement.reception import model, store
from services.settlement.reception.model import Arrival, Reception, Side
from shared.access import case_resource
from shared.clock import new_id
from shared.contracts.settlement import ReceptionConfirmed, ReceptionEnded
from shared.database import Slice
from shared.erasures import Gone
from shared.unknown import ids_among
from shared.work import Work

RECEPTION_ENDS = "reception_ends"


async def expect(work: Work, case_id: str, journey_id: str, person_ids: Sequence[str]) -> str:
    """A group is on its way and somebody will have to receive it; returns the id of the reception."""
    known = await store.id_of(work, journey_id)
    if known is not None:
        return known
    reception_id = new_id()
    await store.add(work, reception_id, case_id, journey_id, person_ids)
    await seal.audit_journey(work, "expect_group", case_id, [reception_id], person_ids)
    return reception_id


async def note_arrival(
    work: Work, case_id: str, journey_id: str, arrived_at: datetime, arrivals: Sequence[Arrival]
) -> None:
    """A group arrived: those who are out of danger have been helped to escape."""
    person_ids = [arrival.person_id for arrival in arrivals]
    await newcomers.ensure_keys(work, [case_id, *person_ids])
    reception_id = await expect(work, case_id, journey_id, person_ids)
    await store.save_arrival(work, reception_id, case_id, person_ids, arrivals[0].country, arrived_at)
    await seal.audit_journey(work, "note_arrival", case_id, [reception_id], person_ids)
    helped = [arrival.person_id for arrival in arrivals if arrival.outside_country_of_danger]
    await outcomes.record_outcomes(work, case_id, helped, "helped_to_escape", arrived_at)


async def hand_over(work: Work, reception_id: str, version: int, side: Side, counted: int) -> Reception:
    """One side confirms with its head-count; the second one completes the hand-over.

    Errors: Refusal not_found, forbidden, stale; conflict not_arrived, already_confirmed, same_person,
    head_count_differs.
    """
    await _permit(work, f"confirm_as_{side}", reception_id)
    reception = await store.load(work, reception_id, lock=True)
    version = await work.change(store.RECEPTIONS, reception_id, version, **{f"{side}_by": work.actor.id})
    model.check_handover(reception, side, work.actor.id, counted)
    await _write_down(work, f"confirm_as_{side}", reception)
    if model.completes(reception, side):
        await _complete(work, reception, version)
    return await store.load(work, reception_id)


async def end(work: Work, reception_id: str) -> None:
    """The weeks of reception are over, and its people settle unless another one runs; fires as a timer."""
    reception = await store.load(work, reception_id)
    if not await store.save_end(work, reception_id):
        return
    people = reception.person_ids
    again = await store.handed_over_since(work, people, work.now - model.LASTS)
    states: dict[str, Settling] = {one: "in_reception" if one in again else "settling" for one in people}
    persons = await far_end(work, states)
    case_id, journey_id = reception.case_id, reception.journey_id
    work.emit(ReceptionEnded(case_id=case_id, journey_id=journey_id, at=work.now, persons=persons))
    await _write_down(work, "end_reception", reception)


async def see_receptions(work: Work, case_id: str, after: str | None, limit: int) -> Slice[Reception]:
    """Those of a case that the actor may know of. Errors: Refusal not_found for who may not see the case."""
    work.permit("see_case", await case_resource(work, work.actor, case_id), see="see_case")
    found = await store.of_case(work, case_id, after, limit)
    sealed_by = await seal.sealing(work, [one for reception in found.items for one in reception.person_ids])
    work.audit("see_receptions", case_id=case_id, subjects=[*(reception.id for reception in found.items), *sealed_by])
    return found


async def see_reception(work: Work, reception_id: str) -> Reception:
    """Errors: Refusal not_found for who may not know of it."""
    await _permit(work, "see_reception", reception_id)
    reception = await store.load(work, reception_id)
    await _write_down(work, "see_reception", reception)
    return reception


async def forget(work: Work, gone: Gone) -> None:
    """Take a person out of all that settlement keeps, and their case when it ends."""
    person_id = gone.person_id
    await newcomers.lock(work, person_id)
    await submissions.forget(work, person_id)
    await pathways.forget(work, person_id)
    await outcomes.forget(work, person_id)
    await plans.forget(work, person_id)
    await store.forget(work, person_id)
    await newcomers.forget(work, person_id)
    for case_id, ended in ((gone.case_id, False), (gone.ended_case, True)):
        if case_id is not None:
            await submissions.forget_case(work, case_id, ended=ended)
            await pathways.forget_case(work, case_id, ended=ended)
            await store.forget_case(work, case_id, ended=ended)
    if gone.ended_case is not None:
        await newcomers.forget_case(work, gone.ended_case)


async def case_of(work: Work, subject: str) -> str | None:
    """The case of somebody, if settlement knows them."""
    return await newcomers.case_of(work, subject)


async def _complete(work: Work, reception: Reception, version: int) -> None:
    await work.change(store.RECEPTIONS, reception.id, version, state="confirmed", confirmed_at=work.now)
    await work.at(work.now + model.LASTS, RECEPTION_ENDS, reception.id)
    case_id, journey_id, people = reception.case_id, reception.journey_id, reception.person_ids
    persons = await far_end(work, dict.fromkeys(people, "in_reception"))
    work.emit(ReceptionConfirmed(case_id=case_id, journey_id=journey_id, at=work.now, persons=persons))
    for person_id in people:
        await plans.open_plan(work, case_id, person_id)
    if reception.country == model.CANADA:
        await outcomes.record_outcomes(work, case_id, people, "settled_in_canada", work.now)


async def _permit(work: Work, action: str, reception_id: str) -> None:
    """Before anything else of the reception is read."""
    case, hidden = (
        store.RECEPTIONS.c.case_id,
        bool(await ids_among(work, store.hidden_from(work.actor.id), [reception_id])),
    )
    await work.permit_in_case(action, reception_id, case, see="see_reception", kind="Reception", hidden=hidden)


async def _write_down(work: Work, verb: str, reception: Reception) -> None:
    await seal.audit_journey(work, verb, reception.case_id, [reception.id], reception.person_ids)
