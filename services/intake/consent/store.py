"""The consents table and every query on it."""

from datetime import date
from typing import Any

from sqlalchemy import Boolean, Column, Index, Integer, Select, Table, insert, select, text, update

from services.intake.consent.model import Consent
from services.intake.database import metadata
from shared.access import visible_cases
from shared.database import Instant, ident
from shared.errors import not_found
from shared.vault import Blind, BlindIndex, Encrypted, SubjectCipher
from shared.work import Work

_LIVE = text("live")

CONSENTS = Table(
    "consents",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("person_id", ident(), nullable=False),
    Column("case_id", ident(), nullable=False),
    Column("slot", BlindIndex, nullable=False),
    Column("live", Boolean, nullable=False),
    Column("terms", Encrypted, nullable=False),
    Column("given_at", Instant, nullable=False),
    Column("withdrawn_at", Instant),
    Column("version", Integer, nullable=False),
    Index("ix_consents_one_live", "slot", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
    Index(None, "case_id"),
)


def visible_to(actor_id: str) -> Select[Any]:
    """The consents that the actor may see: those in the cases they are assigned to."""
    return select(CONSENTS).where(CONSENTS.c.case_id.in_(visible_cases(actor_id)))


async def add(work: Work, consent: Consent, proof: str) -> None:
    cipher = await work.cipher(consent.person_id)
    expires = None if consent.expires_on is None else consent.expires_on.isoformat()
    terms = {"purpose": consent.purpose, "expires_on": expires, "proof": proof}
    row = {
        "id": consent.id,
        "person_id": consent.person_id,
        "case_id": consent.case_id,
        "slot": _slot(work, consent.person_id, consent.purpose),
        "live": consent.live,
        "terms": cipher.encrypt_json(f"consents.terms/{consent.id}", terms),
        "given_at": work.now,
        "version": consent.version,
    }
    await work.execute(insert(CONSENTS), row)


async def load(work: Work, consent_id: str) -> Consent:
    """Errors: Refusal not_found."""
    found = await _all(work, select(CONSENTS).where(CONSENTS.c.id == consent_id))
    if not found:
        raise not_found()
    return found[0]


async def replace_live(work: Work, person_id: str, purpose: str) -> None:
    """Close the live consent of a person for a purpose, if there is one."""
    slot = _slot(work, person_id, purpose)
    live = update(CONSENTS).where(CONSENTS.c.slot == slot, CONSENTS.c.live.is_(True))
    await work.execute(live.values(live=False, withdrawn_at=work.now, version=CONSENTS.c.version + 1))


async def of_case(work: Work, case_id: str) -> list[Consent]:
    return await _all(work, select(CONSENTS).where(CONSENTS.c.case_id == case_id).order_by(CONSENTS.c.given_at))


async def _all(work: Work, query: Select[Any]) -> list[Consent]:
    rows = (await work.execute(query)).all()
    ciphers = await work.ciphers({row.person_id for row in rows})
    return [_one(ciphers[row.person_id], row) for row in rows if row.person_id in ciphers]


def _slot(work: Work, person_id: str, purpose: str) -> Blind:
    return work.vault.blind("consents.slot", f"{person_id}/{purpose}")


def _one(cipher: SubjectCipher, row: Any) -> Consent:
    terms = cipher.decrypt_json(f"consents.terms/{row.id}", row.terms)
    expires = None if terms["expires_on"] is None else date.fromisoformat(terms["expires_on"])
    return Consent(row.id, row.person_id, row.case_id, terms["purpose"], row.live, expires, row.version)
