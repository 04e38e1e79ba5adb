"""The tables of consents and of their versions, and every query on them.

Rule: a consent says how it stands; its versions are only ever added to. At most one of a person is live per purpose.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy import Boolean, Column, Index, Integer, Select, Table, delete, insert, select, text, update

from services.intake.consent.model import RECIPIENTS, Consent, Proof, TakenBack, Terms, Turn, Version
from services.intake.database import metadata
from shared.access import Actor, visible_cases
from shared.database import Instant, Slice, ident, paged
from shared.errors import not_found
from shared.vault import Blind, BlindIndex, BlindSource, Ciphertext, Encrypted, SubjectCipher, Vault
from shared.vault.blinding import hold
from shared.work import Work

Said = Proof | TakenBack | None
"""How a version became so; what becomes so by itself needs nothing."""

_LIVE = text("live")
SLOT = "consents.slot"
PADDED = 512

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

VERSIONS = Table(
    "consent_versions",
    metadata,
    Column("consent_id", ident(), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("person_id", ident(), nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", ident(), nullable=False),
    Column("said", Encrypted, nullable=False),
    Index(None, "person_id"),
)


def visible_to(actor: Actor, now: datetime) -> Select[Any]:
    """The consents that the actor may see: those in the cases they may see."""
    return select(CONSENTS).where(CONSENTS.c.case_id.in_(visible_cases(actor, now)))


async def add(work: Work, consent: Consent, proof: Proof) -> None:
    row = {
        "id": consent.id,
        "person_id": consent.person_id,
        "case_id": consent.case_id,
        "slot": work.vault.blind(SLOT, f"{consent.person_id}/{consent.purpose}"),
        "live": consent.live,
        "terms": await _sealed(work, consent),
        "given_at": work.now,
        "version": consent.version,
    }
    await work.execute(insert(CONSENTS), row)
    await add_version(work, consent, "given", proof)


async def load(work: Work, consent_id: str) -> Consent:
    """Errors: Refusal not_found."""
    rows = (await work.execute(select(CONSENTS).where(CONSENTS.c.id == consent_id))).all()
    found = await _opened(work, rows)
    if not found:
        raise not_found()
    return found[0]


async def change(work: Work, consent: Consent, version: int, turn: Turn, said: Said) -> int:
    """Save how a consent stands now; returns its next version. Errors: Refusal stale."""
    ended = {} if consent.live else {"withdrawn_at": work.now}
    box = await _sealed(work, consent)
    next_version = await work.change(CONSENTS, consent.id, version, live=consent.live, terms=box, **ended)
    await add_version(work, consent, turn, said, number=next_version)
    return next_version


async def replace_live(work: Work, person_id: str, purpose: str) -> list[Consent]:
    """Close the live consent of a person for a purpose; returns it if there was one."""
    slots = work.vault.blinds(SLOT, f"{person_id}/{purpose}")
    await hold(work.tx, slots)
    live = update(CONSENTS).where(CONSENTS.c.slot.in_(slots), CONSENTS.c.live.is_(True))
    closed = live.values(live=False, withdrawn_at=work.now, version=CONSENTS.c.version + 1).returning(CONSENTS)
    before = await _opened(work, (await work.execute(closed)).all())
    for consent in before:
        await add_version(work, consent, "replaced", None)
    return before


async def add_version(work: Work, consent: Consent, turn: Turn, said: Said, *, number: int | None = None) -> None:
    """said: how it became so. number: of the version, if the consent does not carry it yet."""
    number = number or consent.version
    cipher = await work.cipher(consent.person_id)
    whole: dict[str, Any] = {"turn": turn, "terms": asdict(consent.terms), "proof": None, "taken_back": None}
    if said is not None:
        whole["proof" if isinstance(said, Proof) else "taken_back"] = asdict(said)
    row = {
        "consent_id": consent.id,
        "number": number,
        "person_id": consent.person_id,
        "at": work.now,
        "by": work.actor.id,
        "said": cipher.encrypt_json(f"consent_versions.said/{consent.id}/{number}", whole),
    }
    await work.execute(insert(VERSIONS), row)


async def history(work: Work, consent: Consent) -> list[Version]:
    """Its versions, oldest first: at most one per recipient and one for each other way to change."""
    query = select(VERSIONS).where(VERSIONS.c.consent_id == consent.id).order_by(VERSIONS.c.number)
    cipher = await work.cipher(consent.person_id)
    return [_version(cipher, row) for row in await work.execute(query)]


async def of_case(work: Work, case_id: str, after: str | None, limit: int) -> Slice[Consent]:
    """In the order in which they were given; those of who was erased are left out."""
    query = select(CONSENTS).where(CONSENTS.c.case_id == case_id)
    rows = (await work.execute(paged(query, (CONSENTS.c.given_at, CONSENTS.c.id), after, limit))).all()
    return Slice.of(rows, limit, await _opened(work, rows))


async def live_ids(work: Work, person_id: str) -> list[str]:
    live = (CONSENTS.c.person_id == person_id) & CONSENTS.c.live.is_(True)
    return list((await work.execute(select(CONSENTS.c.id).where(live))).scalars())


async def live_of(work: Work, person_ids: Collection[str]) -> list[Consent]:
    """What these people consented to and did not take back."""
    query = select(CONSENTS).where(CONSENTS.c.person_id.in_(person_ids), CONSENTS.c.live.is_(True))
    return await _opened(work, (await work.execute(query)).all())


async def copy_of(work: Work, person_id: str) -> list[dict[str, Any]]:
    """Each consent of a person with all its versions, oldest first."""
    query = select(CONSENTS).where(CONSENTS.c.person_id == person_id).order_by(CONSENTS.c.given_at, CONSENTS.c.id)
    found = await _opened(work, (await work.execute(query)).all())
    return [
        {**asdict(consent.terms), "live": consent.live, "versions": [asdict(it) for it in await history(work, consent)]}
        for consent in found
    ]


async def follow(work: Work, person_ids: Collection[str], case_id: str) -> list[Consent]:
    """They are on this case from now on; returns what of theirs is live."""
    theirs = CONSENTS.c.person_id.in_(person_ids)
    await work.execute(update(CONSENTS).where(theirs).values(case_id=case_id))
    query = select(CONSENTS).where(theirs, CONSENTS.c.live.is_(True)).order_by(CONSENTS.c.given_at, CONSENTS.c.id)
    return await _opened(work, (await work.execute(query)).all())


async def forget(work: Work, person_id: str) -> None:
    for table in (VERSIONS, CONSENTS):
        await work.execute(delete(table).where(table.c.person_id == person_id))


async def _sealed(work: Work, consent: Consent) -> Ciphertext:
    cipher = await work.cipher(consent.person_id)
    # Of one length, so that nobody reads off it how many may learn of the person.
    return cipher.encrypt(f"consents.terms/{consent.id}", orjson.dumps(asdict(consent.terms)).ljust(PADDED))


async def _opened(work: Work, rows: Sequence[Any]) -> list[Consent]:
    ciphers = await work.ciphers({row.person_id for row in rows})
    return [_one(ciphers[row.person_id], row) for row in rows if row.person_id in ciphers]


def _images(vault: Vault, row: Any, terms: bytes) -> dict[str, Blind]:
    return {"slot": vault.blind(SLOT, f"{row.person_id}/{orjson.loads(terms)['purpose']}")}


BLIND = BlindSource(CONSENTS.c.terms, CONSENTS.c.person_id, _images)


def _one(cipher: SubjectCipher, row: Any) -> Consent:
    terms = _terms(cipher.decrypt_json(f"consents.terms/{row.id}", row.terms))
    return Consent(row.id, row.person_id, row.case_id, terms, row.live, row.version)


def _terms(said: dict[str, Any]) -> Terms:
    # One of before recipients were asked for names none: it was meant for all that its purpose has.
    recipients = said.get("recipients") or sorted(RECIPIENTS[said["purpose"]])
    expires = None if said["expires_on"] is None else date.fromisoformat(said["expires_on"])
    return Terms(said["purpose"], tuple(recipients), expires, said.get("language", ""))


def _version(cipher: SubjectCipher, row: Any) -> Version:
    said = cipher.decrypt_json(f"consent_versions.said/{row.consent_id}/{row.number}", row.said)
    proof = None if said["proof"] is None else Proof(**said["proof"])
    # What was taken back before that was asked does not say how.
    taken_back = said.get("taken_back")
    return Version(
        row.number,
        said["turn"],
        row.at,
        row.by,
        _terms(said["terms"]),
        proof,
        None if taken_back is None else TakenBack(**taken_back),
    )
