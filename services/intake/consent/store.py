"""The consents table and every query on it."""

from typing import Any

from sqlalchemy import Boolean, Column, Date, Index, Integer, Select, String, Table, insert, select, text

from services.intake.consent.model import Consent
from services.intake.database import metadata
from shared.access import visible_cases
from shared.database import Instant, ident
from shared.errors import not_found
from shared.vault import Ciphertext, Encrypted
from shared.work import Work

_LIVE = text("live")

CONSENTS = Table(
    "consents",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("person_id", ident(), nullable=False),
    Column("case_id", ident(), nullable=False),
    Column("purpose", String(32), nullable=False),
    Column("live", Boolean, nullable=False),
    Column("expires_on", Date),
    Column("proof", Encrypted, nullable=False),
    Column("given_at", Instant, nullable=False),
    Column("withdrawn_at", Instant),
    Column("version", Integer, nullable=False),
    Index("ix_consents_one_live", "person_id", "purpose", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
    Index(None, "case_id"),
)


def visible_to(actor_id: str) -> Select[Any]:
    """The consents that the actor may see: those in the cases they are assigned to."""
    return select(CONSENTS).where(CONSENTS.c.case_id.in_(visible_cases(actor_id)))


async def add(work: Work, consent: Consent, proof: Ciphertext) -> None:
    row = {
        "id": consent.id,
        "person_id": consent.person_id,
        "case_id": consent.case_id,
        "purpose": consent.purpose,
        "live": consent.live,
        "expires_on": consent.expires_on,
        "proof": proof,
        "given_at": work.now,
        "version": consent.version,
    }
    await work.execute(insert(CONSENTS), row)


async def load(work: Work, consent_id: str) -> Consent:
    """Errors: Refusal not_found."""
    return _one((await work.execute(select(CONSENTS).where(CONSENTS.c.id == consent_id))).one_or_none())


async def live_for(work: Work, person_id: str, purpose: str) -> Consent | None:
    """The one live consent of a person for a purpose."""
    query = select(CONSENTS).where(
        CONSENTS.c.person_id == person_id, CONSENTS.c.purpose == purpose, CONSENTS.c.live.is_(True)
    )
    row = (await work.execute(query)).one_or_none()
    return None if row is None else _one(row)


async def of_case(work: Work, case_id: str) -> list[Consent]:
    rows = await work.execute(select(CONSENTS).where(CONSENTS.c.case_id == case_id).order_by(CONSENTS.c.given_at))
    return [_one(row) for row in rows]


def _one(row: Any) -> Consent:
    if row is None:
        raise not_found()
    return Consent(row.id, row.person_id, row.case_id, row.purpose, row.live, row.expires_on, row.version)
