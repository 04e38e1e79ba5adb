"""The receipts of referrals: which partner sent what when, never the document.

Rule: one receipt per partner and webhook id; the id is kept blind, and encrypted beside it to be blinded anew,
because the partner chose it.
"""

from typing import Any

from sqlalchemy import Column, Table, UniqueConstraint, select

from services.notify.database import metadata
from shared.database import Instant, ident, insert_for
from shared.vault import Blind, BlindIndex, BlindSource, Encrypted, Vault
from shared.vault.blinding import hold
from shared.work import Work

WEBHOOK = "referrals.webhook"

REFERRALS = Table(
    "referrals",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("partner_id", ident(), nullable=False),
    Column("webhook", BlindIndex, nullable=False),
    Column("webhook_id", Encrypted),
    Column("received_at", Instant, nullable=False),
    UniqueConstraint("partner_id", "webhook"),
)


async def receipt(work: Work, referral_id: str, partner_id: str, webhook_id: str) -> str:
    """Write a receipt, and return its id: that of the first one when the same webhook came before."""
    webhooks = work.vault.blinds(WEBHOOK, f"{partner_id}/{webhook_id}")
    await hold(work.tx, webhooks)
    first = select(REFERRALS.c.id).where(REFERRALS.c.partner_id == partner_id, REFERRALS.c.webhook.in_(webhooks))
    known = (await work.execute(first)).scalar_one_or_none()
    if known is None:
        await _write(work, referral_id, partner_id, webhook_id, webhooks[0])
        known = (await work.execute(first)).scalar_one()
    return str(known)


async def _write(work: Work, referral_id: str, partner_id: str, webhook_id: str, webhook: Blind) -> None:
    cipher = await work.cipher(partner_id)
    row = {
        "id": referral_id,
        "partner_id": partner_id,
        "webhook": webhook,
        "webhook_id": cipher.encrypt_text(f"referrals.webhook_id/{referral_id}", webhook_id),
        "received_at": work.now,
    }
    insert = insert_for(work.dialect, REFERRALS)
    await work.execute(insert.on_conflict_do_nothing(), row)


def _images(vault: Vault, row: Any, webhook_id: bytes) -> dict[str, Blind]:
    return {"webhook": vault.blind(WEBHOOK, f"{row.partner_id}/{webhook_id.decode()}")}


BLIND = BlindSource(REFERRALS.c.webhook_id, REFERRALS.c.partner_id, _images)


async def partner_of(work: Work, referral_id: str) -> str | None:
    """Who sent the referral; None when none came under this id."""
    query = select(REFERRALS.c.partner_id).where(REFERRALS.c.id == referral_id)
    return (await work.execute(query)).scalar_one_or_none()
