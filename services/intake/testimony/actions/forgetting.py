"""What is left of testimony when somebody is erased.

Rule: nothing of theirs, but for what a frozen report says: masked words under a pseudonym that leads nowhere any more.
An erratum counts that there was a statement.
"""

from collections.abc import Collection

from services.intake.testimony.actions import frozen, masking
from services.intake.testimony.store import evidence, masks, statements
from shared.runs import forget_of as forget_runs
from shared.vault import files
from shared.work import Work


async def forget_person(work: Work, person_id: str) -> None:
    """Their statements, with evidence and everything that was decided about them. The caller decided so."""
    await _forget(work, await statements.ids_of_person(work, person_id))


async def forget_case(work: Work, case_id: str) -> None:
    """Nobody is left on the case: what was said there without a name goes as well, with its own keys."""
    theirs = await statements.anonymous_of_case(work, case_id)
    await work.vault.drop(theirs)
    await files.forget_of(work.tx, theirs)
    await forget_runs(work, theirs)
    await _forget(work, theirs)


async def _forget(work: Work, statement_ids: Collection[str]) -> None:
    await masking.end_decisions(work, statement_ids)
    await frozen.note_erasure(work, statement_ids)
    for store in (evidence, masks, statements):
        await store.forget(work, statement_ids)
