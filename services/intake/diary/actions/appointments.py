"""What can be done with appointments: book, move, cancel, say what came of them; and what an interpreter is given."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from services.intake.diary.actions import interpreters
from services.intake.diary.actions.notes import check_member
from services.intake.diary.model import appointments as model
from services.intake.diary.model.appointments import Appointment, Outcome, Terms, Turn, What
from services.intake.diary.store import appointments as store
from services.intake.diary.store import interpreters as register
from services.intake.duties import actions as duties
from services.intake.duties.model import Kind, Subject, Who
from shared.access import Resource, case_resource
from shared.clock import new_id
from shared.database import Slice
from shared.errors import conflict, invalid
from shared.work import Work


@dataclass(frozen=True)
class Told:
    """An appointment with what happened to it."""

    appointment: Appointment
    turns: tuple[Turn, ...]


async def book(
    work: Work,
    case_id: str,
    terms: Terms,
    starts_at: datetime,
    ends_at: datetime,
    *,
    person_id: str | None = None,
    interpreter_id: str | None = None,
) -> Told:
    """Arrange something, with a duty to say afterwards what came of it.

    Errors: Refusal not_found, forbidden; invalid for impossible times; conflict interpreter_taken, room_taken, or why
    the interpreter may not come.
    """
    work.permit("book_appointment", await case_resource(work, work.actor, case_id), see="see_case")
    await check_member(work, case_id, person_id)
    model.check_times(starts_at, ends_at, work.now)
    model.check_zone(terms.zone)
    made = Appointment(new_id(), case_id, person_id, starts_at, ends_at, interpreter_id, "booked", terms, 1)
    await _check_free(work, made)
    await store.add(work, made)
    return await _turn(work, made, "booked", "")


async def move(
    work: Work,
    appointment_id: str,
    version: int,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    *,
    interpreter_id: str | None = None,
) -> Told:
    """To another time, with why; with another interpreter, where one is named.

    Errors: as `book`; Refusal stale; conflict ended.
    """
    before = await _load(work, appointment_id)
    model.check_open(before)
    model.check_times(starts_at, ends_at, work.now)
    who = interpreter_id or before.interpreter_id
    moved = replace(before, starts_at=starts_at, ends_at=ends_at, interpreter_id=who)
    await _check_free(work, moved)
    new = {"starts_at": starts_at, "ends_at": ends_at, "interpreter_id": who}
    next_version = await work.change(store.APPOINTMENTS, appointment_id, version, **new)
    return await _turn(work, replace(moved, version=next_version), "moved", reason)


async def cancel(work: Work, appointment_id: str, version: int, reason: str) -> Told:
    """It does not take place. Errors: Refusal not_found, forbidden, stale; conflict ended."""
    before = await _load(work, appointment_id)
    model.check_open(before)
    return await _end(work, before, version, "cancelled", reason)


async def conclude(work: Work, appointment_id: str, version: int, outcome: Outcome, note: str) -> Told:
    """Whether it was kept. Errors: Refusal not_found, forbidden, stale; conflict ended, not_yet."""
    before = await _load(work, appointment_id)
    model.check_outcome(before, work.now)
    return await _end(work, before, version, outcome, note)


async def see(work: Work, appointment_id: str) -> Told:
    """Errors: Refusal not_found."""
    await work.permit_in_case("see_case", appointment_id, store.APPOINTMENTS.c.case_id)
    appointment = await store.load(work, appointment_id)
    work.audit("see_appointments", case_id=appointment.case_id, subjects=appointment.names)
    return Told(appointment, tuple(await store.turns_of(work, appointment)))


async def see_of_case(work: Work, case_id: str, after: str | None, limit: int) -> Slice[Appointment]:
    """Errors: Refusal not_found for who may not see the case."""
    work.permit("see_case", await case_resource(work, work.actor, case_id), see="see_case")
    found = await store.page_of_case(work, case_id, after, limit)
    work.audit("see_appointments", case_id=case_id, subjects=[it for one in found.items for it in one.names])
    return found


async def see_given(work: Work, after: str | None, limit: int) -> Slice[Appointment]:
    """What an interpreter is given: when and where they interpret which language, and nothing of whom.

    Errors: Refusal forbidden for who is no interpreter.
    """
    work.permit("see_given", Resource("Interpreters", "all", {}))
    found = await store.page_given(work, after, limit)
    work.audit("see_given", subjects=[one.id for one in found.items])
    return found


async def is_arranged(work: Work, case_id: str) -> bool:
    """Whether something is arranged that has no outcome yet; for a slice that checks access itself."""
    return await store.is_booked(work, case_id)


async def follow(work: Work, person_ids: Collection[str], to_case_id: str) -> None:
    """What is arranged for these people is their new case's, and so is what is to be done about it."""
    booked = await store.booked_for(work, person_ids)
    await store.follow(work, person_ids, to_case_id)
    for appointment_id, case_id, ends_at in booked:
        await _nothing_to_do(work, appointment_id, case_id)
        about, due_at = Subject.case(to_case_id), ends_at + model.OUTCOME_WITHIN
        await duties.assign(work, "appointment", about, cause=appointment_id, due_at=due_at, who=Who.on_case())


