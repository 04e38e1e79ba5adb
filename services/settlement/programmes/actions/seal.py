"""What the seal asks of everything that is done: who may see it, and on which log it stands.

Rule: what happens under a programme that is not disclosed is written on the audit log without the case among its
columns, only among its subjects, because the timeline that everybody assigned to the case reads is made of that
column. Who is not on the list sees the case as it was before the programme.
"""

from collections.abc import Sequence

from services.settlement.programmes.model.programmes import Programme
from services.settlement.programmes.store import programmes
from services.settlement.programmes.store import submissions as store
from shared.access import Resource, relation_of
from shared.work import Work


async def programme_resource(work: Work, programme: Programme) -> Resource:
    """A programme as the policies see it."""
    listed = await programmes.is_listed(work, programme.id, work.actor.id)
    return Resource("Programme", programme.id, {"open": programme.open, "listed": listed})


async def veilable_resource(
    work: Work, kind: str, resource_id: str, case_id: str, person_ids: Sequence[str]
) -> Resource:
    """Something of the later journey of people of a case as the policies see it: a reception, a plan."""
    relation = await relation_of(work, case_id, work.actor.id)
    hidden = await store.hidden(work, person_ids)
    return Resource(kind, resource_id, {"assigned": relation.assigned, "recused": relation.recused, "hidden": hidden})


async def audit_journey(
    work: Work, verb: str, case_id: str, subjects: Sequence[str], person_ids: Sequence[str]
) -> None:
    """Write down what happened to people at the far end, on the case's log unless one of them is veiled."""
    write_down(work, verb, case_id, [*subjects, *person_ids], sealed=bool(await store.veiled(work, person_ids)))


def write_down(work: Work, verb: str, case_id: str, subjects: Sequence[str], *, sealed: bool) -> None:
    """Write down what happened, on the case's log unless it is sealed."""
    if sealed:
        work.audit(verb, subjects=[case_id, *subjects])
    else:
        work.audit(verb, case_id=case_id, subjects=subjects)
