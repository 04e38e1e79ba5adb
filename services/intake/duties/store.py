"""The duties table and every query on it.

Rule: whose turn it is follows from who is on the case when somebody looks, so that nothing has to move with a transfer.
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
    false,
    insert,
    literal,
    or_,
    select,
    update,
)

from services.intake.database import metadata
from services.intake.duties.model import Duty, Kind, State, Subject, Who, slot
from services.intake.staff import actions as staff
from shared.access import Actor, assigned_cases, is_assigned, recused_cases, staff_with, visible_cases
from shared.database import Instant, Slice, ident, paged
from shared.errors import not_found
from shared.vault import Blind, BlindIndex, BlindSource, Encrypted, SubjectCipher, Vault
from shared.vault.blinding import hold
from shared.work import Work

SLOT = "duties.slot"
PADDED = 384

DUTIES = Table(
    "duties",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("place_id", ident(), nullable=False),
    Column("subject_id", ident(), nullable=False),
    Column("person_id", ident()),
    Column("request_id", ident()),
    Column("report_id", ident()),
    Column("slot", BlindIndex, nullable=False, unique=True),
    Column("who", String(8), nullable=False),
    Column("who_id", String(32)),
    Column("due_at", Instant, nullable=False),
    Column("step", String(16)),
    Column("state", String(16), nullable=False),
    Column("terms", Encrypted, nullable=False),
    Column("made_by", ident(), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("ended_by", ident()),
    Column("ended_at", Instant),
    Column("note", Encrypted),
    Column("version", Integer, nullable=False),
    Index(None, "state", "due_at"),
    Index(None, "place_id"),
    Index(None, "subject_id"),
)

_SOONEST_FIRST = (DUTIES.c.due_at, DUTIES.c.id)


def visible_to(actor: Actor, now: datetime) -> Select[Any]:
    """The duties that fall to the actor, and all others of the cases they may see that nobody was asked apart."""
    of_cases = and_(DUTIES.c.place_id.in_(visible_cases(actor, now)), DUTIES.c.who != "asked")
    return select(DUTIES).where(or_(falls_to(actor), of_cases))


def falls_to(actor: Actor) -> ColumnElement[bool]:
    """It is the actor's turn, alone or with others."""
    who, whose, place = DUTIES.c.who, DUTIES.c.who_id, DUTIES.c.place_id
    no_case, on_case = DUTIES.c.request_id.is_not(None), place.in_(assigned_cases(actor))
    named = or_(
        and_(who == "person", whose == actor.id),
        and_(who == "team", whose.in_(staff.teams_with(actor.id))),
    )
    left = or_(
        and_(who == "person", ~is_assigned(place, whose)),
        and_(who == "team", ~staff.is_named(place, whose)),
    )
    having = or_(whose.is_(None), whose.in_(sorted(actor.roles)))
    turns = or_(
        and_(named, or_(no_case, on_case)),
        and_(on_case, left),
        and_(who == "asked", whose == actor.id),
        and_(who == "role", whose.in_(sorted(actor.roles))),
        and_(who == "others", DUTIES.c.made_by != actor.id, _names_one_of(whose, actor.roles)),
        and_(who == "case", on_case, having),
    )
    return and_(staff_with(actor), place.not_in(recused_cases(actor)), turns)


def _names_one_of(whose: ColumnElement[Any], roles: Collection[str]) -> ColumnElement[bool]:
    listed = literal(",").concat(whose).concat(",")
    return or_(false(), *(listed.contains(f",{role},", autoescape=True) for role in sorted(roles)))


async def add(work: Work, duty: Duty) -> None:
    cipher = await work.cipher(duty.subject.id)
    said = orjson.dumps({"kind": duty.kind, "cause": duty.cause, "text": duty.text})
    row = {
        "id": duty.id,
        "place_id": duty.subject.place_id,
        "subject_id": duty.subject.id,
        "person_id": duty.subject.person_id,
        "request_id": duty.subject.request_id,
        "report_id": duty.subject.report_id,
        "slot": work.vault.blind(SLOT, slot(duty.kind, duty.subject.id, duty.cause)),
        "who": duty.who.kind,
        "who_id": duty.who.id,
        "due_at": duty.due_at,
        "step": duty.step,
        "state": duty.state,
        "terms": cipher.encrypt(f"duties.terms/{duty.id}", said.ljust(PADDED)),
        "made_by": duty.made_by,
        "made_at": duty.made_at,
        "version": duty.version,
    }
    await work.execute(insert(DUTIES), row)


async def known(work: Work, kind: Kind, subject_id: str, cause: str) -> Duty | None:
    """The duty of this slot, whatever became of it; nobody else makes one until this transaction ends."""
    slots = work.vault.blinds(SLOT, slot(kind, subject_id, cause))
    await hold(work.tx, slots)
    rows = (await work.execute(select(DUTIES).where(DUTIES.c.slot.in_(slots)).with_for_update())).all()
    found = await _opened(work, rows)
    return found[0] if found else None


