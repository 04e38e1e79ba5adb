"""Two pairs of eyes: what one person proposes, somebody else decides, and it is then done once.

Rule: an approval counts for exactly the bytes that were proposed and signed, until it expires, and for one act. The
proposer never signs, nobody signs twice, no machine signs, one rejection ends it. Who must keep away from the case by
now counts for nothing that is decided about it, whatever they proposed or signed before. The row is locked before
anything is decided, so no concurrency approves or uses it twice.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import insert, update

from shared.access.actor import Actor
from shared.access.approval_rows import Approval, State, approval_of, approval_signatures, approvals, signers_of
from shared.access.grants import Executes, entries_of
from shared.errors import conflict, forbidden, not_found

PERSONS = {"staff", "partner"}


async def propose(
    ex: Executes,
    *,
    kind: str,
    subject_id: str,
    content: bytes,
    by: Actor,
    at: datetime,
    expires_at: datetime,
    needed: int = 1,
    case_id: str | None = None,
    new_id: Callable[[], str],
) -> str:
    """Ask for `needed` other people to agree to `content`; returns the id of the approval.

    case_id: the case it is about, if there is one that everybody assigned to it may know.
    """
    what = (kind, subject_id, digest_of(content))
    row = Approval(new_id(), *what, by.id, at, expires_at, needed, "open", None, None, case_id)
    await ex.execute(insert(approvals).values(vars(row)))
    return row.id


async def decide(ex: Executes, approval_id: str, *, content: bytes, by: Actor, approve: bool, at: datetime) -> State:
    """Sign for or against `content`; returns the state that follows, `open` while more signatures are needed.

    Errors: Refusal forbidden not_a_person; conflict same_person, content_changed, already_signed, already_decided,
    approval_expired, proposer_recused; not_found.
    """
    approval = await approval_of(ex, approval_id, lock=True)
    signers = await signers_of(ex, approval_id)
    _refuse_signature(approval, signers, content, by, at)
    away = set() if approval.case_id is None else set((await entries_of(ex, approval.case_id))[1])
    if approve and approval.proposed_by in away:
        raise conflict("proposer_recused", "Who proposed this must keep away from the case; somebody else proposes it.")
    signature = {"approval_id": approval_id, "actor_id": by.id, "verdict": "approve" if approve else "reject", "at": at}
    await ex.execute(insert(approval_signatures).values(signature))
    if not approve:
        return await _close(ex, approval_id, "rejected", at)
    if len(signers - away) + 1 >= approval.needed:
        return await _close(ex, approval_id, "approved", at)
    return "open"


async def consume(ex: Executes, approval_id: str, *, kind: str, subject_id: str, content: bytes, at: datetime) -> None:
    """Use the approval for the act it was given for; the act is done in this same transaction.

    Errors: Refusal conflict not_approved, content_changed, approval_expired, already_used; not_found, also when it
    was given for another kind of act or another subject.
    """
    approval = await approval_of(ex, approval_id, lock=True)
    if (approval.kind, approval.subject_id) != (kind, subject_id):
        raise not_found()
    if approval.state != "approved":
        raise conflict("not_approved", "This was not approved by a second person.")
    if approval.used_at is not None:
        raise conflict("already_used", "This approval was used already.")
    _refuse_content(approval, content, at)
    await ex.execute(update(approvals).where(approvals.c.id == approval_id).values(used_at=at))


async def expire(ex: Executes, approval_id: str, at: datetime) -> Approval | None:
    """Mark what nobody decided in time; None when it is not over, or was decided."""
    approval = await approval_of(ex, approval_id, lock=True)
    if approval.state != "open" or approval.expires_at > at:
        return None
    await _close(ex, approval_id, "expired", at)
    return approval


async def replace_open(ex: Executes, kind: str, subject_id: str, at: datetime) -> list[str]:
    """End what is still open about the subject, because something newer is proposed; returns the ids."""
    open_ones = (approvals.c.kind == kind) & (approvals.c.subject_id == subject_id) & (approvals.c.state == "open")
    ended = update(approvals).where(open_ones).values(state="replaced", decided_at=at).returning(approvals.c.id)
    return list((await ex.execute(ended)).scalars())


async def replace_open_of_case(ex: Executes, case_id: str, at: datetime) -> list[str]:
    """End whatever is still open about a case, because who is on it is no longer what was proposed on; returns the
    ids."""
    open_ones = (approvals.c.case_id == case_id) & (approvals.c.state == "open")
    ended = update(approvals).where(open_ones).values(state="replaced", decided_at=at).returning(approvals.c.id)
    return list((await ex.execute(ended)).scalars())


def _refuse_signature(approval: Approval, signers: set[str], content: bytes, by: Actor, at: datetime) -> None:
    if by.kind not in PERSONS:
        raise forbidden("not_a_person", "Only a person can approve.")
    if by.id == approval.proposed_by:
        raise conflict("same_person", "Somebody else must decide what you proposed.")
    if approval.state in ("approved", "rejected", "replaced"):
        raise conflict("already_decided", "This was decided already.")
    if by.id in signers:
        raise conflict("already_signed", "You have signed already.")
    _refuse_content(approval, content, at)


def _refuse_content(approval: Approval, content: bytes, at: datetime) -> None:
    if digest_of(content) != approval.digest:
        raise conflict("content_changed", "What you would approve is no longer what was proposed.")
    if approval.state == "expired" or at >= approval.expires_at:
        raise conflict("approval_expired", "The time to decide is over.")


async def _close(ex: Executes, approval_id: str, state: State, at: datetime) -> State:
    await ex.execute(update(approvals).where(approvals.c.id == approval_id).values(state=state, decided_at=at))
    return state


def digest_of(content: bytes) -> str:
    """What an approval keeps of its content."""
    return hashlib.sha256(content).hexdigest()
