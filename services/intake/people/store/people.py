"""The table of people, and every query on it."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Column, Index, Integer, Select, Table, delete, func, insert, select, update

from services.intake.database import metadata
from services.intake.people.model.people import Facts, Person
from shared.access import Actor, visible_cases
from shared.audit import AUDIT
from shared.audit.search import rows_about
from shared.database import ident
from shared.errors import not_found
from shared.vault import Ciphertext, Encrypted, SubjectCipher
from shared.work import Work

PEOPLE = Table(
    "people",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("case_id", ident(), nullable=False),
    Column("place", Integer, nullable=False),
    Column("principal", Boolean, nullable=False),
    Column("facts", Encrypted, nullable=False),
    Column("version", Integer, nullable=False),
    Index(None, "case_id", "place"),
)


def visible_to(actor: Actor, now: datetime) -> Select[Any]:
    """The people that the actor may see: those of the cases they may see."""
    return select(PEOPLE).where(PEOPLE.c.case_id.in_(visible_cases(actor, now)))


def seal_facts(cipher: SubjectCipher, person_id: str, facts: Facts) -> Ciphertext:
    return cipher.encrypt_json(f"people.facts/{person_id}", asdict(facts))


def open_facts(cipher: SubjectCipher, person_id: str, box: Ciphertext) -> Facts:
    raw = cipher.decrypt_json(f"people.facts/{person_id}", box)
    return Facts(**{**raw, "born_on": date.fromisoformat(raw["born_on"]), "languages": tuple(raw["languages"])})


async def add(work: Work, person: Person, place: int, facts: Ciphertext) -> None:
    row = {
        "id": person.id,
        "case_id": person.case_id,
        "place": place,
        "principal": person.principal,
        "facts": facts,
        "version": person.version,
    }
    await work.execute(insert(PEOPLE), row)


async def of_case(work: Work, case_id: str) -> list[tuple[Person, Facts]]:
    """The members of a case, principal first; who was erased is left out."""
    rows = (await work.execute(select(PEOPLE).where(PEOPLE.c.case_id == case_id).order_by(PEOPLE.c.place))).all()
    ciphers = await work.ciphers([row.id for row in rows])
    return [(_person(row), open_facts(ciphers[row.id], row.id, row.facts)) for row in rows if row.id in ciphers]


async def facts_of(work: Work, person_id: str) -> Facts:
    """Errors: Refusal not_found when they were erased."""
    box = (await work.execute(select(PEOPLE.c.facts).where(PEOPLE.c.id == person_id))).scalar_one()
    return open_facts(await work.cipher(person_id), person_id, box)


async def load(work: Work, person_id: str) -> Person:
    """Errors: Refusal not_found."""
    row = (await work.execute(select(PEOPLE).where(PEOPLE.c.id == person_id))).one_or_none()
    if row is None:
        raise not_found()
    return _person(row)


async def ids_of_case(work: Work, case_id: str) -> list[str]:
    return list((await work.execute(select(PEOPLE.c.id).where(PEOPLE.c.case_id == case_id))).scalars())


async def whom(work: Work, rows: Table, row_id: str) -> str | None:
    """Whom a row is about, if it is there."""
    found = await work.execute(select(rows.c.person_id).where(rows.c.id == row_id))
    return found.scalar_one_or_none()


async def ids_behind(work: Work, after: str, limit: int) -> list[str]:
    """The next ids of all there are, in their order."""
    query = select(PEOPLE.c.id).where(PEOPLE.c.id > after).order_by(PEOPLE.c.id).limit(limit)
    return list((await work.execute(query)).scalars())


async def case_of(work: Work, person_id: str) -> str | None:
    found = await work.execute(select(PEOPLE.c.case_id).where(PEOPLE.c.id == person_id))
    return found.scalar_one_or_none()


async def was_always_alone(work: Work, person: Person) -> bool:
    """Whether nobody else was ever on their case, and nobody went from there or came; the log alone knows of who was
    erased since."""
    came_or_went = ("register_person", "join_case", "leave_case")
    of_case = AUDIT.c.case_id == person.case_id, AUDIT.c.verb.in_(came_or_went), AUDIT.c.denied.is_(False)
    return list((await work.execute(select(AUDIT.c.verb).where(*of_case))).scalars()) == ["register_person"]


async def known_since(work: Work, person_id: str) -> datetime | None:
    """When the log first names them."""
    first = (await work.execute(rows_about([person_id], since=None, after=0).limit(1))).first()
    return None if first is None else first.at


async def left(work: Work, person_id: str) -> set[str]:
    """The cases that they went from, as the log tells."""
    went = rows_about([person_id], since=None, after=0).where(AUDIT.c.verb == "leave_case", AUDIT.c.denied.is_(False))
    return {row.case_id for row in await work.execute(went)}


async def next_place(work: Work, case_id: str) -> int:
    """Behind everybody who is on the case; the caller holds the case."""
    last = (await work.execute(select(func.max(PEOPLE.c.place)).where(PEOPLE.c.case_id == case_id))).scalar_one()
    return 0 if last is None else int(last) + 1


async def move(work: Work, person_ids: Collection[str], case_id: str) -> None:
    """They are on this case from now on, behind everybody there, in the order in which they were."""
    place = await next_place(work, case_id)
    query = select(PEOPLE.c.id).where(PEOPLE.c.id.in_(person_ids)).order_by(PEOPLE.c.place, PEOPLE.c.id)
    for ahead, person_id in enumerate((await work.execute(query)).scalars().all()):
        there = {"case_id": case_id, "place": place + ahead, "principal": False, "version": PEOPLE.c.version + 1}
        await work.execute(update(PEOPLE).where(PEOPLE.c.id == person_id).values(there))


async def make_principal(work: Work, person_id: str) -> None:
    leads = {"principal": True, "version": PEOPLE.c.version + 1}
    await work.execute(update(PEOPLE).where(PEOPLE.c.id == person_id).values(leads))


async def count_on(work: Work, person_id: str) -> None:
    """What the other services know of them changed: the next version is newer than what was told before."""
    counted = update(PEOPLE).where(PEOPLE.c.id == person_id).values(version=PEOPLE.c.version + 1)
    await work.execute(counted)


async def forget(work: Work, person_id: str) -> None:
    await work.execute(delete(PEOPLE).where(PEOPLE.c.id == person_id))


def _person(row: Any) -> Person:
    return Person(row.id, row.case_id, row.principal, row.version)
