"""What can be done with notes: write, correct, read."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date

from services.intake.diary.model import notes as model
from services.intake.diary.model.notes import Note, Version
from services.intake.diary.store import notes as store
from services.intake.people.actions import people
from shared.access import case_resource
from shared.clock import new_id
from shared.database import Slice
from shared.errors import invalid
from shared.work import Work


async def write(
    work: Work, case_id: str, text: str, on: date, *, person_id: str | None = None, confidential: bool = False
) -> Note:
    """Write down what happened. person_id: whom of the case it is about, if it is about one.

    Errors: Refusal not_found, forbidden; invalid for a day to come, and for somebody who is not on the case.
    """
    work.permit("write_note", await case_resource(work, work.actor, case_id), see="see_case")
    await check_member(work, case_id, person_id)
    model.check_day(on, work.now.date())
    first = Version(1, text, "", work.actor.id, work.now)
    note = Note(new_id(), case_id, person_id, on, confidential, (first,))
    await store.add(work, note)
    work.audit("write_note", case_id=case_id, subjects=note.names)
    return note


async def correct(work: Work, note_id: str, version: int, text: str, reason: str) -> Note:
    """Write a further version, with why. Errors: Refusal not_found, forbidden, stale; conflict nothing_corrected."""
    await work.permit_in_case("write_note", note_id, store.NOTES.c.case_id)
    note = await store.load(work, note_id)
    if note.confidential:
        await work.permit_in_case("read_confidential", note_id, store.NOTES.c.case_id)
    number = await work.change(store.NOTES, note_id, version)
    model.check_correction(note, text)
    written = Version(number, text, reason, work.actor.id, work.now)
    await store.add_version(work, note, written)
    work.audit("correct_note", case_id=note.case_id, subjects=note.names)
    return replace(note, versions=(*note.versions, written))


async def see_note(work: Work, note_id: str) -> Note:
    """Errors: Refusal not_found."""
    await work.permit_in_case("see_case", note_id, store.NOTES.c.case_id)
    note = await store.load(work, note_id)
    work.audit("see_notes", case_id=note.case_id, subjects=note.names)
    return await _as_allowed(work, note)


async def see_notes(work: Work, case_id: str, after: str | None, limit: int) -> Slice[Note]:
    """Errors: Refusal not_found for who may not see the case."""
    work.permit("see_case", await case_resource(work, work.actor, case_id), see="see_case")
    notes = await store.page(work, case_id, after, limit)
    work.audit("see_notes", case_id=case_id, subjects=[it for note in notes.items for it in note.names])
    return Slice(tuple([await _as_allowed(work, note) for note in notes.items]), notes.next)


async def check_member(work: Work, case_id: str, person_id: str | None) -> None:
    """Errors: Refusal invalid for somebody who is not on the case."""
    if person_id is not None and person_id not in await people.ids_of_case(work, case_id):
        raise invalid("not_on_the_case", "This person is not on the case.")


async def follow(work: Work, person_ids: Collection[str], to_case_id: str) -> None:
    await store.follow(work, person_ids, to_case_id)


async def forget(work: Work, person_id: str) -> None:
    await store.forget(work, person_id=person_id)


async def forget_case(work: Work, case_id: str) -> None:
    await store.forget(work, case_id=case_id)


async def _as_allowed(work: Work, note: Note) -> Note:
    """A confidential note without what it says, for who is on the case without working with its people."""
    case = await case_resource(work, work.actor, note.case_id)
    if not note.confidential or work.tools.policies.allows(work.actor, "read_confidential", case):
        return note
    versions = tuple(replace(version, text="", reason="") for version in note.versions)
    return replace(note, versions=versions, masked=True)
