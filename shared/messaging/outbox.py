"""The outbox: events promised by a transaction, waiting for the relay.

Rule: `revision` counts without holes per key and is set under the lock of the key's row, which is held until the
commit; so `seq` order is commit order for every key. Published rows stay, marked, until they are 30 days old.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from shared.contracts.envelope import with_revision
from shared.database import FOUNDATION, Instant, Prepared, Transaction, ident

NOTIFY_CHANNEL = "lodestar_outbox"

HEADS = Table(
    "outbox_heads",
    FOUNDATION,
    Column("key", ident(), primary_key=True),
    Column("revision", Integer, nullable=False),
)

OUTBOX = Table(
    "outbox",
    FOUNDATION,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("event_id", ident(), nullable=False, unique=True),
    Column("subject", String(160), nullable=False),
    Column("key", ident(), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("correlation_id", ident(), nullable=False),
    Column("traceparent", String(64)),
    Column("published_at", Instant),
    sqlite_autoincrement=True,
)
Index(
    "ix_outbox_unpublished",
    OUTBOX.c.seq,
    sqlite_where=OUTBOX.c.published_at.is_(None),
    postgresql_where=OUTBOX.c.published_at.is_(None),
)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An event on its way into the outbox; `body` still lacks its revision."""

    event_id: str
    subject: str
    key: str
    body: bytes
    correlation_id: str
    traceparent: str | None


@dataclass(frozen=True, slots=True)
class Unpublished:
    """A row that the relay has to publish."""

    seq: int
    event_id: str
    subject: str
    body: bytes
    correlation_id: str
    traceparent: str | None


def _raise_heads(dialect: str) -> Any:
    kind = sqlite if dialect == "sqlite" else postgresql
    statement = kind.insert(HEADS)
    return statement.on_conflict_do_update(
        index_elements=[HEADS.c.key], set_={"revision": HEADS.c.revision + statement.excluded.revision}
    ).returning(HEADS.c.key, HEADS.c.revision)


_WRITE = Prepared(
    insert(OUTBOX), columns=("event_id", "subject", "key", "revision", "body", "correlation_id", "traceparent")
)


async def write_outbox(tx: Transaction, outgoing: Sequence[Outgoing]) -> None:
    """Number and store the events of a batch, in the order in which they were emitted."""
    counts = Counter(event.key for event in outgoing)
    raised = await tx.execute(
        _raise_heads(tx.dialect), [{"key": key, "revision": count} for key, count in sorted(counts.items())]
    )
    revision = {row.key: row.revision - counts[row.key] for row in raised}
    rows = []
    for event in outgoing:
        revision[event.key] += 1
        rows.append(
            {
                "event_id": event.event_id,
                "subject": event.subject,
                "key": event.key,
                "revision": revision[event.key],
                "body": with_revision(event.body, revision[event.key]),
                "correlation_id": event.correlation_id,
                "traceparent": event.traceparent,
            }
        )
    await tx.run(_WRITE, rows)
    if tx.dialect == "postgresql":
        await tx.execute(text(f"NOTIFY {NOTIFY_CHANNEL}"))


_TAKE = (
    select(
        OUTBOX.c.seq,
        OUTBOX.c.event_id,
        OUTBOX.c.subject,
        OUTBOX.c.body,
        OUTBOX.c.correlation_id,
        OUTBOX.c.traceparent,
    )
    .where(OUTBOX.c.published_at.is_(None))
    .order_by(OUTBOX.c.seq)
)


async def take_unpublished(tx: Transaction, limit: int) -> list[Unpublished]:
    """The oldest rows not yet published; a sequence may commit out of order, so never `seq > last`."""
    return [Unpublished(*row) for row in cast(Any, await tx.execute(_TAKE.limit(limit)))]


async def mark_published(tx: Transaction, rows: Sequence[Unpublished]) -> None:
    """These rows have their PubAck."""
    seqs = [row.seq for row in rows]
    await tx.execute(update(OUTBOX).where(OUTBOX.c.seq.in_(seqs)).values(published_at=datetime.now(UTC)))


async def reopen_published(tx: Transaction, since: datetime) -> int:
    """Have everything published since `since` sent again; the consumers' inboxes make it harmless."""
    again = await tx.execute(update(OUTBOX).where(OUTBOX.c.published_at >= since).values(published_at=None))
    return again.rowcount


async def prune_published(tx: Transaction, before: datetime) -> int:
    """Forget rows published before `before`."""
    gone = await tx.execute(delete(OUTBOX).where(OUTBOX.c.published_at < before))
    return gone.rowcount


async def heads(tx: Transaction) -> dict[str, int]:
    """The last revision of every key, for reconciliation."""
    return {row.key: row.revision for row in await tx.execute(select(HEADS.c.key, HEADS.c.revision))}


async def backlog(tx: Transaction) -> int:
    """How many rows wait for the relay."""
    waiting = select(func.count()).select_from(OUTBOX).where(OUTBOX.c.published_at.is_(None))
    return int((await tx.execute(waiting)).scalar_one())
