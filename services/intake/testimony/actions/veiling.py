"""Which statements are behind a veil: those that somebody took who could look behind one of their case.

Rule: whoever may not look is answered as if such a statement did not exist, and no report has it while the veil is
there. What was told before, or to somebody who cannot look, stays: were it gone, that would say that there is a veil.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Select

from services.intake.cases.actions import journeys
from services.intake.testimony.store import masks, statements
from shared.access import Approval, Resource, case_resource
from shared.audit import AuditEntry
from shared.errors import not_found
from shared.unknown import Unseen, named
from shared.work import Work

TOLD = (
    "take_statement",
    "correct_statement",
    "give_use_consent",
    "withdraw_use_consent",
    "see_statement",
    "mask_statement",
    "see_masking",
    "see_excerpt",
    "register_evidence",
    "keep_evidence",
    "hand_over_evidence",
    "see_evidence",
    "find_evidence_changed",
    "see_evidence_content",
    "see_evidence_list",
    "copy_evidence",
    "make_copy",
)
"""What the log tells of one statement, which it names first."""

DECIDED = tuple(f"{verb}_unmasking" for verb in ("propose", "approve", "reject", "expire"))
"""What it tells of one masking, which it names first."""


async def permit(work: Work, action: str, named: str, case: Column[str], statement: Select[Any]) -> None:
    """Go on only if the actor may do it with what the id names, before anything of it is read.

    case: the column with its case. statement: the query that finds its statement. Errors: Refusal not_found, forbidden.
    """
    await work.permit_in_case(action, named, case, hidden=await _hides(work, statement))


async def hides_masking(work: Work, named: str) -> bool:
    """Whether a masking, named by its id or that of its approval, is hidden from the actor."""
    return await _hides(work, masks.statement_of(named))


async def of_masking(work: Work, approval: Approval) -> Resource:
    """What a second person decides about: the case of the statement of a masking."""
    if approval.case_id is None:
        raise not_found()
    hidden = await hides_masking(work, approval.id)
    return await case_resource(work, work.actor, approval.case_id, hidden=hidden)


async def _hides(work: Work, statement: Select[Any]) -> bool:
    found = await journeys.veils_over(work, statement)
    told_behind = await statements.was_told_behind(work, found[0][0] if found else None)
    return told_behind and any(veil is not None and veil.hides_from(work.actor.id) for _, veil in found)


async def hidden(work: Work, case_id: str) -> set[str]:
    """The ids of the statements of a case that the actor may not know of."""
    if not await journeys.hiding_cases(work, [case_id]):
        return set()
    return {it.id for it in await statements.all_of_case(work, case_id) if it.behind}


async def unknown(work: Work, rows: Sequence[AuditEntry]) -> Unseen:
    """What rows of the log tell of statements behind a veil, and of veils, which the actor may not know of.

    Of a statement that is erased nobody can tell any more whether it was: all that is told of it is hidden.
    """
    ids = named(rows)
    masked = await masks.among(work, ids)
    there = await statements.among(work, ids | {it.statement_id for it in masked})
    behind = {it.id: it.case_id for it in there if it.behind}
    hiding = await journeys.hiding_cases(work, set(behind.values()))
    shut = {it for it, case_id in behind.items() if case_id in hiding}
    shut |= {it for one in masked if one.statement_id in shut for it in (one.id, one.approval_id) if it}
    found = {it.id for it in there} | {it.id for it in masked}
    told = {place: row for place, row in enumerate(rows) if row.verb in (*TOLD, *DECIDED) and not row.denied}
    ended = frozenset(place for place, row in told.items() if row.subjects[0] not in found)
    return Unseen(frozenset(shut), ended) | await journeys.unknown(work, rows)
