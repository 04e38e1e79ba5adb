"""What of a case's travel is behind a veil: which journeys, clearances and splits the actor may not know of.

Rule: who may not look behind the veil is answered as if what is there did not exist; a seal beats every other reason
to see it.
"""

from collections.abc import Collection, Sequence

from services.logistics.documents import actions as documents
from services.logistics.journeys.model import journeys as model
from services.logistics.journeys.store import journeys as store
from services.logistics.journeys.store import splits
from services.logistics.travellers import actions as travellers
from shared.audit import AuditEntry
from shared.erasures import erased_among
from shared.unknown import Unseen, named
from shared.veil import Veil, behind
from shared.work import Work

TRAVEL = (
    *documents.GATE,
    "arrive",
    "call_off_journey",
    "check_in",
    "depart",
    "leave_house",
    "miss_check_in",
    "plan_journey",
    "receive_journey",
    "see_journey",
    "see_journeys",
    "see_split",
    "see_splits",
    "propose_split",
    "approve_split",
    "reject_split",
    "expire_split",
)
"""What the log tells of travel: all that a veil may hide."""


async def permit(work: Work, action: str, journey_id: str) -> None:
    """Go on only if the actor may do it with a journey, before anything of it is read. Errors: Refusal not_found,
    forbidden."""
    found = await travellers.veils_over(work, store.planned(journey_id), "person_id")
    veils = [veil for _, veil in found if veil is not None]
    hidden = any(
        row.person_id is None or behind(veils, work.actor.id, row.planned_by, row.planned_at) for row, _ in found
    )
    await work.permit_in_case(action, journey_id, store.JOURNEYS.c.case_id, hidden=hidden)


async def hides_split(work: Work, named: str) -> bool:
    """Whether a split, named by its id or that of its approval, is hidden from the actor."""
    found = await travellers.veils_over(work, splits.proposed(named), "case_id")
    veils = [veil for _, veil in found if veil is not None]
    return any(not row.anybody or behind(veils, work.actor.id, row.proposed_by, row.proposed_at) for row, _ in found)


async def hidden_journeys(work: Work, case_id: str) -> set[str]:
    """The ids of the journeys of a case that the actor may not know of."""
    journeys = await store.of_case(work, case_id)
    veils = await travellers.veils_of(work, {it for journey in journeys for it in journey.person_ids})
    return {journey.id for journey in journeys if model.hidden(journey, veils, work.actor.id)}


async def hidden_splits(work: Work, case_id: str) -> set[str]:
    """The ids of the splits of a case that somebody proposed for a journey that the actor may not know of, and of
    those that let nobody go apart any more."""
    veils = (await travellers.veils_on(work, [case_id]))[case_id]
    proposed = await splits.proposals(work, case_id)
    behind_veils = {it.split_id for it in proposed if behind(veils, work.actor.id, it.by, it.at)}
    return behind_veils | await splits.of_nobody(work, [case_id])


async def splits_behind(work: Work, case_id: str, lost: Veil) -> set[str]:
    """The ids of the splits of a case that only this veil hid, whose person was erased."""
    veils = (await travellers.veils_on(work, [case_id]))[case_id]
    proposed = [it for it in await splits.proposals(work, case_id) if lost.covers(it.by, it.at)]
    return {it.split_id for it in proposed if not any(veil.covers(it.by, it.at) for veil in veils)}


async def unknown(work: Work, rows: Sequence[AuditEntry]) -> Unseen:
    """What rows of the log tell of veiled travel, which the actor may not know of."""
    ids = named(rows)
    journeys = await store.among(work, ids)
    veils = await travellers.veils_of(work, {it for journey in journeys for it in journey.person_ids})
    hidden = {journey.id for journey in journeys if model.hidden(journey, veils, work.actor.id)}
    told = Unseen(frozenset(hidden | await _splits_among(work, ids)), await travellers.sight_of(work, rows))
    return told | await _of_ended_cases(work, rows) | await documents.unknown(work, rows)


async def _splits_among(work: Work, ids: Collection[str]) -> set[str]:
    proposed = await splits.proposals_among(work, ids)
    veils = await travellers.veils_on(work, {it.case_id for it in proposed})
    nobody = await splits.of_nobody(work, set(veils))
    hidden = [it for it in proposed if it.split_id in nobody or behind(veils[it.case_id], work.actor.id, it.by, it.at)]
    return {id for it in hidden for id in (it.split_id, it.approval_id)}


async def _of_ended_cases(work: Work, rows: Sequence[AuditEntry]) -> Unseen:
    """Of a case that is erased nobody can tell any more what of its travel was veiled: all of it is, to everybody."""
    travel = {place: row for place, row in enumerate(rows) if row.verb in TRAVEL}
    ended = await erased_among(work, {row.case_id for row in travel.values() if row.case_id is not None})
    return Unseen(places=frozenset(place for place, row in travel.items() if row.case_id in ended))