async def open_of(work: Work, kind: Kind, subject_id: str, cause: str | None) -> list[Duty]:
    """Those of a kind about a subject that are not ended, locked; of every cause, or of one."""
    query = select(DUTIES).where(DUTIES.c.subject_id == subject_id, DUTIES.c.state == "open")
    rows = (await work.execute(query.order_by(DUTIES.c.id).with_for_update())).all()
    found = [duty for duty in await _opened(work, rows) if duty.kind == kind]
    return [duty for duty in found if cause is None or duty.cause == cause]


async def open_about(work: Work, place_id: str) -> list[Duty]:
    """All of a case, or of a request, that are not ended."""
    rows = (await work.execute(select(DUTIES).where(DUTIES.c.place_id == place_id, DUTIES.c.state == "open"))).all()
    return await _opened(work, rows)


async def load(work: Work, duty_id: str, *, lock: bool = False) -> Duty:
    """Errors: Refusal not_found."""
    query = select(DUTIES).where(DUTIES.c.id == duty_id)
    found = await _opened(work, (await work.execute(query.with_for_update() if lock else query)).all())
    if not found:
        raise not_found()
    return found[0]


async def falls_to_me(work: Work, duty_id: str) -> bool:
    query = select(DUTIES.c.id).where(DUTIES.c.id == duty_id, falls_to(work.actor))
    return (await work.execute(query)).one_or_none() is not None


async def is_private(work: Work, duty_id: str) -> bool:
    """Whether somebody was asked apart."""
    query = select(DUTIES.c.id).where(DUTIES.c.id == duty_id, DUTIES.c.who == "asked")
    return (await work.execute(query)).one_or_none() is not None


async def page_of_mine(work: Work, after: str | None, limit: int) -> Slice[Duty]:
    """What falls to the actor and is not done, soonest first."""
    query = select(DUTIES).where(falls_to(work.actor))
    waiting = query.where(DUTIES.c.state == "open")
    rows = (await work.execute(paged(waiting, _SOONEST_FIRST, after, limit, among=query))).all()
    return Slice.of(rows, limit, await _opened(work, rows))


async def page_of_case(work: Work, case_id: str, after: str | None, limit: int) -> Slice[Duty]:
    """All of a case that the actor may know of, soonest first, ended ones too."""
    query = select(DUTIES).where(DUTIES.c.place_id == case_id, or_(DUTIES.c.who != "asked", falls_to(work.actor)))
    rows = (await work.execute(paged(query, _SOONEST_FIRST, after, limit))).all()
    return Slice.of(rows, limit, await _opened(work, rows))


async def end(work: Work, duty: Duty, state: State, note: str = "") -> None:
    """The caller holds it open."""
    values: dict[str, Any] = {"state": state, "ended_by": work.actor.id, "ended_at": work.now}
    if note:
        values["note"] = (await work.cipher(duty.subject.id)).encrypt_text(f"duties.note/{duty.id}", note)
    await work.change(DUTIES, duty.id, duty.version, **values)


async def move(work: Work, duty: Duty, **values: Any) -> int:
    """Change when it is due, whose turn it is or how far it climbed."""
    return await work.change(DUTIES, duty.id, duty.version, **values)


async def follow(work: Work, person_ids: Collection[str], to_case_id: str) -> None:
    """Those about these people go with them to another case; they are under their keys."""
    await work.execute(update(DUTIES).where(DUTIES.c.person_id.in_(person_ids)).values(place_id=to_case_id))


async def forget(work: Work, subject_ids: Collection[str]) -> list[tuple[str, str, str | None]]:
    """No duty is about these any more; returns id, place and step of those that were open."""
    about = DUTIES.c.subject_id.in_(subject_ids) | DUTIES.c.place_id.in_(subject_ids)
    gone = select(DUTIES.c.id, DUTIES.c.place_id, DUTIES.c.step).where(about, DUTIES.c.state == "open")
    rows = [(row.id, row.place_id, row.step) for row in await work.execute(gone)]
    await work.execute(delete(DUTIES).where(about))
    return rows


async def _opened(work: Work, rows: Sequence[Any]) -> list[Duty]:
    ciphers = await work.ciphers({row.subject_id for row in rows})
    return [_one(ciphers[row.subject_id], row) for row in rows if row.subject_id in ciphers]


def _images(vault: Vault, row: Any, terms: bytes) -> dict[str, Blind]:
    told = orjson.loads(terms)
    return {"slot": vault.blind(SLOT, slot(told["kind"], row.subject_id, told["cause"]))}


BLIND = BlindSource(DUTIES.c.terms, DUTIES.c.subject_id, _images)


def _one(cipher: SubjectCipher, row: Any) -> Duty:
    terms = cipher.decrypt_json(f"duties.terms/{row.id}", row.terms)
    return Duty(
        row.id,
        terms["kind"],
        Subject(row.subject_id, row.place_id, row.person_id, row.request_id, row.report_id),
        terms["cause"],
        Who(row.who, row.who_id),
        terms["text"],
        row.due_at,
        row.step,
        row.state,
        row.made_by,
        row.made_at,
        row.ended_by,
        row.ended_at,
        "" if row.note is None else cipher.decrypt_text(f"duties.note/{row.id}", row.note),
        row.version,
    )
