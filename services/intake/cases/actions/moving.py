"""How every action on a case begins and ends: it is looked up by who may do it, and it goes on.

Rule: a case goes from one state to the next here and nowhere else: the row, the journeys and the event are one.
"""

from dataclasses import replace
from typing import Literal

from services.intake.cases.model.lifecycle import Case, CaseState, advance, check_going_on
from services.intake.cases.store import journeys
from services.intake.cases.store import lifecycle as store
from shared.contracts.intake import CaseStateChanged
from shared.work import Work


async def case_for(work: Work, case_id: str, action: str, *, lock: bool = False) -> Case:
    await work.permit_in_case(action, case_id, store.CASES.c.id)
    case = await store.load(work, case_id, lock=lock)
    check_going_on(case, action)
    return case


async def move(
    work: Work,
    case: Case,
    version: int,
    to: CaseState,
    verb: str | None,
    *,
    told: Literal["reopened"] | None = None,
    **values: object,
) -> Case:
    if case.version == version:
        advance(case, to)
    next_version = await work.change(store.CASES, case.id, version, state=to, **values)
    await journeys.set_intake_facet(work, case.id, to)
    moved = replace(case, state=to, version=next_version, standing=None if to == "closed" else case.standing)
    work.emit(CaseStateChanged(case_id=case.id, at=work.now, state=told or to, standing=moved.standing))
    if verb is not None:
        work.audit(verb, case_id=case.id)
    return moved
