"""The receipts of referrals: which partner sent what when, never the document.

Rule: one receipt per partner and webhook id; the id is kept blind, because the partner chose it.
"""

from sqlalchemy import Column, Table, UniqueConstraint, select
from sqlalchemy.dialects import postgresql, sqlite

from services.notify.database import metadata
from shared.database import Instant, ident
from shared.vault import Blind, BlindIndex
from shared.work import Work

REFERRALS = Table(
    "referrals",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("partner_id", ident(), nullable=False),
    Column("webhook", BlindIndex, nullable=False),
    Column("received_at", Instant, nullable=False),
    UniqueConstraint("partner_id", "webhook"),
)


async def receipt(work: Work, referral_id: str, partner_id: str, webhook: Blind) -> str:
    """Write a receipt, and return its id: that of the first one when the same webhook came before."""
    write = (sqlite if work.dialect == "sqlite" else postgresql).insert(REFERRALS).on_conflict_do_nothing()
    row = {"id": referral_id, "partner_id": partner_id, "webhook": webhook, "received_at": work.now}
    await work.execute(write, row)
    first = select(REFERRALS.c.id).where(REFERRALS.c.partner_id == partner_id, REFERRALS.c.webhook == webhook)
    return str((await work.execute(first)).scalar_one())


async def partner_of(work: Work, referral_id: str) -> str | None:
    """Who sent the referral; None when none came under this id."""
    query = select(REFERRALS.c.partner_id).where(REFERRALS.c.id == referral_id)
    return (await work.execute(query)).scalar_one_or_none()
