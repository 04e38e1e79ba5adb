"""The table of verdicts, what waits for a decision on them, and every query on it.

Rule: how far a verdict has come stands in its approvals; here, what it says, and whether it became final. Who is split
off takes the standing along that verdicts gave them: what was decided, how it was verified and when, under an id of its
own without an approval. Why, what a reviewer said, and findings about the group stay with the case of the others.
"""

from dataclasses import asdict
from typing import Any

from sqlalchemy import Boolean, Column, ColumnElement, Index, String, Table, delete, func, insert, or_, select, update

from services.intake.cases.model.verification import Decided, HeadCause, HeadReview, Proposal, Terms
from services.intake.cases.store.verification import INTERVIEWS, ITEM_FILES, ITEMS
from services.intake.database import metadata
from shared.access import Actor, Approval
from shared.access.approval_rows import approvals
from shared.clock import new_id
from shared.database import Instant, ident
from shared.errors import not_found
from shared.vault import Encrypted, SubjectCipher
from shared.work import Work

VERDICTS = Table(
    "verdicts",
    metadata,
    Column("approval_id", ident(), primary_key=True),
    Column("case_id", ident(), nullable=False),
    Column("verdict", String(16), nullable=False),
    Column("proposed_by", ident()),
    Column("terms", Encrypted),
    Column("head_id", ident()),
    Column("head_cause", String(16)),
    Column("opinion", Encrypted),
    Column("final", Boolean, nullable=False),
    Column("decided_at", Instant),
    Index(None, "case_id"),
    Index(None, "head_id"),
)


async def add(work: Work, approval: Approval, terms: Terms) -> None:
    said = asdict(terms)
    verdict, cipher = said.pop("verdict"), await work.cipher(approval.subject_id)
    row = {
        "approval_id": approval.id,
        "case_id": approval.subject_id,
        "verdict": verdict,
        "proposed_by": approval.proposed_by,
        "terms": cipher.encrypt_json(f"verdicts.terms/{approval.id}", said),
        "final": False,
    }
    await work.execute(insert(VERDICTS), row)


async def proposed(work: Work, case_id: str, approval_id: str) -> Proposal:
    """What was proposed about the case, however far it came. Errors: Refusal not_found."""
    return await _proposal(work, await _one(work, VERDICTS.c.approval_id, case_id, approval_id))


async def with_head(work: Work, case_id: str, head_id: str) -> HeadReview:
    """What a head reviewer was asked. Errors: Refusal not_found."""
    return await _head_review(work, await _one(work, VERDICTS.c.head_id, case_id, head_id))


async def open_proposal(work: Work, case_id: str) -> Proposal | None:
    """The verdict that waits for a second person."""
    row = await _waiting(work, VERDICTS.c.approval_id, case_id)
    return None if row is None else await _proposal(work, row)


async def open_head_review(work: Work, case_id: str) -> HeadReview | None:
    """The verdict that waits for a head reviewer."""
    row = await _waiting(work, VERDICTS.c.head_id, case_id)
    return None if row is None else await _head_review(work, row)


async def hand_to_head(work: Work, proposal: Proposal, head_id: str, cause: HeadCause, opinion: dict[str, Any]) -> None:
    """opinion: whether the reviewer agreed, and why."""
    cipher = await work.cipher(proposal.case_id)
    box = cipher.encrypt_json(f"verdicts.opinion/{proposal.id}", opinion)
    values = {"head_id": head_id, "head_cause": cause, "opinion": box}
    await work.execute(update(VERDICTS).where(VERDICTS.c.approval_id == proposal.id).values(values))


async def finish(work: Work, proposal: Proposal) -> None:
    """The verdict counts."""
    await work.execute(
        update(VERDICTS).where(VERDICTS.c.approval_id == proposal.id).values(final=True, decided_at=work.now)
    )


async def round_of(work: Work, case_id: str) -> int:
    """The number of the present round of verification: one more than there are verdicts that counted."""
    final = select(func.count()).select_from(VERDICTS).where(VERDICTS.c.case_id == case_id, VERDICTS.c.final.is_(True))
    return int((await work.execute(final)).scalar_one()) + 1


