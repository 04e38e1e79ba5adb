"""What a person's own copy holds of the diary: what is about them alone.

Rule: a confidential note is left out, and so is what is written about a contact that somebody else answered: others
said it. Of an interpreter there is nothing but that there was one.
"""

from typing import Any

from services.intake.diary.model.appointments import Appointment
from services.intake.diary.model.contacts import Tried
from services.intake.diary.model.notes import Note
from services.intake.diary.store import appointments, contacts, interpreters, notes
from services.intake.people.actions import Whose
from shared.work import Work

MOST = 1000
"""How many contacts a copy holds at most."""


async def copy_of(work: Work, whose: Whose) -> dict[str, Any]:
    """For their own copy; what is about the whole case if they were always alone on it. The caller checked access."""
    about = (whose.person_id, whose.case_id if whose.alone else None)
    tried = await contacts.page(work, whose.person_id, None, MOST)
    wishes = await interpreters.wishes_of(work, [whose.person_id])
    return {
        "notes": [_note(it) for it in await notes.about(work, *about) if not it.confidential],
        "appointments": [await _appointment(work, it) for it in await appointments.about(work, *about)],
        "contacts": [_contact(it) for it in tried.items],
        "asked_of_interpreters": [vars(it) for it in wishes],
    }


def _note(note: Note) -> dict[str, Any]:
    versions = [
        {"number": it.number, "text": it.text, "reason": it.reason, "written_at": it.written_at} for it in note.versions
    ]
    return {"on": note.on, "versions": versions}


async def _appointment(work: Work, appointment: Appointment) -> dict[str, Any]:
    turns = await appointments.turns_of(work, appointment)
    said = ("what", "at", "starts_at", "ends_at", "reason")
    return {
        **{name: getattr(appointment, name) for name in ("starts_at", "ends_at", "state")},
        **vars(appointment.terms),
        "interpreter": appointment.interpreter_id is not None,
        "turns": [{name: getattr(turn, name) for name in said} for turn in turns],
    }


def _contact(tried: Tried) -> dict[str, Any]:
    note = "" if tried.result == "somebody_else_answered" else tried.note
    return {"channel": tried.channel, "result": tried.result, "note": note, "at": tried.at}
