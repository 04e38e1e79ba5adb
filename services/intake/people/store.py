"""The people table and every query on it."""

from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import Boolean, Column, Index, Integer, Select, Table, insert, select

from services.intake.database import metadata
from services.intake.people.model import Facts, Person
from shared.access import visible_cases
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


def visible_to(actor_id: str) -> Select[Any]:
    """The people that the actor may see: those of the cases they are assigned to."""
    return select(PEOPLE).where(PEOPLE.c.case_id.in_(visible_cases(actor_id)))


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


async def load(work: Work, person_id: str) -> Person:
    """Errors: Refusal not_found."""
    row = (await work.execute(select(PEOPLE).where(PEOPLE.c.id == person_id))).one_or_none()
    if row is None:
        raise not_found()
    return _person(row)


def _person(row: Any) -> Person:
    return Person(row.id, row.case_id, row.principal, row.version)
