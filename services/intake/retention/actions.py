"""What can be done about retention: follow what ends, propose what is due, hold, lift, delete a request, report.

Rule: two people decide on every deletion and on lifting a hold; before they do, who waits is asked again.
"""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from services.intake.cases.actions import endings
from services.intake.diary.actions import appointments, contacts
from services.intake.duties import actions as duties
from services.intake.duties.model import SIGNED, Subject, Who
from services.intake.people.actions import people
from services.intake.retention import model, store
from services.intake.retention.model import Hold, Kept, Kind, Rules, Wait, Waits
from services.intake.retention.store import GUARDIAN
from shared.access import Approval, Resource, case_resource, is_known
from shared.approving import Act, propose, sign, visible_or_with
from shared.approving import replace as end_open
from shared.clock import new_id
from shared.database import Slice
from shared.erasing.order import begin
from shared.erasures import Gone
from shared.errors import conflict
from shared.work import Work

LOOKS = "retention_looks"
KEPT = "request_kept"
"""The timer that requests leave when one comes."""
ENDED = ("spam", "out_of_scope", "referred_out", "unreachable", "withdrawn")
"""The states in which a request is over without having become a case."""
OVER = ("accepted", "merged")


LIFTING = Act(
    "lift_hold",
    model.OPEN_FOR,
    "lift_hold",
    "lift_hold",
    "/holds/{subject_id}/lifting/decision",
    near=visible_or_with(GUARDIAN),
    waiting=duties.GUARDED,
)
DELETION = Act(
    "delete_request",
    model.OPEN_FOR,
    "delete_request",
    "delete_request",
    "/requests/{subject_id}/deletion/decision",
    near=visible_or_with(GUARDIAN),
    waiting=duties.GUARDED,
)


@dataclass(frozen=True)
class Seen:
    """What is kept, and what keeps it beyond its period. people: whom to erase when a case is due."""

    kept: Kept
    held: bool
    waits: tuple[Wait, ...]
    people: tuple[str, ...]


async def follow_case(work: Work, case_id: str, rules: Rules) -> None:
    """A case ended, or goes on again."""
    turn = await endings.ended(work, case_id)
    if turn is None or turn.outcome is None:
        await _release(work, case_id)
        return
    await _keep(work, case_id, "case", turn.outcome, turn.at, rules)


async def follow_request(work: Work, request_id: str, rules: Rules) -> None:
    """Whether a request is over by now; looked at again as long as somebody works on it."""
    state = await store.request_state(work, request_id)
    if state in ENDED:
        if await store.known(work, request_id) is None:
            await _keep(work, request_id, "request", state, work.now, rules)
    else:
        await _release(work, request_id)
    if state is not None and state not in OVER:
        await work.at(work.now + model.AGAIN, KEPT, request_id)


async def look(work: Work, place_id: str, rules: Rules) -> None:
    """Its period is over: it is proposed for deletion, unless a hold, or somebody who waits, keeps it."""
    kept = await store.known(work, place_id)
    if kept is None:
        return
    if kept.until > work.now:
        await work.at(kept.until, LOOKS, place_id)
        return
    held = bool(await store.held_among(work, [place_id]))
    keeps = held or bool(model.reasons(kept, await _waits(work, kept), rules.quiet, work.now))
    if keeps and kept.state == "proposed":
        await duties.cancel(work, "retention", place_id)
        await store.mark(work, place_id, "kept")
        work.audit("take_back_retention", subjects=[place_id])
    elif not keeps and kept.state == "kept":
        due_at, about = work.now + model.DONE_WITHIN, _subject(kept)
        await duties.assign(work, "retention", about, cause=new_id(), due_at=due_at, who=Who.role(GUARDIAN))
        await store.mark(work, place_id, "proposed")
        work.audit("propose_retention", subjects=[place_id])
    await work.at(work.now + model.AGAIN, LOOKS, place_id)


