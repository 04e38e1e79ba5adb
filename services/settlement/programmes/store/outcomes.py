"""The table of what people reached that public figures count, and every query on it.

Rule: a person reaches a figure once. Whether it counts in public today is written under the person's own key.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, Select, String, Table, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from services.settlement.database import metadata
from services.settlement.programmes.model.disclosure import Figure
from services.settlement.programmes.store.disclosures import RELEASED
from services.settlement.programmes.store.submissions import PERSONS, SUBMISSIONS, sealed_ways
from shared.database import Instant, ident
from shared.vault import Ciphertext, Encrypted, SubjectCipher
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


async def add(work: Work, outcome: Outcome) -> bool:
    """Write it down; False when the person had reached the figure before."""
    kind = sqlite if work.dialect == "sqlite" else postgresql
    cipher = await work.cipher(outcome.person_id)
    row = {**vars(outcome), "counted": _box(cipher, outcome)}
    return (await work.execute(kind.insert(OUTCOMES).on_conflict_do_nothing(), row)).rowcount == 1


async def count_now(work: Work, outcome: Outcome) -> None:
    """A disclosure counted it in public."""
    cipher = await work.cipher(outcome.person_id)
    this = (OUTCOMES.c.person_id == outcome.person_id) & (OUTCOMES.c.figure == outcome.figure)
    await work.execute(update(OUTCOMES).where(this).values(counted=_box(cipher, replace(outcome, counted=True))))


async def forget(work: Work, person_id: str) -> None:
    await work.execute(delete(OUTCOMES).where(OUTCOMES.c.person_id == person_id))


async def reached(work: Work, figures: Sequence[Figure]) -> list[Outcome]:
    """Everybody who reached one of `figures`; who was erased is left out."""
    query = select(OUTCOMES).where(OUTCOMES.c.figure.in_(figures))
    rows = (await work.execute(query.order_by(OUTCOMES.c.person_id, OUTCOMES.c.figure))).all()
    ciphers = await work.ciphers({row.person_id for row in rows})
    found = []
    for row in rows:
        if row.person_id in ciphers:
            counted = ciphers[row.person_id].decrypt_json(_context(row.person_id, row.figure), row.counted) == 1
            found.append(Outcome(row.person_id, row.figure, row.case_id, row.reached_at, counted))
    return found


async def holding_back(work: Work, figure: Figure) -> dict[str, set[str]]:
    """For each person that a programme keeps out of a public figure: which programmes do."""
    return await _by_person(work, _unsaid(figure))


async def holding_back_some(work: Work, figure: Figure, person_ids: Sequence[str]) -> dict[str, set[str]]:
    """The same, for some people only."""
    return await _by_person(work, _unsaid(figure).where(PERSONS.c.person_id.in_(person_ids)))


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


def _box(cipher: SubjectCipher, outcome: Outcome) -> Ciphertext:
    # A digit and not a word: whoever counts in public is not told from who does not by the length.
    return cipher.encrypt_json(_context(outcome.person_id, outcome.figure), int(outcome.counted))


def _context(person_id: str, figure: str) -> str:
    return f"outcomes.counted/{person_id}/{figure}"
