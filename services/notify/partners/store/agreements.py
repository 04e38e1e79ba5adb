"""The partners table and every query on it. What names a partner or opens its door is encrypted under its own key."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Date, Integer, Select, String, Table, Text, insert, select, update

from services.notify.database import metadata
from services.notify.partners.model import Agreement, Particulars, Partner, Secrets, Signing
from shared.database import Instant, ident
from shared.errors import not_found
from shared.vault import Ciphertext, Encrypted, SubjectCipher
from shared.work import Work

PARTNERS = Table(
    "partners",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("name", Encrypted, nullable=False),
    Column("endpoint_url", Encrypted, nullable=False),
    Column("inbound_secret", Encrypted, nullable=False),
    Column("outbound_secret", Encrypted, nullable=False),
    Column("former_secrets", Encrypted),
    Column("former_until", Instant),
    Column("state", String(16), nullable=False),
    Column("kinds", Text, nullable=False),
    Column("expires_on", Date, nullable=False),
    Column("since", Instant, nullable=False),
    Column("version", Integer, nullable=False),
)


async def add(work: Work, cipher: SubjectCipher, partner: Partner, particulars: Particulars, secrets: Secrets) -> None:
    row = {
        "id": partner.id,
        "name": cipher.encrypt_text(f"partners.name/{partner.id}", particulars.name),
        "endpoint_url": cipher.encrypt_text(f"partners.endpoint_url/{partner.id}", particulars.endpoint_url),
        **_boxes(cipher, partner.id, secrets),
        "state": partner.state,
        **agreement_values(partner.agreement),
        "since": work.now,
        "version": partner.version,
    }
    await work.execute(insert(PARTNERS), row)


def agreement_values(agreement: Agreement) -> dict[str, Any]:
    return {"kinds": " ".join(sorted(agreement.kinds)), "expires_on": agreement.expires_on}


def active_ids() -> Select[tuple[str]]:
    """The ids of partners to whom something may be sent; for use as a subquery."""
    return select(PARTNERS.c.id).where(PARTNERS.c.state == "active")


async def find(work: Work, partner_id: str) -> Partner | None:
    row = (await work.execute(select(PARTNERS).where(PARTNERS.c.id == partner_id))).one_or_none()
    return None if row is None else _partner(row)


async def load(work: Work, partner_id: str) -> Partner:
    """Errors: Refusal not_found."""
    partner = await find(work, partner_id)
    if partner is None:
        raise not_found()
    return partner


async def load_whole(work: Work, partner_id: str) -> tuple[Partner, Particulars]:
    """Errors: Refusal not_found."""
    row = (await work.execute(select(PARTNERS).where(PARTNERS.c.id == partner_id))).one_or_none()
    if row is None:
        raise not_found()
    return _partner(row), _particulars(await work.cipher(partner_id), row)


async def page(work: Work, after: str | None, limit: int) -> list[tuple[Partner, Particulars]]:
    """Partners in order of their ids."""
    query = select(PARTNERS).order_by(PARTNERS.c.id).limit(limit)
    rows = (await work.execute(query if after is None else query.where(PARTNERS.c.id > after))).all()
    ciphers = await work.ciphers([row.id for row in rows])
    return [(_partner(row), _particulars(ciphers[row.id], row)) for row in rows if row.id in ciphers]


async def signing(work: Work, partner_id: str) -> Signing | None:
    """The secrets that hold now; None when there is no such partner."""
    ciphers = await work.ciphers([partner_id])
    row = (await work.execute(select(PARTNERS).where(PARTNERS.c.id == partner_id))).one_or_none()
    if row is None or partner_id not in ciphers:
        return None
    cipher = ciphers[partner_id]
    held = row.former_secrets is not None and work.now < row.former_until
    former = cipher.decrypt_json(f"partners.former_secrets/{partner_id}", row.former_secrets) if held else None
    return Signing(_secrets(cipher, row), None if former is None else Secrets(*former))


async def replace_secrets(work: Work, partner_id: str, version: int, secrets: Secrets, until: datetime) -> int:
    """Put these in the place of the present ones, kept beside them until then. Errors: Refusal stale, not_found."""
    cipher = await work.cipher(partner_id)
    present = _secrets(cipher, (await work.execute(select(PARTNERS).where(PARTNERS.c.id == partner_id))).one())
    former = cipher.encrypt_json(f"partners.former_secrets/{partner_id}", [present.inbound, present.outbound])
    boxes = _boxes(cipher, partner_id, secrets)
    return await work.change(PARTNERS, partner_id, version, **boxes, former_secrets=former, former_until=until)


async def end_former(work: Work, partner_id: str) -> None:
    """Keep the secrets before the present ones no longer, once their time is over."""
    over = (PARTNERS.c.id == partner_id) & (PARTNERS.c.former_until <= work.now)
    await work.execute(update(PARTNERS).where(over).values(former_secrets=None, former_until=None))


async def suspend(work: Work, partner_id: str) -> bool:
    """Whether the partner was active until now."""
    changed = await work.execute(
        update(PARTNERS)
        .where(PARTNERS.c.id == partner_id, PARTNERS.c.state == "active")
        .values(state="suspended", version=PARTNERS.c.version + 1)
    )
    return changed.rowcount == 1


async def states(work: Work, partner_ids: Collection[str]) -> dict[str, Partner]:
    rows = await work.execute(select(PARTNERS).where(PARTNERS.c.id.in_(partner_ids)))
    return {row.id: _partner(row) for row in rows}


def _partner(row: Any) -> Partner:
    return Partner(row.id, row.state, Agreement(frozenset(row.kinds.split()), row.expires_on), row.version)


def _particulars(cipher: SubjectCipher, row: Any) -> Particulars:
    return Particulars(
        cipher.decrypt_text(f"partners.name/{row.id}", row.name),
        cipher.decrypt_text(f"partners.endpoint_url/{row.id}", row.endpoint_url),
    )


def _boxes(cipher: SubjectCipher, partner_id: str, secrets: Secrets) -> dict[str, Ciphertext]:
    return {
        "inbound_secret": cipher.encrypt_text(f"partners.inbound_secret/{partner_id}", secrets.inbound),
        "outbound_secret": cipher.encrypt_text(f"partners.outbound_secret/{partner_id}", secrets.outbound),
    }


def _secrets(cipher: SubjectCipher, row: Any) -> Secrets:
    return Secrets(
        cipher.decrypt_text(f"partners.inbound_secret/{row.id}", row.inbound_secret),
        cipher.decrypt_text(f"partners.outbound_secret/{row.id}", row.outbound_secret),
    )
