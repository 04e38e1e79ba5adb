"""What the seal asks of everything that is done: who may see it, and on which log it stands.

Rule: what happens under a programme that is not disclosed is written on the audit log without the case among its
columns, only among its subjects, because the timeline that everybody assigned to the case reads is made of that
column. Who is not on the list sees the case as it was before the programme.
"""

from collections.abc import Sequence

from services.settlement.programmes.model.programmes import Programme
from services.settlement.programmes.store import programmes
from services.settlement.programmes.store import submissions as store
from shared.access import Resource
from shared.work import Work


async def programme_resource(work: Work, programme: Programme) -> Resource:
    """A programme as the policies see it."""
    listed = await programmes.is_listed(work, programme.id, work.actor.id)
    return Resource("Programme", programme.id, {"open": programme.open, "listed": listed})


async def permit(
    work: Work, action: str, programme_id: str | None, asked_id: str, *, see: str = "see_programme"
) -> None:
    """Go on only if the policies let the actor do it with a programme, before anything else of it is read.

    programme_id: None for one that is not there, which is asked about like a sealed one. asked_id: what was named.
    """
    known = programme_id or asked_id
    is_open = await programmes.is_open(work, known)
    listed = await programmes.is_listed(work, known, work.actor.id)
    work.permit(action, Resource("Programme", known, {"open": is_open, "listed": listed}), see=see, asked=asked_id)


async def audit_journey(
    work: Work, verb: str, case_id: str, subjects: Sequence[str], person_ids: Sequence[str]
) -> None:
    """Write down what happened to people at the far end, on the case's log unless one of them is veiled."""
    write_down(work, verb, case_id, [*subjects, *person_ids], sealed_by=await sealing(work, person_ids))


async def sealing(work: Work, person_ids: Sequence[str]) -> list[str]:
    """The ids of the programmes that veil any of these people, for the row that says who looked."""
    return await store.sealing(work, person_ids)


def write_down(work: Work, verb: str, case_id: str, subjects: Sequence[str], *, sealed_by: Sequence[str]) -> None:
    """Write down what happened, on the case's log unless programmes seal it: those are named, so that the row stays
    hidden with them when everything else that it names was erased."""
    if sealed_by:
        work.audit(verb, subjects=[case_id, *subjects, *sealed_by])
    else:
        work.audit(verb, case_id=case_id, subjects=subjects)