async def forget(work: Work, person_id: str) -> None:
    for appointment_id, case_id, _ in await store.booked_for(work, [person_id]):
        await _nothing_to_do(work, appointment_id, case_id)
    await store.forget(work, person_id=person_id)


async def forget_case(work: Work, case_id: str) -> None:
    await store.forget(work, case_id=case_id)


async def _nothing_to_do(work: Work, appointment_id: str, case_id: str) -> None:
    kinds: tuple[Kind, ...] = ("appointment", "rebook")
    for kind in kinds:
        await duties.cancel(work, kind, case_id, cause=appointment_id)


async def _load(work: Work, appointment_id: str) -> Appointment:
    await work.permit_in_case("book_appointment", appointment_id, store.APPOINTMENTS.c.case_id)
    return await store.load(work, appointment_id)


async def _check_free(work: Work, wanted: Appointment) -> None:
    if wanted.interpreter_id is not None:
        await _check_interpreter(work, wanted, wanted.interpreter_id)
    taken = await store.taken(work, wanted)
    if taken is not None:
        raise conflict(f"{taken}_taken", f"The {taken} is booked for another appointment at that time.")


async def _check_interpreter(work: Work, wanted: Appointment, interpreter_id: str) -> None:
    interpreter = await register.known(work, interpreter_id, lock=True)
    if interpreter is None:
        raise invalid("unknown_interpreter", "There is no such interpreter.")
    times = (wanted.starts_at, wanted.ends_at)
    need = await interpreters.need(work, wanted.case_id, wanted.person_id, wanted.terms.language, *times)
    reason = interpreters.unfit(interpreter, need)
    if reason is not None:
        raise conflict(reason, "This interpreter may not come to this appointment.")


async def _end(
    work: Work, before: Appointment, version: int, state: Literal["cancelled", "kept", "no_show"], reason: str
) -> Told:
    next_version = await work.change(store.APPOINTMENTS, before.id, version, state=state)
    return await _turn(work, replace(before, state=state, version=next_version), state, reason)


async def _turn(work: Work, appointment: Appointment, what: What, reason: str) -> Told:
    await store.add_turn(work, appointment, what, reason)
    about = Subject.case(appointment.case_id)
    await duties.settle(work, "rebook", about.id, cause=appointment.id)
    if appointment.state == "booked":
        due_at = appointment.ends_at + model.OUTCOME_WITHIN
        await duties.assign(work, "appointment", about, cause=appointment.id, due_at=due_at, who=Who.on_case())
    elif appointment.state == "cancelled":
        await duties.cancel(work, "appointment", about.id, cause=appointment.id)
    else:
        await duties.settle(work, "appointment", about.id, cause=appointment.id)
    work.audit(f"{what}_appointment", case_id=appointment.case_id, subjects=appointment.names)
    return Told(appointment, tuple(await store.turns_of(work, appointment)))
