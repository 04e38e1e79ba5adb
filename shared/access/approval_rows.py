"""The tables of approvals: what was proposed, and who signed it.

Rule: the row keeps a digest of what is approved, never the content itself, and one signature per person is a key.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import (
    CheckConstraint,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    Select,
    String,
    Table,
    exists,
    func,
    select,
)

from shared.access.grants import Executes, access_entries
from shared.database import FOUNDATION, Instant, ident
from shared.errors import not_found

State = Literal["open", "approved", "rejected", "expired", "replaced"]
"""replaced: something newer was proposed instead, before enough people had signed."""

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
    Column("case_id", ident()),
    CheckConstraint("needed >= 1", name="needed"),
    Index(None, "kind", "subject_id"),
    Index(None, "state", "expires_at"),
    Index(None, "case_id"),
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
    case_id: str | None = None


@dataclass(frozen=True)
class Progress:
    """An approval, and how many people have agreed so far; who must keep away from its case by now is none of them."""

    approval: Approval
    signed: int


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


async def waiting_for(
    ex: Executes, actor_id: str, at: datetime, near: ColumnElement[bool], after: str | None, limit: int
) -> list[Progress]:
    """The next open approvals among `near` that the actor neither proposed nor signed, in order of their ids."""
    theirs = _signatures(approval_signatures.c.approval_id).where(approval_signatures.c.actor_id == actor_id).exists()
    query = _progress().where(
        near, approvals.c.state == "open", approvals.c.expires_at > at, approvals.c.proposed_by != actor_id, ~theirs
    )
    page = query.order_by(approvals.c.id).limit(limit)
    return await _read(ex, page if after is None else page.where(approvals.c.id > after))


async def progress_of(ex: Executes, approval_id: str, near: ColumnElement[bool]) -> Progress | None:
    """None also when it is not among `near`: by the same query, so that nobody can tell."""
    found = await _read(ex, _progress().where(approvals.c.id == approval_id, near))
    return found[0] if found else None


def _progress() -> Select[Any]:
    agreed = _signatures(func.count()).where(approval_signatures.c.verdict == "approve", ~_away())
    return select(approvals, agreed.scalar_subquery().label("signed"))


def _signatures(what: Any) -> Select[Any]:
    return select(what).where(approval_signatures.c.approval_id == approvals.c.id).correlate(approvals)


def _away() -> ColumnElement[bool]:
    """Whether who signed is recused from the case."""
    entry = access_entries.alias("away")
    theirs = (entry.c.case_id == approvals.c.case_id) & (entry.c.actor_id == approval_signatures.c.actor_id)
    return exists().where(theirs, entry.c.relation == "recused").correlate(approvals, approval_signatures)


async def _read(ex: Executes, query: Select[Any]) -> list[Progress]:
    rows = [dict(row) for row in (await ex.execute(query)).mappings()]
    return [Progress(signed=row.pop("signed"), approval=Approval(**row)) for row in rows]
