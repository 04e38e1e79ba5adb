"""What can be done about passages: mask them, ask to uncover some, decide on that, read what a use would read."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, and_

from services.intake.testimony.actions import veiling
from services.intake.testimony.actions.statements import changed, permitted
from services.intake.testimony.model import masks as model
from services.intake.testimony.model.masks import Masking, Span
from services.intake.testimony.model.statements import Statement, Use, Words
from services.intake.testimony.store import masks as store
from services.intake.testimony.store import statements
from shared.access import Actor, assigned_cases, staff_with
from shared.access.approval_rows import approvals
from shared.approving import Act, propose, sign
from shared.approving import replace as end_open
from shared.clock import new_id
from shared.errors import conflict
from shared.work import Work


def _near(actor: Actor, _now: datetime) -> ColumnElement[bool]:
    theirs = staff_with(actor, "intake_officer", "caseworker", "reviewer")
    return and_(approvals.c.case_id.in_(assigned_cases(actor)), theirs)


UNMASK = Act(
    "unmasking",
    model.OPEN_FOR,
    "decide_masking",
    "see_masking",
    "/maskings/{subject_id}/decision",
    veiling.of_masking,
    _near,
    hides=veiling.hides_masking,
)
"""Nobody has a duty to sign it: one would be called in front of a veil, and one that only open statements have would
tell whoever reads the database which statements are behind one."""


async def mask(work: Work, statement_id: str, version: int, number: int, spans: tuple[Span, ...]) -> Masking:
    """Say which passages of a version are hidden in which use; these and no others from now on.

    It stands at once, unless it uncovers what was hidden: then somebody else has to agree first.
    Errors: Refusal not_found, forbidden, stale; invalid passage_not_in_text.
    """
    statement = await permitted(work, "mask_statement", statement_id)
    model.check(spans, await statements.words_of(work, statement, number))
    standing = await store.standing(work, [statement])
    statement = await changed(work, statement, version)
    await end_decisions(work, [statement_id])
    stands = model.stands_alone({place: it.spans for (_, place), it in standing.items()}, number, spans)
    what = (new_id(), statement_id, statement.case_id, number, spans, work.actor.id)
    masking = Masking(*what, None, stands)
    if stands:
        work.audit("mask_statement", case_id=statement.case_id, subjects=[*statement.names, masking.id])
    else:
        masking = await _ask(work, masking)
    await store.add(work, statement, masking)
    return masking


async def decide(work: Work, masking_id: str, *, approve: bool) -> Masking:
    """Somebody else agrees to uncover, or rejects.

    Errors: Refusal not_found, forbidden; conflict same_person, already_decided, approval_expired, not_proposed.
    """
    masking, _ = await _permitted(work, "decide_masking", masking_id)
    if masking.approval_id is None:
        raise conflict("not_proposed", "This masking uncovers nothing and stands.")
    content, about = model.asked(masking), [masking.statement_id]
    signed = await sign(work, UNMASK, masking.approval_id, content, approve=approve, about=about)
    if signed.state != "approved":
        return masking
    statement = await statements.load(work, masking.statement_id)
    statement = await changed(work, statement, statement.version)
    await store.let_stand(work, masking_id, statement.version)
    return replace(masking, stands=True)


async def see_masking(work: Work, masking_id: str) -> tuple[Masking, Words]:
    """A masking and the words that it is of. Errors: Refusal not_found, forbidden."""
    masking, statement = await _permitted(work, "see_masking", masking_id)
    work.audit("see_masking", case_id=masking.case_id, subjects=[*statement.names, masking_id])
    return masking, await statements.words_of(work, statement, masking.number)


async def see_excerpt(work: Work, statement_id: str, use: Use) -> tuple[Words, str, str]:
    """What a use would read of a statement: original and translation, masked.

    Errors: Refusal not_found, forbidden; conflict not_masked when nobody has looked through its last words.
    """
    statement = await permitted(work, "see_statement", statement_id)
    words = (await statements.newest_words(work, [statement]))[statement_id]
    masking = (await store.standing(work, [statement])).get((statement_id, words.number))
    work.audit("see_excerpt", case_id=statement.case_id, subjects=statement.names)
    if masking is None:
        raise conflict("not_masked", "Nobody has looked through these words for masking.")
    original = model.masked(words.original, masking.spans, "original", use)
    return words, original, model.masked(words.translation, masking.spans, "translation", use)


async def end_decisions(work: Work, statement_ids: Collection[str]) -> None:
    """Nobody decides any more on what was proposed about these: something newer is, or they go."""
    for masking_id in await store.ids_of(work, statement_ids):
        await end_open(work, UNMASK, masking_id)


async def _permitted(work: Work, action: str, masking_id: str) -> tuple[Masking, Statement]:
    await veiling.permit(work, action, masking_id, store.MASKINGS.c.case_id, store.statement_of(masking_id))
    masking = await store.load(work, masking_id)
    return masking, await statements.load(work, masking.statement_id)


async def _ask(work: Work, masking: Masking) -> Masking:
    content, about = model.asked(masking), [masking.statement_id]
    approval = await propose(work, UNMASK, masking.id, content, case_id=masking.case_id, about=about)
    return replace(masking, approval_id=approval.id)