async def decided(work: Work, case_id: str) -> list[Decided]:
    """The verdicts that counted, oldest first."""
    at = func.coalesce(VERDICTS.c.decided_at, approvals.c.proposed_at, type_=Instant()).label("at")
    query = select(VERDICTS, at, approvals.c.id.label("own")).outerjoin(
        approvals, approvals.c.id == VERDICTS.c.approval_id
    )
    final = query.where(VERDICTS.c.case_id == case_id, VERDICTS.c.final.is_(True))
    cipher = await work.cipher(case_id)
    rows = (await work.execute(final.order_by(at, VERDICTS.c.approval_id))).all()
    return [Decided(_terms(cipher, row), row.at, row.own is None) for row in rows]


async def carry(work: Work, from_case_id: str, to_case_id: str) -> None:
    """A case that was split off stands where verdicts on the group brought it."""
    cipher = await work.cipher(to_case_id)
    for one in await decided(work, from_case_id):
        verdict_id = new_id()
        row = {
            "approval_id": verdict_id,
            "case_id": to_case_id,
            "verdict": one.terms.verdict,
            "terms": cipher.encrypt_json(f"verdicts.terms/{verdict_id}", {"mode": one.terms.mode, "reason": ""}),
            "final": True,
            "decided_at": one.at,
        }
        await work.execute(insert(VERDICTS), row)


def took_part(actor: Actor) -> ColumnElement[bool]:
    """The approvals about cases in whose verification the actor interviewed or recorded something."""
    of_case = ITEMS.c.case_id == approvals.c.case_id
    recorded = select(ITEMS.c.id).where(of_case, ITEMS.c.recorded_by == actor.id)
    added = select(ITEM_FILES.c.id).where(
        ITEM_FILES.c.case_id == approvals.c.case_id, ITEM_FILES.c.added_by == actor.id
    )
    asked = or_(INTERVIEWS.c.recorded_by == actor.id, INTERVIEWS.c.interviewer_id == actor.id)
    return or_(
        recorded.exists(),
        added.exists(),
        select(INTERVIEWS.c.id).where(INTERVIEWS.c.case_id == approvals.c.case_id, asked).exists(),
    )


def proposed_or_took_part(actor: Actor) -> ColumnElement[bool]:
    """As `took_part`; and those of head reviews on a verdict that the actor proposed."""
    theirs = select(VERDICTS.c.approval_id).where(
        VERDICTS.c.head_id == approvals.c.id, VERDICTS.c.proposed_by == actor.id
    )
    return or_(took_part(actor), theirs.exists())


async def forget_case(work: Work, case_id: str) -> None:
    await work.execute(delete(VERDICTS).where(VERDICTS.c.case_id == case_id))


async def _one(work: Work, column: Column[str], case_id: str, approval_id: str) -> Any:
    row = await _rows(work, column, VERDICTS.c.case_id == case_id, column == approval_id)
    if row is None:
        raise not_found()
    return row


async def _waiting(work: Work, column: Column[str], case_id: str) -> Any:
    still = approvals.c.state == "open", approvals.c.expires_at > work.now
    return await _rows(work, column, VERDICTS.c.case_id == case_id, *still)


async def _rows(work: Work, column: Column[str], *which: ColumnElement[bool]) -> Any:
    """The verdict with the facts of its approval, or of that of its head review."""
    facts = approvals.c.proposed_by.label("asked_by"), approvals.c.expires_at
    query = select(VERDICTS, *facts).join(approvals, approvals.c.id == column).where(*which)
    return (await work.execute(query)).one_or_none()


async def _proposal(work: Work, row: Any) -> Proposal:
    terms = _terms(await work.cipher(row.case_id), row)
    return Proposal(row.approval_id, row.case_id, terms, row.proposed_by or row.asked_by, row.expires_at)


def _terms(cipher: SubjectCipher, row: Any) -> Terms:
    said: dict[str, Any] = {"mode": "self", "reason": ""}
    if row.terms is not None:
        said = cipher.decrypt_json(f"verdicts.terms/{row.approval_id}", row.terms)
    return Terms(verdict=row.verdict, **said)


async def _head_review(work: Work, row: Any) -> HeadReview:
    opinion = (await work.cipher(row.case_id)).decrypt_json(f"verdicts.opinion/{row.approval_id}", row.opinion)
    proposal = await _proposal(work, row)
    return HeadReview(
        row.head_id, proposal, row.head_cause, row.asked_by, opinion["agreed"], opinion["reason"], row.expires_at
    )
