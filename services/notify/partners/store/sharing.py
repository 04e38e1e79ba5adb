"""The tables of cases that a partner brought and of who consents to tell the partner, and every query on them.

Rule: a consent is stored at one length whatever it says, so that the size of the ciphertext tells nothing.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, Integer, Select, Table, delete, insert, select, update

from services.notify.database import metadata
from services.notify.keys import cipher_for
from services.notify.partners.model import NO_CONSENT, Consent
from shared.access import Actor, visible_cases
from shared.database import Instant, ident
from shared.vault import Ciphertext, Encrypted, SubjectCipher
from shared.work import Work

SHARED_CASES = Table(
    "shared_cases",
    metadata,
    Column("partner_id", ident(), primary_key=True),
    Column("case_id", ident(), primary_key=True),
    Column("pseudonym", ident(), nullable=False, unique=True),
    Column("referral_id", ident(), nullable=False),
    Column("since", Instant, nullable=False),
    Column("places", Integer, nullable=False),
    Column("sequences", Integer, nullable=False),
    Index(None, "case_id"),
)

SHARING_CONSENTS = Table(
    "sharing_consents",
    metadata,
    Column("case_id", ident(), primary_key=True),
    Column("person_id", ident(), primary_key=True),
    Column("terms", Encrypted, nullable=False),
)


_SHARED_CASE = [SHARED_CASES.c.partner_id, SHARED_CASES.c.case_id, SHARED_CASES.c.pseudonym]


@dataclass(frozen=True)
class SharedCase:
    """A case that a partner brought, and the name under which the partner knows it."""

    partner_id: str
    case_id: str
    pseudonym: str


def visible_to(actor: Actor, now: datetime) -> Select[Any]:
    """The shared cases that the actor may see: those of the cases they may see."""
    return select(SHARED_CASES).where(SHARED_CASES.c.case_id.in_(visible_cases(actor, now)))


async def add(work: Work, shared: SharedCase, referral_id: str, since: datetime) -> None:
    row = {**vars(shared), "referral_id": referral_id, "since": since, "places": 0, "sequences": 0}
    await work.execute(insert(SHARED_CASES), row)


async def of_case(work: Work, case_id: str, *, lock: bool = False) -> list[SharedCase]:
    """With which partners the case is shared; lock: held until the transaction ends."""
    query = select(*_SHARED_CASE).where(SHARED_CASES.c.case_id == case_id).order_by(SHARED_CASES.c.partner_id)
    rows = await work.execute(query.with_for_update() if lock else query)
    return [SharedCase(**row) for row in rows.mappings()]


async def pseudonym_of(work: Work, partner_id: str, case_id: str) -> str:
    query = select(SHARED_CASES.c.pseudonym).where(_pair(partner_id, case_id))
    return str((await work.execute(query)).scalar_one())


async def next_number(work: Work, partner_id: str, case_id: str, counter: str) -> int:
    """Count `places` or `sequences` of a partner and case on by one, from 1 and without holes."""
    column = SHARED_CASES.c[counter]
    counted = update(SHARED_CASES).where(_pair(partner_id, case_id)).values({column: column + 1}).returning(column)
    return int((await work.execute(counted)).scalar_one())


async def add_people(work: Work, case_id: str, person_ids: Collection[str]) -> None:
    """People whose consent is needed; none is given yet."""
    for person_id in person_ids:
        await _write(work, case_id, person_id, NO_CONSENT, new=True)


async def people_of(work: Work, case_id: str) -> set[str]:
    """Everybody whose consent is needed."""
    query = select(SHARING_CONSENTS.c.person_id).where(SHARING_CONSENTS.c.case_id == case_id)
    return set((await work.execute(query)).scalars())


async def set_consent(work: Work, case_id: str, person_id: str, consent: Consent) -> None:
    known = select(SHARING_CONSENTS.c.person_id).where(_person(case_id, person_id))
    present = (await work.execute(known)).scalar_one_or_none()
    await _write(work, case_id, person_id, consent, new=present is None)


async def consents_of(work: Work, case_id: str) -> list[Consent]:
    """What each person of the case said; whose key was destroyed consents to nothing."""
    query = select(SHARING_CONSENTS).where(SHARING_CONSENTS.c.case_id == case_id)
    rows = (await work.execute(query)).all()
    ciphers = await work.ciphers([row.person_id for row in rows])
    return [_consent(ciphers.get(row.person_id), row) for row in rows]


async def forget(work: Work, case_id: str, person_id: str) -> bool:
    """Returns whether they were there."""
    return (await work.execute(delete(SHARING_CONSENTS).where(_person(case_id, person_id)))).rowcount == 1


async def case_of(work: Work, person_id: str) -> str | None:
    found = await work.execute(select(SHARING_CONSENTS.c.case_id).where(SHARING_CONSENTS.c.person_id == person_id))
    return found.scalars().first()


async def _write(work: Work, case_id: str, person_id: str, consent: Consent, *, new: bool) -> None:
    cipher = await cipher_for(work, person_id)
    terms: Ciphertext = cipher.encrypt_text(_context(case_id, person_id), consent.written())
    if new:
        await work.execute(insert(SHARING_CONSENTS), {"case_id": case_id, "person_id": person_id, "terms": terms})
    else:
        await work.execute(update(SHARING_CONSENTS).where(_person(case_id, person_id)).values(terms=terms))


def _consent(cipher: SubjectCipher | None, row: Any) -> Consent:
    if cipher is None:
        return NO_CONSENT
    return Consent.read(cipher.decrypt_text(_context(row.case_id, row.person_id), row.terms))


def _context(case_id: str, person_id: str) -> str:
    return f"sharing_consents.terms/{case_id}/{person_id}"


def _pair(partner_id: str, case_id: str) -> Any:
    return (SHARED_CASES.c.partner_id == partner_id) & (SHARED_CASES.c.case_id == case_id)


def _person(case_id: str, person_id: str) -> Any:
    return (SHARING_CONSENTS.c.case_id == case_id) & (SHARING_CONSENTS.c.person_id == person_id)
