"""The table of files that prove a consent, such as a signed paper or a recording, and every query on it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Index, Table, delete, insert, select

from services.intake.consent.model import Consent
from services.intake.database import metadata
from shared.database import Instant, ident
from shared.work import Work

EVIDENCE = Table(
    "consent_evidence",
    metadata,
    Column("file_id", ident(), primary_key=True),
    Column("consent_id", ident(), nullable=False),
    Column("person_id", ident(), nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", ident(), nullable=False),
    Index(None, "consent_id", unique=True),
    Index(None, "person_id"),
)


@dataclass(frozen=True)
class Evidence:
    """A file that was put beside a consent."""

    file_id: str
    at: datetime
    by: str


async def add(work: Work, consent: Consent, file_id: str) -> None:
    whose = {"consent_id": consent.id, "person_id": consent.person_id}
    await work.execute(insert(EVIDENCE), {"file_id": file_id, **whose, "at": work.now, "by": work.actor.id})


async def of_consent(work: Work, consent_id: str) -> Evidence | None:
    query = select(EVIDENCE.c.file_id, EVIDENCE.c.at, EVIDENCE.c.by).where(EVIDENCE.c.consent_id == consent_id)
    row = (await work.execute(query)).mappings().one_or_none()
    return None if row is None else Evidence(**row)


async def forget(work: Work, person_id: str) -> None:
    await work.execute(delete(EVIDENCE).where(EVIDENCE.c.person_id == person_id))
