"""The tables of approvals: what was proposed, and who signed it.

Rule: the row keeps a digest of what is approved, never the content itself, and one signature per person is a key.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, select

from shared.access.grants import Executes
from shared.database import FOUNDATION, Instant, ident
from shared.errors import not_found

State = Literal["open", "approved", "rejected", "expired"]

approvals = Table(
    "approvals",
    FOUNDATION,
    Column("id", ident(), primary_key=True),
    Column("kind", String(64), nullable=False),
    Column("subject_id", ident(), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("proposed_by", ident(), nullable=False),
    Column("proposed_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("needed", Integer, nullable=False, default=1),
    Column("state", String(8), nullable=False),
    Column("decided_at", Instant),
    Column("used_at", Instant),
    CheckConstraint("needed >= 1", name="needed"),
    Index(None, "kind", "subject_id"),
    Index(None, "state", "expires_at"),
)

approval_signatures = Table(
    "approval_signatures",
    FOUNDATION,
    Column("approval_id", ident(), ForeignKey(approvals.c.id), primary_key=True),
    Column("actor_id", ident(), primary_key=True),
    Column("verdict", String(8), nullable=False),
    Column("at", Instant, nullable=False),
)


@dataclass(frozen=True)
class Approval:
    """A proposal and how far it came; digest: SHA-256 of what is approved, 64 hex digits."""

    id: str
    kind: str
    subject_id: str
    digest: str
    proposed_by: str
    proposed_at: datetime
    expires_at: datetime
    needed: int
    state: State
    decided_at: datetime | None
    used_at: datetime | None


async def approval_of(ex: Executes, approval_id: str, *, lock: bool = False) -> Approval:
    """lock: nobody else decides or uses it until this transaction ends. Errors: Refusal not_found."""
    query = select(approvals).where(approvals.c.id == approval_id)
    row = (await ex.execute(query.with_for_update() if lock else query)).mappings().one_or_none()
    if row is None:
        raise not_found()
    return Approval(**row)


async def signers_of(ex: Executes, approval_id: str) -> set[str]:
    """The ids of those who signed, for or against."""
    of_it = approval_signatures.c.approval_id == approval_id
    return set((await ex.execute(select(approval_signatures.c.actor_id).where(of_it))).scalars())
