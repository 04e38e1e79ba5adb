"""What can be done about duties: other slices assign, settle and cancel them; staff look, make and end them.

Rule: the ladder is a durable timer; a step, the event that calls for somebody and the next timer are one transaction.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.intake.duties import model, store
from services.intake.duties.model import Duty, Kind, State, Subject, Who
from shared.access import Approval, case_resource, is_known
from shared.clock import new_id
from shared.contracts.intake import DutyCalled, DutySettled
from shared.database import Slice
from shared.work import Work

CLIMBS = "duty_climbs"


@dataclass(frozen=True)
class Unsigned:
    """What a proposal calls for while it waits: that `who` see to its signatures, before it expires or within a time
    of its own. report: it is about no case but about a report, which stands in the list of whoever may sign it and
    alarms nobody. What else is about no case and no request calls for nobody."""

    who: Who
    kind: Kind = "sign"
    within: timedelta | None = None
    report: bool = False

    async def begin(self, work: Work, approval: Approval) -> None:
        about = await self._about(work, approval)
        if about is not None:
            due_at = approval.expires_at - model.SIGN_BEFORE
            due_at = due_at if self.within is None else work.now + self.within
            await assign(work, self.kind, about, cause=approval.id, due_at=due_at, who=self.who, text=approval.kind)

    async def end(self, work: Work, approval: Approval) -> None:
        place_id = approval.subject_id if self.report else approval.case_id
        if place_id is not None:
            done = approval.state in {"approved", "rejected"}
            await (settle if done else cancel)(work, self.kind, place_id, cause=approval.id)

    async def _about(self, work: Work, approval: Approval) -> Subject | None:
        if self.report:
            return Subject.report(approval.subject_id)
        return None if approval.case_id is None else await _place_of(work, approval.case_id)


ON_CASE = Unsigned(Who.on_case())
GUARDED = Unsigned(Who.role("data_protection"))
"""What whoever looks after data protection decides."""


async def assign(
    work: Work, kind: Kind, subject: Subject, *, cause: str, due_at: datetime, who: Who, text: str = ""
) -> Duty:
    """Something must be done by `due_at`. The caller checked that it may ask for it.

    cause: the id of what asks, such as the triage or the consent. Asked again for the same kind, subject and cause it
    changes nothing, but for when it is due and whose turn it is; one that ended stays ended.
    """
    before = await store.known(work, kind, subject.id, cause)
    if before is None:
        return await _make(work, kind, subject, cause, due_at, who, text)
    if before.state != "open" or (before.due_at, before.who) == (due_at, who):
        return before
    return await _move(work, before, due_at, who)


async def hasten(work: Work, kind: Kind, subject: Subject, *, cause: str, due_at: datetime, who: Who) -> None:
    """As `assign`; what is due as soon already stays as it is."""
    before = await store.known(work, kind, subject.id, cause)
    if before is None or before.due_at > due_at:
        await assign(work, kind, subject, cause=cause, due_at=due_at, who=who)


async def settle(work: Work, kind: Kind, subject_id: str, *, cause: str | None = None) -> None:
    """What was asked for is done, by the present actor; whatever cause asked for it, or only one."""
    for duty in await store.open_of(work, kind, subject_id, cause):
        await _end(work, duty, "done")


async def cancel(work: Work, kind: Kind, subject_id: str, *, cause: str | None = None) -> None:
    """It need not be done any more."""
    for duty in await store.open_of(work, kind, subject_id, cause):
        await _end(work, duty, "cancelled")


async def cancel_all(work: Work, place_id: str) -> None:
    """Nothing need be done any more about a case, or about a request."""
    for duty in await store.open_about(work, place_id):
        await _end(work, duty, "cancelled")


async def cancel_signing(work: Work, place_id: str, approval_ids: Collection[str]) -> None:
    """These proposals about a case wait no more, because who is on it changed."""
    for approval_id in approval_ids:
        for kind in model.SIGNED:
            await cancel(work, kind, place_id, cause=approval_id)


async def hand_over(work: Work, place_id: str, giver_id: str, taker_id: str) -> None:
    """What is the giver's to do about a case, while they still are on it, is the taker's from now on.

    The caller decided so.
    """
    for duty in await store.open_about(work, place_id):
        if duty.who == Who.person(giver_id):
            await store.move(work, duty, who_id=taker_id)
            work.audit("move_duty", case_id=duty.subject.case_id, subjects=[duty.id])


async def follow(work: Work, person_ids: Collection[str], to_case_id: str) -> None:
    """What is to be done about these people is to be done on the case that they are on now. The caller decided so."""
    await store.follow(work, person_ids, to_case_id)


async def open_kinds(work: Work, place_id: str) -> set[Kind]:
    """What is still to be done about a case or a request; for a slice that checks access itself."""
    return {duty.kind for duty in await store.open_about(work, place_id)}


async def make_task(work: Work, case_id: str, text: str, due_at: datetime, who: Who) -> Duty:
    """Somebody on the case sets a duty for it. Errors: Refusal not_found, forbidden; invalid when due already."""
    work.permit("set_task", await case_resource(work, work.actor, case_id), see="see_case")
    model.check_due(due_at, work.now)
    return await assign(work, "task", Subject.case(case_id), cause=new_id(), due_at=due_at, who=who, text=text)


async def see_mine(work: Work, after: str | None, limit: int) -> Slice[Duty]:
    """What falls to the actor now, soonest first."""
    duties = await store.page_of_mine(work, after, limit)
    work.audit("see_duties", subjects=[duty.id for duty in duties.items])
    return duties


async def see_of_case(work: Work, case_id: str, after: str | None, limit: int) -> Slice[Duty]:
    """All duties of a case, ended ones too. Errors: Refusal not_found for who may not see it."""
    work.permit("see_case", await case_resource(work, work.actor, case_id), see="see_case")
    duties = await store.page_of_case(work, case_id, after, limit)
    work.audit("see_duties", case_id=case_id, subjects=[duty.id for duty in duties.items])
    return duties


async def see_duty(work: Work, duty_id: str) -> Duty:
    """Errors: Refusal not_found."""
    await _ask(work, "see_duty", duty_id)
    duty = await store.load(work, duty_id)
    work.audit("see_duties", case_id=duty.subject.case_id, subjects=[duty_id])
    return duty


async def complete(work: Work, duty_id: str, version: int, note: str) -> Duty:
    """Say that it is done. Errors: Refusal not_found, forbidden, stale; conflict ended, ends_by_itself."""
    await _ask(work, "do_duty", duty_id)
    duty = replace(await store.load(work, duty_id, lock=True), version=version)
    model.check_by_hand(duty)
    return await _end(work, duty, "done", note)


async def call_off(work: Work, duty_id: str, version: int, reason: str) -> Duty:
    """Who made a duty cancels it. Errors: Refusal not_found, forbidden, stale; conflict, as the model says."""
    await _ask(work, "do_duty", duty_id)
    duty = replace(await store.load(work, duty_id, lock=True), version=version)
    model.check_cancelling(duty, work.actor.id)
    return await _end(work, duty, "cancelled", reason)


async def climb(work: Work, duty_id: str) -> None:
    """The timer of a duty: the next step is reached. One that ended, or was moved, does nothing."""
    duty = await store.load(work, duty_id, lock=True)
    reached = model.following(duty)
    if duty.state != "open" or reached is None:
        return
    step, at = reached
    if at > work.now:
        await work.at(at, CLIMBS, duty_id)
        return
    version = await store.move(work, duty, step=step)
    if duty.subject.report_id is None:
        work.emit(DutyCalled(case_id=duty.subject.place_id, duty_id=duty_id, at=at, step=step))
    work.audit("call_duty", case_id=duty.subject.case_id, subjects=[duty_id])
    await _wait(work, replace(duty, step=step, version=version))


TIMERS = {CLIMBS: climb}
"""What intake has among its timers for duties."""


async def forget(work: Work, subject_ids: Collection[str]) -> None:
    """No duty is about these people, requests or cases any more. The caller decided so."""
    for duty_id, place_id, step in await store.forget(work, subject_ids):
        await work.cancel(CLIMBS, duty_id)
        if step is not None:
            work.emit(DutySettled(case_id=place_id, duty_id=duty_id, at=work.now))


async def _make(work: Work, kind: Kind, subject: Subject, cause: str, due_at: datetime, who: Who, text: str) -> Duty:
    made = (work.actor.id, work.now)
    duty = Duty(new_id(), kind, subject, cause, who, text, due_at, None, "open", *made, None, None, "", 1)
    await store.add(work, duty)
    await _wait(work, duty)
    work.audit("assign_duty", case_id=subject.case_id, subjects=[duty.id, subject.id])
    return duty


async def _move(work: Work, duty: Duty, due_at: datetime, who: Who) -> Duty:
    later = due_at > duty.due_at
    step = None if later else duty.step
    version = await store.move(work, duty, due_at=due_at, who=who.kind, who_id=who.id, step=step)
    if later:
        _settled(work, duty)
    work.audit("move_duty", case_id=duty.subject.case_id, subjects=[duty.id])
    moved = replace(duty, due_at=due_at, who=who, step=step, version=version)
    await _wait(work, moved)
    return moved


async def _end(work: Work, duty: Duty, state: State, note: str = "") -> Duty:
    await store.end(work, duty, state, note)
    await work.cancel(CLIMBS, duty.id)
    _settled(work, duty)
    verb = "complete_duty" if state == "done" else "cancel_duty"
    work.audit(verb, case_id=duty.subject.case_id, subjects=[duty.id, duty.subject.id])
    ended = {"ended_by": work.actor.id, "ended_at": work.now, "note": note}
    return replace(duty, state=state, version=duty.version + 1, **ended)  # type: ignore[arg-type]


def _settled(work: Work, duty: Duty) -> None:
    """Whoever it called need not look any more."""
    if duty.step is not None and duty.subject.report_id is None:
        work.emit(DutySettled(case_id=duty.subject.place_id, duty_id=duty.id, at=work.now))


async def _wait(work: Work, duty: Duty) -> None:
    following = model.following(duty)
    if following is not None:
        await work.at(following[1], CLIMBS, duty.id)


async def _place_of(work: Work, place_id: str) -> Subject:
    return Subject.case(place_id) if await is_known(work, place_id) else Subject.request(place_id)


async def _ask(work: Work, action: str, duty_id: str) -> None:
    mine, private = await store.falls_to_me(work, duty_id), await store.is_private(work, duty_id)
    place = store.DUTIES.c.place_id
    await work.permit_in_case(action, duty_id, place, see="see_duty", kind="Duty", mine=mine, private=private)
