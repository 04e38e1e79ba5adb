"""The partners table and every query on it. What names a partner or opens its door is encrypted under its own key."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Column, Date, Integer, Select, String, Table, Text, insert, select, update

from services.notify.database import metadata
from services.notify.partners.model import Agreement, Particulars, Partner, Secrets
from shared.database import Instant, ident
from shared.errors import not_found
from shared.vault import Encrypted, SubjectCipher
from shared.work import Work

PARTNERS = Table(
    "partners",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("name", Encrypted, nullable=False),
    Column("endpoint_url", Encrypted, nullable=False),
    Column("inbound_secret", Encrypted, nullable=False),
    Column("outbound_secret", Encrypted, nullable=False),
    Column("state", String(16), nullable=False),
    Column("kinds", Text, nullable=False),
    Column("expires_on", Date, nullable=False),
    Column("since", Instant, nullable=False),
    Column("version", Integer, nullable=False),
)


async def add(work: Work, cipher: SubjectCipher, partner: Partner, particulars: Particulars, secrets: Secrets) -> None:
    def box(column: str, text: str) -> Any:
        return cipher.encrypt_text(f"partners.{column}/{partner.id}", text)

    row = {
        "id": partner.id,
        "name": box("name", particulars.name),
        "endpoint_url": box("endpoint_url", particulars.endpoint_url),
        "inbound_secret": box("inbound_secret", secrets.inbound),
        "outbound_secret": box("outbound_secret", secrets.outbound),
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


async def page(work: Work, after: str | None, limit: int) -> list[tuple[Partner, Particulars]]:
    """Partners in order of their ids."""
    query = select(PARTNERS).order_by(PARTNERS.c.id).limit(limit)
    rows = (await work.execute(query if after is None else query.where(PARTNERS.c.id > after))).all()
    ciphers = await work.ciphers([row.id for row in rows])
    return [(_partner(row), _particulars(ciphers[row.id], row)) for row in rows if row.id in ciphers]


async def inbound_secret(work: Work, partner_id: str) -> str | None:
    """What the partner signs with; None when there is no such partner."""
    ciphers = await work.ciphers([partner_id])
    query = select(PARTNERS.c.inbound_secret).where(PARTNERS.c.id == partner_id)
    box = (await work.execute(query)).scalar_one_or_none()
    if box is None or partner_id not in ciphers:
        return None
    return ciphers[partner_id].decrypt_text(f"partners.inbound_secret/{partner_id}", box)


async def way_out(work: Work, partner_id: str) -> tuple[str, str]:
    """The address of the partner's endpoint, and the secret that we sign with. Errors: Refusal not_found."""
    query = select(PARTNERS.c.endpoint_url, PARTNERS.c.outbound_secret).where(PARTNERS.c.id == partner_id)
    row = (await work.execute(query)).one_or_none()
    if row is None:
        raise not_found()
    cipher = await work.cipher(partner_id)
    url = cipher.decrypt_text(f"partners.endpoint_url/{partner_id}", row.endpoint_url)
    return url, cipher.decrypt_text(f"partners.outbound_secret/{partner_id}", row.outbound_secret)


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
