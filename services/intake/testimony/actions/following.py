"""What becomes of statements when who made them is on another case, or asks for a copy of what is kept of them.

Rule: a statement is read on the case that the person is on, and nowhere else.
"""

from dataclasses import asdict
from typing import Any

from services.intake.cases.actions import journeys
from services.intake.people import actions as people
from services.intake.testimony.actions.masking import end_decisions
from services.intake.testimony.store import evidence, masks, statements
from shared.errors import not_found
from shared.work import Work


async def follow(work: Work, person_id: str) -> None:
    """They moved to another case: their statements, masks and evidence are there from now on."""
    case_id = await people.case_of(work, person_id)
    if case_id is None:
        raise not_found()
    moved = await statements.follow(work, person_id, case_id)
    await end_decisions(work, moved)
    for store in (masks, evidence):
        await store.follow(work, moved, case_id)
    work.audit("move_statements", case_id=case_id, subjects=[person_id, *moved])


async def copy_of(work: Work, whose: people.Whose) -> list[dict[str, Any]]:
    """What a person said, in every version, and what it may be used for, for their own copy."""
    told = []
    theirs = await statements.of_person(work, whose.person_id)
    hiding = await journeys.hiding_cases(work, {it.case_id for it in theirs if it.behind})
    for statement in (it for it in theirs if not (it.behind and it.case_id in hiding)):
        versions = await statements.versions(work, statement, None, MOST)
        consents = (await statements.consents(work, [statement]))[statement.id]
        told.append(
            {
                "interview": asdict(statement.interview),
                "versions": [asdict(it) for it in versions.items],
                "uses": [asdict(it) for it in consents.values()],
            }
        )
    return told


MOST = 1000
"""How many versions of a statement a copy holds at most."""
