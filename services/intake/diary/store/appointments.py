"""The tables of appointments and of their turns, and every query on them.

Rule: whoever books holds the interpreter's row, then the room's image, before looking whether they are free.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import (
    Column,
    ColumnElement,
    Index,
    Integer,
    Select,
    String,
    Table,
    and_,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from services.intake.database import metadata
from services.intake.diary.model.appointments import Appointment, Terms, Turn, What
from services.intake.diary.store.interpreters import EXCLUDED, INTERPRETERS
from shared.access import Actor, recused_cases, staff_with, visible_cases
from shared.database import Instant, Slice, ident, paged
from shared.errors import Refusal, not_found
from shared.vault import Blind, BlindIndex, BlindSource, Encrypted, SubjectCipher, Vault
from shared.vault.blinding import compared, hold
from shared.work import Work

ROOM = "appointments.room"

APPOINTMENTS = Table(
    "appointments",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("case_id", ident(), nullable=False),
    Column("person_id", ident()),
    Column("subject_id", ident(), nullable=False),
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("interpreter_id", ident()),
    Column("room", BlindIndex, nullable=False),
    Column("state", String(16), nullable=False),
    Column("terms", Encrypted, nullable=False),
    Column("version", Integer, nullable=False),
    Index(None, "case_id", "starts_at"),
    Index(None, "interpreter_id", "starts_at"),
    Index(None, "room", "starts_at"),
    Index(None, "person_id"),
)

TURNS = Table(
    "appointment_turns",
    metadata,
    Column("appointment_id", ident(), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("what", String(16), nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", ident(), nullable=False),
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("reason", Encrypted, nullable=False),
)

_SOONEST_FIRST = (APPOINTMENTS.c.starts_at, APPOINTMENTS.c.id)


def visible_to(actor: Actor, now: datetime) -> Select[Any]:
    """The appointments of the cases that the actor may see. What is given to an interpreter is another list."""
    return select(APPOINTMENTS).where(APPOINTMENTS.c.case_id.in_(visible_cases(actor, now)))


def given_to(actor: Actor, now: datetime) -> Select[Any]:
    """The appointments at which the actor interprets, until they are over."""
    mine = select(INTERPRETERS.c.id).where(INTERPRETERS.c.actor_id == actor.id, INTERPRETERS.c.state == "vetted")
    theirs = and_(APPOINTMENTS.c.interpreter_id.in_(mine), APPOINTMENTS.c.state == "booked")
    kin = (EXCLUDED.c.case_id == APPOINTMENTS.c.case_id) & (EXCLUDED.c.interpreter_id == APPOINTMENTS.c.interpreter_id)
    apart = and_(APPOINTMENTS.c.case_id.not_in(recused_cases(actor)), ~exists().where(kin))
    return select(APPOINTMENTS).where(staff_with(actor, "interpreter"), theirs, apart, APPOINTMENTS.c.ends_at > now)


async def add(work: Work, appointment: Appointment) -> None:
    plain = ("id", "case_id", "person_id", "starts_at", "ends_at", "interpreter_id", "state", "version")
    cipher = await work.cipher(appointment.subject)
    row = {
        **{name: getattr(appointment, name) for name in plain},
        "subject_id": appointment.subject,
        "room": work.vault.blind(ROOM, _room(appointment.id, appointment.terms.room)),
        "terms": cipher.encrypt_json(f"appointments.terms/{appointment.id}", vars(appointment.terms)),
    }
    await work.execute(insert(APPOINTMENTS), row)


async def add_turn(work: Work, appointment: Appointment, what: What, reason: str) -> None:
    there = select(func.count()).where(TURNS.c.appointment_id == appointment.id)
    number = int((await work.execute(there)).scalar_one()) + 1
    cipher = await work.cipher(appointment.subject)
    row = {
        "appointment_id": appointment.id,
        "number": number,
        "what": what,
        "at": work.now,
        "by": work.actor.id,
        "starts_at": appointment.starts_at,
        "ends_at": appointment.ends_at,
        "reason": cipher.encrypt_text(f"appointment_turns.reason/{appointment.id}/{number}", reason),
    }
    await work.execute(insert(TURNS), row)


async def turns_of(work: Work, appointment: Appointment) -> list[Turn]:
    """What happened to it, oldest first."""
    cipher = await work.cipher(appointment.subject)
    query = select(TURNS).where(TURNS.c.appointment_id == appointment.id).order_by(TURNS.c.number)
    return [_turn(cipher, row) for row in await work.execute(query)]


async def taken(work: Work, appointment: Appointment) -> str | None:
    """Which is booked already at a time that overlaps: `interpreter`, `room`, or nothing. The caller holds both."""
    images = await hold_room(work, appointment)
    at = and_(APPOINTMENTS.c.starts_at < appointment.ends_at, APPOINTMENTS.c.ends_at > appointment.starts_at)
    same: ColumnElement[bool] = APPOINTMENTS.c.room.in_(images)
    if appointment.interpreter_id is not None:
        same = or_(APPOINTMENTS.c.interpreter_id == appointment.interpreter_id, same)
    booked = and_(APPOINTMENTS.c.state == "booked", APPOINTMENTS.c.id != appointment.id)
    row = (await work.execute(select(APPOINTMENTS.c.interpreter_id).where(at, same, booked).limit(1))).one_or_none()
    if row is None:
        return None
    theirs = appointment.interpreter_id is not None and row.interpreter_id == appointment.interpreter_id
    return "interpreter" if theirs else "room"


async def hold_room(work: Work, appointment: Appointment) -> Sequence[Blind]:
    """Nobody else books the room until this transaction ends; returns its images."""
    images = work.vault.blinds(ROOM, _room(appointment.id, appointment.terms.room))
    if appointment.terms.room:
        await hold(work.tx, images)
    return images


async def load(work: Work, appointment_id: str) -> Appointment:
    """Errors: Refusal not_found."""
    query = select(APPOINTMENTS).where(APPOINTMENTS.c.id == appointment_id)
    found = await _opened(work, (await work.execute(query)).all())
    if not found:
        raise not_found()
    return found[0]


async def page_of_case(work: Work, case_id: str, after: str | None, limit: int) -> Slice[Appointment]:
    """Of a case, in the order of their times."""
    query = select(APPOINTMENTS).where(APPOINTMENTS.c.case_id == case_id)
    rows = (await work.execute(paged(query, _SOONEST_FIRST, after, limit))).all()
    return Slice.of(rows, limit, await _opened(work, rows))


async def about(work: Work, person_id: str, case_id: str | None) -> list[Appointment]:
    """Those of a person, and with `case_id` those of the whole case, in the order of their times."""
    whole = and_(APPOINTMENTS.c.case_id == case_id, APPOINTMENTS.c.person_id.is_(None))
    query = select(APPOINTMENTS).where(or_(APPOINTMENTS.c.person_id == person_id, whole)).order_by(*_SOONEST_FIRST)
    return await _opened(work, (await work.execute(query)).all())


async def page_given(work: Work, after: str | None, limit: int) -> Slice[Appointment]:
    """Those at which the actor is to interpret."""
    rows = (await work.execute(paged(given_to(work.actor, work.now), _SOONEST_FIRST, after, limit))).all()
    return Slice.of(rows, limit, await _opened(work, rows))


async def ahead(work: Work, interpreter_id: str, case_id: str | None = None) -> list[Appointment]:
    """What is booked with an interpreter from now on, in one case or in all."""
    booked = select(APPOINTMENTS).where(APPOINTMENTS.c.state == "booked", APPOINTMENTS.c.starts_at > work.now)
    query = booked.where(APPOINTMENTS.c.interpreter_id == interpreter_id)
    rows = await work.execute(query if case_id is None else query.where(APPOINTMENTS.c.case_id == case_id))
    return await _opened(work, rows.all())


async def busy(work: Work, interpreter_ids: Sequence[str], starts_at: datetime, ends_at: datetime) -> set[str]:
    """Those of the interpreters who are booked at a time that overlaps."""
    at = and_(APPOINTMENTS.c.starts_at < ends_at, APPOINTMENTS.c.ends_at > starts_at)
    theirs = and_(APPOINTMENTS.c.state == "booked", APPOINTMENTS.c.interpreter_id.in_(interpreter_ids))
    return set((await work.execute(select(APPOINTMENTS.c.interpreter_id).where(at, theirs))).scalars())


async def is_booked(work: Work, case_id: str) -> bool:
    """Whether something is arranged for the case that has no outcome yet."""
    query = select(APPOINTMENTS.c.id).where(APPOINTMENTS.c.case_id == case_id, APPOINTMENTS.c.state == "booked")
    return (await work.execute(query.limit(1))).one_or_none() is not None


async def booked_for(work: Work, person_ids: Collection[str]) -> list[tuple[str, str, datetime]]:
    """What is arranged for these people and has no outcome yet: its id, case and end."""
    theirs = APPOINTMENTS.c.person_id.in_(person_ids), APPOINTMENTS.c.state == "booked"
    query = select(APPOINTMENTS.c.id, APPOINTMENTS.c.case_id, APPOINTMENTS.c.ends_at).where(*theirs)
    return [(row.id, row.case_id, row.ends_at) for row in (await work.execute(query)).all()]


async def follow(work: Work, person_ids: Collection[str], to_case_id: str) -> None:
    """Those of these people go with them to another case; they are under their keys."""
    theirs = APPOINTMENTS.c.person_id.in_(person_ids)
    await work.execute(update(APPOINTMENTS).where(theirs).values(case_id=to_case_id))


async def forget(work: Work, **whose: str) -> None:
    """Those of a person, or all of a case."""
    ((name, value),) = whose.items()
    ids = select(APPOINTMENTS.c.id).where(APPOINTMENTS.c[name] == value)
    await work.execute(delete(TURNS).where(TURNS.c.appointment_id.in_(ids)))
    await work.execute(delete(APPOINTMENTS).where(APPOINTMENTS.c[name] == value))


async def _opened(work: Work, rows: Sequence[Any]) -> list[Appointment]:
    ciphers = await work.ciphers({row.subject_id for row in rows})
    return [_one(ciphers[row.subject_id], row) for row in rows if row.subject_id in ciphers]


def _one(cipher: SubjectCipher, row: Any) -> Appointment:
    terms = Terms(**cipher.decrypt_json(f"appointments.terms/{row.id}", row.terms))
    plain = ("id", "case_id", "person_id", "starts_at", "ends_at", "interpreter_id", "state", "version")
    return Appointment(**{name: getattr(row, name) for name in plain}, terms=terms)


def _turn(cipher: SubjectCipher, row: Any) -> Turn:
    return Turn(row.what, row.at, row.by, row.starts_at, row.ends_at, _reason(cipher, row))


def _reason(cipher: SubjectCipher, row: Any) -> str:
    table = f"appointment_turns.reason/{row.appointment_id}"
    try:
        return cipher.decrypt_text(f"{table}/{row.number}", row.reason)
    except Refusal:
        # Earlier boxes were made for what happened, not for its number.
        return cipher.decrypt_text(f"{table}/{row.what}", row.reason)


def _room(appointment_id: str, name: str) -> str:
    # Without a room the image is of the appointment alone, so that a row does not tell whether there is one.
    return compared(name) or appointment_id


def _images(vault: Vault, row: Any, terms: bytes) -> dict[str, Blind]:
    return {"room": vault.blind(ROOM, _room(row.id, orjson.loads(terms)["room"]))}


BLIND = BlindSource(APPOINTMENTS.c.terms, APPOINTMENTS.c.subject_id, _images)