def timers(rules: Rules) -> dict[str, Callable[[Work, str], Awaitable[None]]]:
    """What intake has among its timers for retention."""
    handlers = {endings.ENDED: follow_case, KEPT: follow_request, LOOKS: look}
    return {kind: partial(handler, rules=rules) for kind, handler in handlers.items()}


async def see_retention(work: Work, rules: Rules, after: str | None, limit: int) -> Slice[Seen]:
    """What goes when, soonest first. Errors: Refusal forbidden."""
    work.permit("see_retention", Resource("Retention", "all", {}))
    found = await store.page(work, after, limit)
    held = await store.held_among(work, [kept.place_id for kept in found.items])
    work.audit("see_retention", subjects=[kept.place_id for kept in found.items])
    return Slice(tuple([await _seen(work, kept, rules, held) for kept in found.items]), found.next)


async def set_hold(work: Work, place_id: str, kind: Kind, reason: str) -> Hold:
    """From now on nothing of it is deleted or erased. Errors: Refusal not_found; conflict held_already."""
    await _permit(work, "set_hold", place_id, kind)
    if await store.held_among(work, [place_id]):
        raise conflict("held_already", "This is under a legal hold already.")
    hold = Hold(new_id(), place_id, kind, work.actor.id, work.now, None, reason, 1)
    await store.add_hold(work, hold)
    work.audit("set_hold", case_id=place_id if kind == "case" else None, subjects=[hold.id, place_id])
    return hold


async def see_holds(work: Work, after: str | None, limit: int) -> Slice[Hold]:
    """Errors: Refusal forbidden."""
    work.permit("see_retention", Resource("Retention", "all", {}))
    found = await store.page_of_holds(work, after, limit)
    work.audit("see_holds", subjects=[hold.id for hold in found.items])
    return found


async def see_hold(work: Work, hold_id: str) -> tuple[Hold, str | None]:
    """A hold, and why it is proposed to lift it. Errors: Refusal not_found."""
    hold = await _hold(work, hold_id)
    work.audit("see_holds", subjects=[hold_id])
    return hold, await store.why_lifted(work, hold)


async def propose_lifting(work: Work, hold_id: str, version: int, reason: str) -> tuple[Hold, Approval]:
    """Ask a second person to lift a hold. Errors: Refusal not_found, stale; conflict lifted."""
    hold = await _hold(work, hold_id)
    model.check_held(hold)
    next_version = await work.change(store.HOLDS, hold_id, version)
    await end_open(work, LIFTING, hold_id)
    approval = await propose(work, LIFTING, hold_id, model.lifting(hold, reason), case_id=hold.place_id)
    await store.add_lifting(work, approval.id, hold, reason)
    return replace(hold, version=next_version), approval


async def decide_lifting(work: Work, hold_id: str, version: int, approval_id: str, *, approve: bool) -> Hold:
    """Somebody else lifts it, or leaves it. Errors: Refusal not_found, stale; conflict, as approvals say."""
    hold = await _hold(work, hold_id)
    reason = await store.lifting_of(work, hold, approval_id)
    signed = await sign(work, LIFTING, approval_id, model.lifting(hold, reason), approve=approve)
    lifted_at = work.now if signed.state == "approved" else None
    next_version = await work.change(store.HOLDS, hold_id, version, lifted_at=lifted_at)
    return replace(hold, lifted_at=lifted_at, version=next_version)


async def propose_deletion(work: Work, request_id: str, rules: Rules) -> Approval:
    """Ask a second person to delete a request whose period is over.

    Errors: Refusal not_found; conflict not_due, somebody_waits, legal_hold, by_erasure.
    """
    kept = await _deletable(work, request_id, rules)
    await end_open(work, DELETION, request_id)
    return await propose(work, DELETION, request_id, model.deletion(kept), case_id=request_id)


