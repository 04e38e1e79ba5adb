"""The tables of changes that the others were told of and of what they answered, and every query on them.

Rule: a change carries the id of the event that told of it; each service answers it once, whatever is told again.
"""

from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, Integer, String, Table, delete, insert, select

from services.intake.consent.model import Answer, Change, Consent
from services.intake.database import metadata
from shared.contracts.heeding import Heeded
from shared.database import Instant, ident, insert_for
from shared.vault import Encrypted
from shared.work import Work

PADDED = 256

CHANGES = Table(
    "consent_changes",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("consent_id", ident(), nullable=False),
    Column("person_id", ident(), nullable=False),
    Column("number", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Index(None, "consent_id"),
    Index(None, "person_id"),
)

ANSWERS = Table(
    "consent_answers",
    metadata,
    Column("change_id", ident(), primary_key=True),
    Column("service", String(16), primary_key=True),
    Column("person_id", ident(), nullable=False),
    Column("at", Instant, nullable=False),
    Column("stands", Encrypted, nullable=False),
    Index(None, "person_id"),
)


async def add_change(work: Work, change_id: str, consent: Consent) -> None:
    row = {
        "id": change_id,
        "consent_id": consent.id,
        "person_id": consent.person_id,
        "number": consent.version,
        "at": work.now,
    }
    await work.execute(insert(CHANGES), row)


async def whose(work: Work, change_id: str) -> tuple[str, str] | None:
    """The consent and the person that a change is about; None for one of before answers were kept, or erased."""
    query = select(CHANGES.c.consent_id, CHANGES.c.person_id).where(CHANGES.c.id == change_id).with_for_update()
    row = (await work.execute(query)).one_or_none()
    return None if row is None else (row.consent_id, row.person_id)


async def add_answer(work: Work, change_id: str, person_id: str, service: str, at: datetime, stands: Heeded) -> None:
    cipher = await work.cipher(person_id)
    context = f"consent_answers.stands/{change_id}/{service}"
    row = {
        "change_id": change_id,
        "service": service,
        "person_id": person_id,
        "at": at,
        # Of one length: how much there was to recall is nobody's to read off a size.
        "stands": cipher.encrypt(context, stands.model_dump_json().encode().ljust(PADDED)),
    }
    await work.execute(insert_for(work.dialect, ANSWERS).on_conflict_do_nothing(), row)


async def of_consent(work: Work, consent: Consent) -> list[Change]:
    """The changes of a consent, oldest first, each with who answered."""
    query = select(CHANGES).where(CHANGES.c.consent_id == consent.id).order_by(CHANGES.c.number)
    return await _changes(work, consent.person_id, (await work.execute(query)).all())


async def load(work: Work, change_id: str, person_id: str) -> Change:
    (change,) = await _changes(
        work, person_id, (await work.execute(select(CHANGES).where(CHANGES.c.id == change_id))).all()
    )
    return change


async def forget(work: Work, person_id: str) -> list[str]:
    """Returns the ids of the changes that were about them."""
    ids = list((await work.execute(select(CHANGES.c.id).where(CHANGES.c.person_id == person_id))).scalars())
    for table in (ANSWERS, CHANGES):
        await work.execute(delete(table).where(table.c.person_id == person_id))
    return ids


async def _changes(work: Work, person_id: str, rows: Any) -> list[Change]:
    given: dict[str, list[Answer]] = defaultdict(list)
    cipher = await work.cipher(person_id)
    query = select(ANSWERS).where(ANSWERS.c.change_id.in_([row.id for row in rows]))
    for row in await work.execute(query.order_by(ANSWERS.c.at, ANSWERS.c.service)):
        box = cipher.decrypt(f"consent_answers.stands/{row.change_id}/{row.service}", row.stands)
        given[row.change_id].append(Answer(row.service, row.at, Heeded.model_validate_json(box)))
    return [Change(row.id, row.number, row.at, tuple(given[row.id])) for row in rows]
