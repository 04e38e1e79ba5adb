"""Durable due rows: what must happen later, on the domain clock.

Rule: a timer is written, replaced and cancelled in the transaction of what wants it, and fires in the transaction of
what it does (`shared.due`): once, however often the process dies.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Index, String, Table, delete, func, select

from shared.database import FOUNDATION, Instant, Transaction, ident, insert_for

TIMERS = Table(
    "timers",
    FOUNDATION,
    Column("kind", String(64), primary_key=True),
    Column("subject", ident(), primary_key=True),
    Column("due_at", Instant, nullable=False),
    Column("correlation_id", ident(), nullable=False),
    Index("ix_timers_due_at", "due_at"),
)


@dataclass(frozen=True, slots=True)
class Timer:
    """A due row: what (`kind`) about whom (`subject`)."""

    kind: str
    subject: str
    correlation_id: str


async def set_timer(tx: Transaction, kind: str, subject: str, due: datetime, correlation_id: str) -> None:
    """Write or move the timer."""
    insert = insert_for(tx.dialect, TIMERS)
    values = {"kind": kind, "subject": subject, "due_at": due, "correlation_id": correlation_id}
    moved = {"due_at": insert.excluded.due_at, "correlation_id": insert.excluded.correlation_id}
    await tx.execute(insert.on_conflict_do_update(index_elements=[TIMERS.c.kind, TIMERS.c.subject], set_=moved), values)


async def cancel_timer(tx: Transaction, kind: str, subject: str) -> None:
    """Remove the timer if it is there."""
    await tx.execute(delete(TIMERS).where(TIMERS.c.kind == kind, TIMERS.c.subject == subject))


async def due_timers(tx: Transaction, now: datetime, limit: int) -> list[Timer]:
    """The timers due by `now`, oldest first, locked; those that another replica is firing are left out."""
    due = (
        select(TIMERS.c.kind, TIMERS.c.subject, TIMERS.c.correlation_id)
        .where(TIMERS.c.due_at <= now)
        .order_by(TIMERS.c.due_at, TIMERS.c.kind, TIMERS.c.subject)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [Timer(**row) for row in (await tx.execute(due)).mappings()]


async def next_due(tx: Transaction, now: datetime) -> datetime | None:
    """When the first timer after `now` is due."""
    following = select(func.min(TIMERS.c.due_at)).where(TIMERS.c.due_at > now)
    return (await tx.execute(following)).scalar_one_or_none()