async def decide_deletion(work: Work, request_id: str, rules: Rules, approval_id: str, *, approve: bool) -> Approval:
    """Somebody else decides: its key and all that is known of it go, and a tombstone stays.

    Errors: as `propose_deletion`, and as approvals say.
    """
    kept = await _deletable(work, request_id, rules)
    signed = await sign(work, DELETION, approval_id, model.deletion(kept), approve=approve)
    if signed.state == "approved":
        await begin(work, Gone(request_id, None, ended_case=request_id), found=True)
    return signed


async def check_free(work: Work, place_ids: Collection[str]) -> None:
    """For erasure, which checks access itself. Errors: Refusal conflict legal_hold."""
    if await store.held_among(work, place_ids):
        raise conflict("legal_hold", "A legal hold keeps this; two people must lift it first.")


async def forget(work: Work, place_ids: Collection[str]) -> None:
    """Nothing is kept of these cases and requests. The caller decided so."""
    for place_id in place_ids:
        await work.cancel(LOOKS, place_id)
        await work.cancel(KEPT, place_id)
    await store.forget(work, place_ids)


async def _keep(work: Work, place_id: str, kind: Kind, outcome: str, ended_at: datetime, rules: Rules) -> None:
    until = rules.until(kind, outcome, ended_at)
    await store.keep(work, Kept(place_id, kind, outcome, ended_at, until, "kept"))
    await work.at(until, LOOKS, place_id)
    work.audit("keep_until", subjects=[place_id])


async def _release(work: Work, place_id: str) -> None:
    await store.release(work, [place_id])
    await work.cancel(LOOKS, place_id)
    await duties.cancel(work, "retention", place_id)


async def _seen(work: Work, kept: Kept, rules: Rules, held: Collection[str]) -> Seen:
    due = kept.until <= work.now
    why = model.reasons(kept, await _waits(work, kept), rules.quiet, work.now) if due else ()
    whom = await people.ids_of_case(work, kept.place_id) if kept.kind == "case" else []
    return Seen(kept, kept.place_id in held, why, tuple(whom))


async def _waits(work: Work, kept: Kept) -> Waits:
    asked = await store.requests_of(work, kept.place_id)
    unanswered, written = await store.letters(work, asked)
    open_duties = await duties.open_kinds(work, kept.place_id) - {"retention", *SIGNED}
    found: dict[Wait, bool] = {
        "letter": unanswered,
        "appointment": await appointments.is_arranged(work, kept.place_id),
        "approval": await store.awaits_approval(work, kept.place_id, (DELETION.kind, LIFTING.kind, "erasure")),
        "duty": bool(open_duties),
    }
    reached = [at for at, spoke in await contacts.tried(work, kept.place_id) if spoke]
    words = [written, await store.last_asked(work, asked), *reached]
    last = max((at for at in words if at is not None), default=None)
    return Waits(tuple(reason for reason, holds in found.items() if holds), last)


async def _deletable(work: Work, request_id: str, rules: Rules) -> Kept:
    await _permit(work, "delete_request", request_id, "request")
    kept = await store.known(work, request_id)
    if kept is None:
        raise conflict("not_due", "Its period is not over.")
    await check_free(work, [request_id])
    model.check_deletable(kept, model.reasons(kept, await _waits(work, kept), rules.quiet, work.now))
    return kept


async def _hold(work: Work, hold_id: str) -> Hold:
    await work.permit_in_case("lift_hold", hold_id, store.HOLDS.c.place_id, see="lift_hold")
    return await store.load_hold(work, hold_id)


async def _permit(work: Work, action: str, place_id: str, kind: Kind) -> None:
    """What is not there is asked about like the case of somebody who must keep away: the same work."""
    if kind == "request":
        there = await store.request_state(work, place_id) is not None
    else:
        there = await is_known(work, place_id)
    absent = {} if there else {"recused": True}
    work.permit(action, await case_resource(work, work.actor, place_id, **absent), see=action)


def _subject(kept: Kept) -> Subject:
    return Subject.case(kept.place_id) if kept.kind == "case" else Subject.request(kept.place_id)
