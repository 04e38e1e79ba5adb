"""What can be done about interpreters: register, vet, suspend, exclude from a case, and find whoever fits."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from services.intake.diary.actions.notes import check_member
from services.intake.diary.model import interpreters as model
from services.intake.diary.model.appointments import check_zone
from services.intake.diary.model.interpreters import About, Interpreter, Need, Unfit, Wishes
from services.intake.diary.store import appointments
from services.intake.diary.store import interpreters as store
from services.intake.duties import actions as duties
from services.intake.duties.model import Subject, Who
from services.intake.people.actions import people
from services.intake.people.actions.standing import permit
from shared.access import Resource, case_resource
from shared.clock import new_id
from shared.errors import invalid
from shared.vault.blinding import compared, sounds
from shared.work import Work

REBOOKED = timedelta(days=1)
"""So long before an appointment somebody else interprets at it, or it is moved."""

_REGISTER = Resource("Interpreters", "all", {})


async def register(work: Work, about: About, actor_id: str | None) -> Interpreter:
    """Enter somebody who may interpret once a second person has vetted them. Errors: Refusal forbidden, invalid."""
    work.permit("keep_interpreters", _REGISTER, see="see_interpreters")
    check_zone(about.zone)
    interpreter = Interpreter(new_id(), actor_id, "candidate", about, work.actor.id, None, 1)
    await store.add(work, interpreter)
    work.audit("register_interpreter", subjects=[interpreter.id])
    return interpreter


async def change(work: Work, interpreter_id: str, version: int, about: About, actor_id: str | None) -> Interpreter:
    """What is known of them from now on, with when they can come. Errors: Refusal not_found, forbidden, stale."""
    before = await _kept(work, interpreter_id)
    check_zone(about.zone)
    changed = replace(before, about=about, actor_id=actor_id)
    return await _save(work, changed, version, "change_interpreter", about=await store.seal(work, changed))


async def vet(work: Work, interpreter_id: str, version: int, signed_on: date) -> Interpreter:
    """A second person has checked who they are, and that they signed confidentiality.

    Errors: Refusal not_found, stale; forbidden second_person_needed; conflict vetted_already.
    """
    before = await _kept(work, interpreter_id)
    model.check_vetting(before, work.actor.id)
    return await _save(work, replace(before, state="vetted", signed_on=signed_on), version, "vet_interpreter")


async def suspend(work: Work, interpreter_id: str, version: int) -> Interpreter:
    """Nobody books them any more, and what is booked must be booked anew. Errors: Refusal not_found, stale."""
    before = await _kept(work, interpreter_id)
    suspended = await _save(work, replace(before, state="suspended"), version, "suspend_interpreter")
    await _rebook(work, interpreter_id, None)
    return suspended


async def see_interpreters(work: Work, after: str | None, limit: int) -> list[Interpreter]:
    """The register. Errors: Refusal forbidden."""
    work.permit("see_interpreters", _REGISTER)
    found = await store.page(work, after, limit)
    work.audit("see_interpreters", subjects=[one.id for one in found])
    return found


async def see_interpreter(work: Work, interpreter_id: str) -> Interpreter:
    """Errors: Refusal not_found, forbidden."""
    work.permit("see_interpreters", _REGISTER)
    found = await store.load(work, interpreter_id)
    work.audit("see_interpreters", subjects=[interpreter_id])
    return found


async def exclude(work: Work, case_id: str, interpreter_id: str, reason: str) -> None:
    """They must not interpret in this case: a relative, an acquaintance. What is booked must be booked anew.

    Errors: Refusal not_found, forbidden; invalid for an unknown one.
    """
    work.permit("book_appointment", await case_resource(work, work.actor, case_id), see="see_case")
    if await store.known(work, interpreter_id) is None:
        raise invalid("unknown_interpreter", "There is no such interpreter.")
    await store.exclude(work, case_id, interpreter_id, reason)
    await _rebook(work, interpreter_id, case_id)
    work.audit("exclude_interpreter", case_id=case_id, subjects=[interpreter_id])


async def wish(work: Work, person_id: str, wishes: Wishes) -> None:
    """Write down what a person asked for; what they asked for before no longer counts. Errors: Refusal not_found."""
    await permit(work, "book_appointment", person_id)
    person = await people.on_a_case(work, person_id)
    await store.add_wishes(work, person_id, wishes)
    work.audit("note_wishes", case_id=person.case_id, subjects=[person_id])


async def find(
    work: Work, case_id: str, person_id: str | None, language: str, starts_at: datetime, ends_at: datetime
) -> list[Interpreter]:
    """Whoever may interpret then, speaks the language and is free. Errors: Refusal not_found, forbidden, invalid."""
    work.permit("book_appointment", await case_resource(work, work.actor, case_id), see="see_case")
    await check_member(work, case_id, person_id)
    wanted = await need(work, case_id, person_id, language, starts_at, ends_at)
    fitting = [one for one in await store.page(work, None) if unfit(one, wanted) is None]
    busy = await appointments.busy(work, [one.id for one in fitting], starts_at, ends_at)
    found = [one for one in fitting if one.id not in busy]
    work.audit("find_interpreters", case_id=case_id, subjects=[one.id for one in found])
    return found


async def need(
    work: Work, case_id: str, person_id: str | None, language: str, starts_at: datetime, ends_at: datetime
) -> Need:
    """What an appointment asks of whoever interprets; for the whole case, what anybody on it asked for."""
    whose = await people.ids_of_case(work, case_id) if person_id is None else [person_id]
    asked = await store.wishes_of(work, whose)
    genders = frozenset(one.gender for one in asked if one.gender is not None)
    towns = tuple(town for one in asked for town in one.towns)
    return Need(language, starts_at, ends_at, genders, towns, await store.excluded(work, case_id))


def unfit(interpreter: Interpreter, wanted: Need) -> Unfit | None:
    """Why they cannot interpret there; towns are compared in any script and spelling."""
    avoided = {image for town in wanted.towns for image in _alike(town)}
    return model.unfit(interpreter, wanted, [it for it in interpreter.about.towns if avoided & set(_alike(it))])


async def follow(work: Work, from_case_id: str, to_case_id: str) -> None:
    await store.follow(work, from_case_id, to_case_id)


async def forget(work: Work, person_id: str) -> None:
    await store.forget(work, person_id)


async def forget_case(work: Work, case_id: str) -> None:
    await store.forget_case(work, case_id)


def _alike(town: str) -> tuple[str, ...]:
    return (compared(town), *sounds(town))


async def _kept(work: Work, interpreter_id: str) -> Interpreter:
    work.permit("keep_interpreters", _REGISTER, see="see_interpreters")
    return await store.load(work, interpreter_id, lock=True)


async def _save(work: Work, changed: Interpreter, version: int, verb: str, **more: object) -> Interpreter:
    values = {"state": changed.state, "signed_on": changed.signed_on, "actor_id": changed.actor_id, **more}
    next_version = await work.change(store.INTERPRETERS, changed.id, version, **values)
    work.audit(verb, subjects=[changed.id])
    return replace(changed, version=next_version)


async def _rebook(work: Work, interpreter_id: str, case_id: str | None) -> None:
    for booked in await appointments.ahead(work, interpreter_id, case_id):
        about, due_at = Subject.case(booked.case_id), booked.starts_at - REBOOKED
        await duties.assign(work, "rebook", about, cause=booked.id, due_at=due_at, who=Who.on_case())
