"""The inbox's tables and every query on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from shared.access import Executes
from shared.contracts.envelope import Envelope
from shared.database import FOUNDATION, Instant, Prepared, Slice, Transaction, ident, insert_for, paged
from shared.vault import Ciphertext, Encrypted

INBOX = Table(
    "inbox",
    FOUNDATION,
    Column("event_id", ident(), primary_key=True),
    Column("publisher", String(32), nullable=False),
    Column("key", ident(), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("applied_at", Instant, nullable=False),
)

CURSORS = Table(
    "inbox_cursors",
    FOUNDATION,
    Column("publisher", String(32), primary_key=True),
    Column("key", ident(), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("waiting", Integer, nullable=False),
    Column("parked", Boolean, nullable=False),
)

WAITING = Table(
    "inbox_waiting",
    FOUNDATION,
    Column("publisher", String(32), primary_key=True),
    Column("key", ident(), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("event_id", ident(), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("since", Instant, nullable=False),
)

PARKED = Table(
    "inbox_parked",
    FOUNDATION,
    Column("id", ident(), primary_key=True),
    Column("publisher", String(32), nullable=False),
    Column("key", ident(), nullable=False),
    Column("revision", Integer),
    Column("event_id", ident(), nullable=False),
    Column("subject", String(160), nullable=False),
    Column("reason", String(120), nullable=False),
    Column("body", Encrypted, nullable=False),
    Column("parked_at", Instant, nullable=False),
    Column("state", String(16), nullable=False),
    UniqueConstraint("publisher", "event_id"),
    Index("ix_inbox_parked_state", "state"),
)


@dataclass(slots=True)
class Place:
    """How far a consumer has come with one key of one publisher."""

    publisher: str
    key: str
    revision: int
    waiting: int
    parked: bool
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Parked:
    """An event about to be put aside."""

    id: str
    key: str
    revision: int | None
    event_id: str
    subject: str
    reason: str


@dataclass(frozen=True, slots=True)
class ParkedRow:
    """A parked event as operators see it."""

    id: str
    publisher: str
    key: str
    revision: int | None
    subject: str
    reason: str
    parked_at: datetime
    state: str


async def lock_places(tx: Transaction, publisher: str, keys: Sequence[str]) -> dict[str, Place]:
    """The places of `keys`, made where there was none, locked until the commit; `keys` sorted, against deadlocks."""
    statement = insert_for(tx.dialect, CURSORS)
    locked = statement.on_conflict_do_update(
        index_elements=[CURSORS.c.publisher, CURSORS.c.key], set_={"publisher": CURSORS.c.publisher}
    ).returning(CURSORS.c.key, CURSORS.c.revision, CURSORS.c.waiting, CURSORS.c.parked)
    fresh = [{"publisher": publisher, "key": key, "revision": 0, "waiting": 0, "parked": False} for key in keys]
    return {row["key"]: Place(publisher, **row) for row in (await tx.execute(locked, fresh)).mappings()}


_MOVE = Prepared(
    update(CURSORS)
    .where(CURSORS.c.publisher == bindparam("at_publisher"), CURSORS.c.key == bindparam("at_key"))
    .values(revision=bindparam("to_revision"), waiting=bindparam("to_waiting"), parked=bindparam("to_parked"))
)
_APPLY = Prepared(insert(INBOX), columns=[column.name for column in INBOX.c])


async def write_places(tx: Transaction, places: Sequence[Place]) -> None:
    """Keep how far the keys have come."""
    moved = [
        {
            "at_publisher": place.publisher,
            "at_key": place.key,
            "to_revision": place.revision,
            "to_waiting": place.waiting,
            "to_parked": place.parked,
        }
        for place in places
    ]
    if moved:
        await tx.run(_MOVE, moved)


async def applied_among(tx: Transaction, event_ids: Sequence[str]) -> set[str]:
    """Which of these events were applied before."""
    if not event_ids:
        return set()
    return set((await tx.execute(select(INBOX.c.event_id).where(INBOX.c.event_id.in_(event_ids)))).scalars())


async def write_applied(tx: Transaction, publisher: str, envelopes: Sequence[Envelope]) -> None:
    """These events are applied, for ever."""
    at = datetime.now(UTC)
    applied = [
        {
            "event_id": envelope.id,
            "publisher": publisher,
            "key": envelope.subject,
            "revision": envelope.revision,
            "applied_at": at,
        }
        for envelope in envelopes
    ]
    if applied:
        await tx.run(_APPLY, applied)


async def write_waiting(tx: Transaction, publisher: str, envelope: Envelope, body: bytes) -> int:
    """Keep an early event until its turn; returns 1, or 0 when it waits already."""
    written = await tx.execute(
        insert_for(tx.dialect, WAITING).on_conflict_do_nothing(),
        {
            "publisher": publisher,
            "key": envelope.subject,
            "revision": envelope.revision,
            "event_id": envelope.id,
            "body": body,
            "since": datetime.now(UTC),
        },
    )
    return written.rowcount


async def next_waiting(tx: Transaction, publisher: str, place: Place) -> bytes | None:
    """The waiting event whose turn it is."""
    found = await tx.execute(
        select(WAITING.c.body).where(
            WAITING.c.publisher == publisher, WAITING.c.key == place.key, WAITING.c.revision == place.revision + 1
        )
    )
    return found.scalar_one_or_none()


async def remove_waiting(tx: Transaction, publisher: str, envelope: Envelope) -> int:
    """Returns 1, or 0 when it did not wait."""
    gone = await tx.execute(
        delete(WAITING).where(
            WAITING.c.publisher == publisher,
            WAITING.c.key == envelope.subject,
            WAITING.c.revision == envelope.revision,
        )
    )
    return gone.rowcount


async def ready_to_go_on(tx: Transaction) -> list[tuple[str, str]]:
    """Publisher and key of waiting events whose turn has come."""
    ready = (
        select(WAITING.c.publisher, WAITING.c.key)
        .join(CURSORS, (CURSORS.c.publisher == WAITING.c.publisher) & (CURSORS.c.key == WAITING.c.key))
        .where(WAITING.c.revision == CURSORS.c.revision + 1, CURSORS.c.parked.is_(False))
        .limit(200)
    )
    return [(row.publisher, row.key) for row in await tx.execute(ready)]


async def waiting_longer_than(tx: Transaction, age: timedelta) -> int:
    """How many events wait for a predecessor for longer than `age`."""
    late = select(func.count()).select_from(WAITING).where(WAITING.c.since < datetime.now(UTC) - age)
    return int((await tx.execute(late)).scalar_one())


async def write_parked(tx: Transaction, publisher: str, parked: Parked, body: Ciphertext, at: datetime) -> None:
    await tx.execute(
        insert_for(tx.dialect, PARKED).on_conflict_do_nothing(),
        {
            "id": parked.id,
            "publisher": publisher,
            "key": parked.key,
            "revision": parked.revision,
            "event_id": parked.event_id,
            "subject": parked.subject,
            "reason": parked.reason[:120],
            "body": body,
            "parked_at": at,
            "state": "parked",
        },
    )


_ROW = [
    PARKED.c.id,
    PARKED.c.publisher,
    PARKED.c.key,
    PARKED.c.revision,
    PARKED.c.subject,
    PARKED.c.reason,
    PARKED.c.parked_at,
    PARKED.c.state,
]


async def load_parked(tx: Transaction, parked_id: str) -> tuple[ParkedRow, Ciphertext] | None:
    """A parked event that is not settled, locked."""
    found = await tx.execute(
        select(*_ROW, PARKED.c.body).where(PARKED.c.id == parked_id, PARKED.c.state == "parked").with_for_update()
    )
    row = found.mappings().one_or_none()
    if row is None:
        return None
    columns = dict(row)
    body: Ciphertext = columns.pop("body")
    return ParkedRow(**columns), body


async def parked_events(ex: Executes, after: str | None, limit: int) -> Slice[ParkedRow]:
    """Parked events that nobody settled, oldest first; `after` may be settled meanwhile."""
    open_ones = select(*_ROW).where(PARKED.c.state == "parked")
    query = paged(open_ones, (PARKED.c.parked_at, PARKED.c.id), after, limit, among=select(*_ROW))
    found = [ParkedRow(**row) for row in (await ex.execute(query)).mappings()]
    return Slice.of(found, limit, found)


async def settle_parked(tx: Transaction, parked_id: str, state: str) -> None:
    """It is replayed or discarded; what it said is no longer kept."""
    gone = {"state": state, "body": Ciphertext(b"")}
    await tx.execute(update(PARKED).where(PARKED.c.id == parked_id).values(**gone))


async def parked_count(tx: Transaction) -> int:
    """How many parked events nobody settled."""
    return int((await tx.execute(select(func.count()).where(PARKED.c.state == "parked"))).scalar_one())


async def forget_applied(tx: Transaction, before: datetime) -> None:
    """Drop inbox rows from before `before`; the cursor alone refuses what is older than any stream keeps."""
    await tx.execute(delete(INBOX).where(INBOX.c.applied_at < before))
