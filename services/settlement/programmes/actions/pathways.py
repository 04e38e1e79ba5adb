"""What can be done with ways that need no programme: open one for people of a case, look.

Rule: whoever cannot know of a submission is answered as if there were none.
"""

from datetime import date

from services.settlement.newcomers import actions as newcomers
from services.settlement.programmes.actions.telling import tell_entry, tell_pathway
from services.settlement.programmes.model.pathways import Pathway, WayKind
from services.settlement.programmes.store import pathways as store
from services.settlement.programmes.store import submissions
from shared.access import case_resource
from shared.clock import new_id
from shared.database import Slice
from shared.errors import conflict
from shared.work import Work


async def open_way(
    work: Work, case_id: str, kind: WayKind, person_ids: tuple[str, ...], country: str, from_date: date
) -> Pathway:
    """Write down that people may enter a country by themselves.

    Errors: Refusal not_found, forbidden, invalid; conflict case_closed, submission_is_live.
    """
    work.permit("open_pathway", await case_resource(work, work.actor, case_id), see="see_case")
    await newcomers.check_group(work, case_id, person_ids)
    if await submissions.visibly_live(work, person_ids):
        raise conflict("submission_is_live", "Somebody named is put forward to a programme; withdraw that first.")
    pathway = Pathway(new_id(), case_id, kind, person_ids, country, from_date)
    await store.add(work, pathway)
    await tell_pathway(work, case_id, person_ids, "accepted", veiled=False)
    tell_entry(work, case_id, person_ids, country, from_date, veiled=False)
    work.audit("open_pathway", case_id=case_id, subjects=[pathway.id, *person_ids])
    return pathway


async def see_pathways(work: Work, case_id: str, after: str | None, limit: int) -> Slice[Pathway]:
    """The ways of a case without a programme. Errors: Refusal not_found for who may not see the case."""
    work.permit("see_case", await case_resource(work, work.actor, case_id), see="see_case")
    found = await store.of_case(work, case_id, after, limit)
    work.audit("see_pathways", case_id=case_id, subjects=[pathway.id for pathway in found.items])
    return found


async def forget(work: Work, person_id: str) -> None:
    """Nobody can tell that they had a way in. Intake decided so."""
    await store.forget(work, person_id)


async def forget_case(work: Work, case_id: str, *, ended: bool) -> None:
    """Ways of the case that name nobody any more are gone; ended: all of them."""
    await store.forget_case(work, case_id, ended=ended)
