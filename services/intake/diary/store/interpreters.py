"""The tables of interpreters, of cases they are excluded from and of what people asked for, and every query on them.

Rule: an interpreter is encrypted under a key of their own, why they are excluded under that of the case, and what a
person asked for, which is only added to, under that of the person.
"""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Column, Date, Index, Integer, Select, String, Table, delete, insert, select

from services.intake.database import metadata
from services.intake.diary.model.interpreters import About, Away, Hours, Interpreter, Wishes
from shared.access import Actor, staff_with
from shared.clock import new_id
from shared.database import Instant, ident, insert_for
from shared.errors import not_found
from shared.vault import Ciphertext, Encrypted, SubjectCipher
from shared.work import Work

INTERPRETERS = Table(
    "interpreters",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("actor_id", ident()),
    Column("state", String(16), nullable=False),
    Column("about", Encrypted, nullable=False),
    Column("registered_by", ident(), nullable=False),
    Column("signed_on", Date),
    Column("version", Integer, nullable=False),
    Index(None, "actor_id"),
)

EXCLUDED = Table(
    "excluded_interpreters",
    metadata,
    Column("case_id", ident(), primary_key=True),
    Column("interpreter_id", ident(), primary_key=True),
    Column("reason", Encrypted, nullable=False),
    Column("by", ident(), nullable=False),
)

WISHES = Table(
    "interpreter_wishes",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("person_id", ident(), nullable=False),
    Column("said", Encrypted, nullable=False),
    Column("at", Instant, nullable=False),
    Index(None, "person_id", "at"),
)

ALL = 1000
"""More interpreters than one organisation has: whoever fits is found among all of them."""


def visible_to(actor: Actor, now: datetime) -> Select[Any]:
    """The register, for who keeps it or books from it."""
    return select(INTERPRETERS).where(staff_with(actor, "manager", "intake_officer", "caseworker"))


async def add(work: Work, interpreter: Interpreter) -> None:
    work.create_key(interpreter.id)
    plain = ("id", "actor_id", "state", "registered_by", "signed_on", "version")
    row = {**{name: getattr(interpreter, name) for name in plain}, "about": await seal(work, interpreter)}
    await work.execute(insert(INTERPRETERS), row)


async def seal(work: Work, interpreter: Interpreter) -> Ciphertext:
    about = interpreter.about
    said = {
        **vars(about),
        "hours": [[it.weekday, it.begins.isoformat(), it.ends.isoformat()] for it in about.hours],
        "away": [[it.first.isoformat(), it.last.isoformat()] for it in about.away],
    }
    return (await work.cipher(interpreter.id)).encrypt_json(f"interpreters.about/{interpreter.id}", said)


async def known(work: Work, interpreter_id: str, *, lock: bool = False) -> Interpreter | None:
    """lock: nobody else books them until this transaction ends."""
    query = select(INTERPRETERS).where(INTERPRETERS.c.id == interpreter_id)
    found = await _opened(work, (await work.execute(query.with_for_update() if lock else query)).all())
    return found[0] if found else None


async def load(work: Work, interpreter_id: str, *, lock: bool = False) -> Interpreter:
    """As `known`. Errors: Refusal not_found."""
    found = await known(work, interpreter_id, lock=lock)
    if found is None:
        raise not_found()
    return found


async def page(work: Work, after: str | None, limit: int = ALL) -> list[Interpreter]:
    """In order of their ids."""
    query = visible_to(work.actor, work.now).order_by(INTERPRETERS.c.id).limit(limit)
    rows = await work.execute(query if after is None else query.where(INTERPRETERS.c.id > after))
    return await _opened(work, rows.all())


async def exclude(work: Work, case_id: str, interpreter_id: str, reason: str) -> None:
    box = (await work.cipher(case_id)).encrypt_text(f"excluded_interpreters.reason/{case_id}/{interpreter_id}", reason)
    row = {"case_id": case_id, "interpreter_id": interpreter_id, "reason": box, "by": work.actor.id}
    await work.execute(insert_for(work.dialect, EXCLUDED).on_conflict_do_nothing(), row)


async def excluded(work: Work, case_id: str) -> frozenset[str]:
    """Who must not interpret in a case."""
    query = select(EXCLUDED.c.interpreter_id).where(EXCLUDED.c.case_id == case_id)
    return frozenset((await work.execute(query)).scalars())


async def follow(work: Work, from_case_id: str, to_case_id: str) -> None:
    """Whoever must not interpret in a case must not in one that people of it moved to."""
    rows = (await work.execute(select(EXCLUDED).where(EXCLUDED.c.case_id == from_case_id))).all()
    cipher = await work.cipher(from_case_id)
    for row in rows:
        context = f"excluded_interpreters.reason/{from_case_id}/{row.interpreter_id}"
        await exclude(work, to_case_id, row.interpreter_id, cipher.decrypt_text(context, row.reason))


async def add_wishes(work: Work, person_id: str, wishes: Wishes) -> None:
    wish_id = new_id()
    box = (await work.cipher(person_id)).encrypt_json(f"interpreter_wishes.said/{wish_id}", vars(wishes))
    await work.execute(insert(WISHES), {"id": wish_id, "person_id": person_id, "said": box, "at": work.now})


async def wishes_of(work: Work, person_ids: Sequence[str]) -> list[Wishes]:
    """What each of these asked for last; whoever asked for nothing is left out."""
    query = select(WISHES).where(WISHES.c.person_id.in_(person_ids)).order_by(WISHES.c.at, WISHES.c.id)
    last = {row.person_id: row for row in await work.execute(query)}
    ciphers = await work.ciphers(last)
    return [_wishes(ciphers[person_id], row) for person_id, row in last.items() if person_id in ciphers]


async def forget(work: Work, person_id: str) -> None:
    await work.execute(delete(WISHES).where(WISHES.c.person_id == person_id))


async def forget_case(work: Work, case_id: str) -> None:
    await work.execute(delete(EXCLUDED).where(EXCLUDED.c.case_id == case_id))


async def _opened(work: Work, rows: Sequence[Any]) -> list[Interpreter]:
    ciphers = await work.ciphers({row.id for row in rows})
    return [_one(ciphers[row.id], row) for row in rows if row.id in ciphers]


def _wishes(cipher: SubjectCipher, row: Any) -> Wishes:
    said = cipher.decrypt_json(f"interpreter_wishes.said/{row.id}", row.said)
    return Wishes(said["gender"], tuple(said["towns"]))


def _one(cipher: SubjectCipher, row: Any) -> Interpreter:
    said = cipher.decrypt_json(f"interpreters.about/{row.id}", row.about)
    about = About(
        said["name"],
        tuple(said["languages"]),
        said["gender"],
        tuple(said["towns"]),
        said["zone"],
        tuple(Hours(day, time.fromisoformat(begins), time.fromisoformat(ends)) for day, begins, ends in said["hours"]),
        tuple(Away(date.fromisoformat(first), date.fromisoformat(last)) for first, last in said["away"]),
    )
    return Interpreter(row.id, row.actor_id, row.state, about, row.registered_by, row.signed_on, row.version)
