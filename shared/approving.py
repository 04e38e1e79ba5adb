"""Acts that need a second person, the same way in every slice: proposed, listed, signed, done or expired.

Rule: a slice declares its `Act` once and keeps no state beside the approval's own. The signature that completes an
approval uses it in the same transaction: what was agreed is done at once and once, or the signature is undone as well.
Nobody cancels the timer of a proposal: who fires it waits for the approval, and finds it decided.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from sqlalchemy import ColumnElement, and_, false, not_, or_

from shared import access
from shared.access import Actor, Approval, Progress, Resource, case_resource, recused_cases, staff_with, visible_cases
from shared.access.approval_rows import approvals
from shared.clock import new_id
from shared.errors import not_found
from shared.work import Work

EXPIRES = "approval_expires"


async def of_case(work: Work, approval: Approval) -> Resource:
    """The subject of what is about a case: the case."""
    if approval.case_id is None:
        raise not_found()
    return await case_resource(work, work.actor, approval.case_id)


def visible(actor: Actor, now: datetime) -> ColumnElement[bool]:
    """What is about the cases that the actor may see."""
    return approvals.c.case_id.in_(visible_cases(actor, now))


def visible_or_with(role: str) -> Callable[[Actor, datetime], ColumnElement[bool]]:
    """As `visible`; and for who has the role what is about any case that they are not recused from, or about none."""

    def near(actor: Actor, now: datetime) -> ColumnElement[bool]:
        case_id = approvals.c.case_id
        theirs = and_(staff_with(actor, role), or_(case_id.is_(None), case_id.not_in(recused_cases(actor))))
        return or_(visible(actor, now), theirs)

    return near


def nobody(_actor: Actor) -> ColumnElement[bool]:
    """No approval."""
    return false()


async def _open(_work: Work, _approval_id: str) -> bool:
    return False


class Waiting(Protocol):
    """What a service does while a proposal waits for signatures, in the same transactions."""

    async def begin(self, work: Work, approval: Approval) -> None: ...

    async def end(self, work: Work, approval: Approval) -> None:
        """It was decided, replaced, or nobody decided in time."""


@dataclass(frozen=True)
class Act:
    """What cannot be done alone.

    kind: its word, in the audit's verbs too: propose_<kind>, approve_<kind>, reject_<kind>, expire_<kind>.
    open_for: how long a proposal waits. decides, sees: the policies' actions on `subject`. near: what the actor may
    have to do with, as a condition in SQL, so that the rest costs the same whether it exists or not.
    barred: what the actor must not decide, whatever their role. decide_at: the path of the decision, with
    {subject_id} or {case_id}. waiting: what is done while it waits. hides: whether a veil hides an approval from the
    actor, found out at the same cost whether it is there.
    """

    kind: str
    open_for: timedelta
    decides: str
    sees: str
    decide_at: str
    subject: Callable[[Work, Approval], Awaitable[Resource]] = of_case
    near: Callable[[Actor, datetime], ColumnElement[bool]] = visible
    barred: Callable[[Actor], ColumnElement[bool]] = nobody
    waiting: Waiting | None = None
    hides: Callable[[Work, str], Awaitable[bool]] = _open

    def path(self, approval: Approval) -> str:
        return self.decide_at.format(subject_id=approval.subject_id, case_id=approval.case_id)


async def propose(
    work: Work,
    act: Act,
    subject_id: str,
    content: bytes,
    *,
    case_id: str | None = None,
    needed: int = 1,
    about: Iterable[str] = (),
) -> Approval:
    """The actor asks `needed` others to agree to exactly `content`. about: further ids for the audit log."""
    approval_id = await access.propose(
        work,
        kind=act.kind,
        subject_id=subject_id,
        content=content,
        by=work.actor,
        at=work.now,
        expires_at=work.now + act.open_for,
        needed=needed,
        case_id=case_id,
        new_id=new_id,
    )
    await work.at(work.now + act.open_for, EXPIRES, approval_id)
    work.audit(f"propose_{act.kind}", case_id=case_id, subjects=[subject_id, *about])
    approval = await access.approval_of(work, approval_id)
    if act.waiting is not None:
        await act.waiting.begin(work, approval)
    return approval


async def replace(work: Work, act: Act, subject_id: str) -> None:
    """What still waits about the subject ends; something newer is about to be proposed."""
    for approval_id in await access.replace_open(work, act.kind, subject_id, work.now):
        await _waits_no_more(work, act, await access.approval_of(work, approval_id))


async def sign(
    work: Work, act: Act, approval_id: str, content: bytes, *, approve: bool, about: Iterable[str] = ()
) -> Approval:
    """The actor agrees to exactly `content`, or rejects it. `approved` is returned once: the caller does the act.

    Errors: as `shared.access.decide` and `consume`.
    """
    state = await access.decide(work, approval_id, content=content, by=work.actor, approve=approve, at=work.now)
    approval = await access.approval_of(work, approval_id)
    if state == "approved":
        what = {"kind": act.kind, "subject_id": approval.subject_id}
        await access.consume(work, approval_id, **what, content=content, at=work.now)
    if state != "open":
        await _waits_no_more(work, act, approval)
    verb = f"{'approve' if approve else 'reject'}_{act.kind}"
    work.audit(verb, case_id=approval.case_id, subjects=[approval.subject_id, *about])
    return approval


async def expire(work: Work, approval_id: str, acts: Sequence[Act]) -> None:
    """The timer of a proposal: nobody decided in time."""
    ended = await access.expire(work, approval_id, work.now)
    if ended is not None:
        await _waits_no_more(work, act_of(acts, ended), ended)
        work.audit(f"expire_{ended.kind}", case_id=ended.case_id, subjects=[ended.subject_id])


def timers(acts: Sequence[Act]) -> dict[str, Callable[[Work, str], Awaitable[None]]]:
    """What a service with these acts has among its timers."""
    return {EXPIRES: partial(expire, acts=acts)}


async def waiting(work: Work, acts: Sequence[Act], after: str | None, limit: int) -> list[Progress]:
    """What the actor may decide now: open, proposed and not yet signed by others, in order of ids."""
    found: list[Progress] = []
    decidable = and_(_near(work, acts), *(not_(_of(act, act.barred(work.actor))) for act in acts))
    while acts and len(found) < limit:
        some = await access.waiting_for(work, work.actor.id, work.now, decidable, after, limit)
        found += [one for one in some if await _allowed(work, acts, one.approval)]
        if len(some) < limit:
            break
        after = some[-1].approval.id
    return found[:limit]


async def progress(work: Work, acts: Sequence[Act], approval_id: str) -> Progress:
    """How far an approval came. Errors: Refusal not_found for who may not see what it is about."""
    if not acts:
        raise not_found()
    hidden = [await act.hides(work, approval_id) for act in acts]
    found = await access.progress_of(work, approval_id, _near(work, acts))
    if found is None or any(hidden):
        work.refuse("see_approval", approval_id)
        raise not_found()
    act = act_of(acts, found.approval)
    subject = await act.subject(work, found.approval)
    work.permit(act.sees, subject, see=act.sees, asked=approval_id, verb="see_approval")
    return found


def act_of(acts: Sequence[Act], approval: Approval) -> Act:
    return next(act for act in acts if act.kind == approval.kind)


async def _waits_no_more(work: Work, act: Act, approval: Approval) -> None:
    if act.waiting is not None:
        await act.waiting.end(work, approval)


async def _allowed(work: Work, acts: Sequence[Act], approval: Approval) -> bool:
    act = act_of(acts, approval)
    return work.tools.policies.allows(work.actor, act.decides, await act.subject(work, approval))


def _near(work: Work, acts: Sequence[Act]) -> ColumnElement[bool]:
    return or_(false(), *(_of(act, act.near(work.actor, work.now)) for act in acts))


def _of(act: Act, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(approvals.c.kind == act.kind, condition)
