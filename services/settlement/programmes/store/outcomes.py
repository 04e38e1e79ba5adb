"""The table of what people reached that public figures count, and every query on it.

Rule: a person reaches a figure once. Whether it counts in public today is written under the person's own key.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, Select, String, Table, select, update
from sqlalchemy.dialects import postgresql, sqlite

from services.settlement.database import metadata
from services.settlement.programmes.model.disclosure import Figure
from services.settlement.programmes.store.disclosures import RELEASED
from services.settlement.programmes.store.submissions import PERSONS, SUBMISSIONS, sealed_ways
from shared.access import visible_cases
from shared.database import Instant, ident
from shared.vault import Encrypted
from shared.work import Work

OUTCOMES = Table(
    "outcomes",
    metadata,
    Column("person_id", ident(), primary_key=True),
    Column("figure", String(32), primary_key=True),
    Column("case_id", ident(), nullable=False),
    Column("reached_at", Instant, nullable=False),
    Column("counted", Encrypted, nullable=False),
    Index(None, "figure", "reached_at"),
)


@dataclass(frozen=True)
class Outcome:
    """A figure that a person reached."""

    person_id: str
    figure: Figure
    case_id: str
    reached_at: datetime
    counted: bool


def visible_to(actor_id: str) -> Select[Any]:
    """The outcomes of the cases that the actor is assigned to."""
    return select(OUTCOMES).where(OUTCOMES.c.case_id.in_(visible_cases(actor_id)))


async def add(work: Work, outcome: Outcome) -> bool:
    """Write it down; False when the person had reached the figure before."""
    kind = sqlite if work.dialect == "sqlite" else postgresql
    cipher = await work.cipher(outcome.person_id)
    row = {**vars(outcome), "counted": cipher.encrypt_json(_context(outcome), outcome.counted)}
    return (await work.execute(kind.insert(OUTCOMES).on_conflict_do_nothing(), row)).rowcount == 1


async def count_now(work: Work, outcome: Outcome) -> None:
    """It counts in public from now on."""
    cipher = await work.cipher(outcome.person_id)
    this = (OUTCOMES.c.person_id == outcome.person_id) & (OUTCOMES.c.figure == outcome.figure)
    await work.execute(update(OUTCOMES).where(this).values(counted=cipher.encrypt_json(_context(outcome), True)))


async def reached(work: Work, figures: Sequence[Figure], before: datetime | None = None) -> list[Outcome]:
    """Everybody who reached one of `figures`, before an instant; who was erased is left out."""
    query = select(OUTCOMES).where(OUTCOMES.c.figure.in_(figures))
    if before is not None:
        query = query.where(OUTCOMES.c.reached_at < before)
    rows = (await work.execute(query.order_by(OUTCOMES.c.person_id, OUTCOMES.c.figure))).all()
    ciphers = await work.ciphers({row.person_id for row in rows})
    found = []
    for row in rows:
        if row.person_id in ciphers:
            box = ciphers[row.person_id].decrypt_json(f"outcomes.counted/{row.person_id}/{row.figure}", row.counted)
            found.append(Outcome(row.person_id, row.figure, row.case_id, row.reached_at, box))
    return found


async def holding_back(work: Work, figure: Figure) -> dict[str, set[str]]:
    """For each person that a programme keeps out of a public figure: which programmes do."""
    return await _by_person(work, _unsaid(figure))


async def holding_back_one(work: Work, figure: Figure, person_id: str) -> set[str]:
    """Which programmes keep this person out of a public figure."""
    found = await _by_person(work, _unsaid(figure).where(PERSONS.c.person_id == person_id))
    return found.get(person_id, set())


async def through(work: Work, programme_id: str) -> set[str]:
    """Everybody whom a sealed programme has accepted."""
    return set(await _by_person(work, sealed_ways().where(SUBMISSIONS.c.programme_id == programme_id)))


def _unsaid(figure: Figure) -> Select[Any]:
    said = select(RELEASED.c.programme_id).where(RELEASED.c.figure == figure)
    return sealed_ways().where(SUBMISSIONS.c.programme_id.not_in(said))


async def _by_person(work: Work, ways: Select[Any]) -> dict[str, set[str]]:
    programmes: dict[str, set[str]] = {}
    for row in await work.execute(ways):
        programmes.setdefault(row.person_id, set()).add(row.programme_id)
    return programmes


def _context(outcome: Outcome) -> str:
    return f"outcomes.counted/{outcome.person_id}/{outcome.figure}"
