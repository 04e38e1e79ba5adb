"""The chain over the audit log, and the index by which it is searched.

Rule: links are numbered without holes; a link's hash is SHA-256 over the hash before it and the row as it was
written, so whoever changes, removes, moves or adds a row must make every later link anew. Links are made one
transaction at a time, of rows that have none: never of those after the last, because sequences commit out of order.
"""

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    Select,
    Table,
    func,
    insert,
    select,
    text,
    update,
)

from shared.audit.rows import AUDIT
from shared.clock import new_id
from shared.database import FOUNDATION, Instant, Prepared, Transaction, ident, insert_for

LINKS = Table(
    "audit_links",
    FOUNDATION,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False, unique=True),
    Column("hash", LargeBinary, nullable=False),
    Column("latest", Instant),
    Index("ix_audit_links_latest", "latest", "number"),
)
"""latest: no row up to this link was written later. It never falls, so by it the log is found by time; not hashed."""

ABOUT = Table(
    "audit_about",
    FOUNDATION,
    Column("about", ident(), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
)
"""Every id that a row names, its case among them: by this the log is searched."""

CHAIN = Table(
    "audit_chain",
    FOUNDATION,
    Column("slot", Integer, primary_key=True, autoincrement=False),
    Column("id", ident(), nullable=False),
    Column("told", BigInteger, nullable=False),
    Column("told_at", Instant, nullable=False),
)
"""One row: the chain's random id, the number of the last head told to the others, and when, in real time."""

WINDOW = 10_000
"""How far before the last linked row others may be that committed late; the look at the whole log finds any."""

_LOCK = zlib.crc32(b"lodestar audit chain")
_LINK = Prepared(insert(LINKS), columns=("number", "seq", "hash", "latest"))
_INDEX = Prepared(insert(ABOUT), columns=("about", "number", "seq"))
_LAST = select(LINKS.c.number, LINKS.c.hash).order_by(LINKS.c.number.desc()).limit(1)


@dataclass(frozen=True, slots=True)
class Head:
    """The last link of a chain; number 0 when it has none."""

    chain_id: str
    number: int
    hash: bytes


def first_hash(chain_id: str) -> bytes:
    """What stands before the first link: the chain's own id, so that no chain passes for another."""
    return hashlib.sha256(f"lodestar audit chain {chain_id}".encode()).digest()


def next_hash(before: bytes, row: Any) -> bytes:
    """The hash of the link of `row`, a row of AUDIT, that follows the 32 bytes `before`."""
    return hashlib.sha256(before + canonical(row)).digest()


def canonical(row: Any) -> bytes:
    """A row as it is hashed: a JSON list of its columns but `seq`, `at` in UTC to the microsecond."""
    at = row.at.astimezone(UTC).isoformat(timespec="microseconds")
    return orjson.dumps(
        [at, row.actor_id, row.actor_kind, row.verb, row.case_id, row.subjects, row.correlation_id, bool(row.denied)]
    )


def ids_in(row: Any) -> list[str]:
    """Every id that a row of AUDIT is about, each once: its case and its subjects."""
    named = [row.case_id, *orjson.loads(row.subjects)]
    return list(dict.fromkeys(one for one in named if one is not None))


async def link_rows(tx: Transaction, limit: int, *, everywhere: bool = False) -> int | None:
    """Link at most `limit` rows that have no link; returns how many, None when another process is linking.

    everywhere: look at the whole log, not only at its end.
    """
    if tx.dialect == "postgresql":
        asked = await tx.execute(text("SELECT pg_try_advisory_xact_lock(:number)"), {"number": _LOCK})
        if not asked.scalar_one():
            return None
    before = await head(tx)
    rows = (await tx.execute(_unlinked(await _floor(tx, everywhere=everywhere)).limit(limit))).all()
    if rows:
        await _write(tx, before, rows)
    return len(rows)


async def _write(tx: Transaction, before: Head, rows: Sequence[Any]) -> None:
    links, places = [], []
    previous, latest = before.hash, await _latest(tx)
    for number, row in enumerate(rows, start=before.number + 1):
        previous = next_hash(previous, row)
        latest = max(latest, row.at)
        links.append({"number": number, "seq": row.seq, "hash": previous, "latest": latest})
        places += [{"about": one, "number": number, "seq": row.seq} for one in ids_in(row)]
    await tx.run(_LINK, links)
    if places:
        await tx.run(_INDEX, places)


async def _latest(tx: Transaction) -> datetime:
    """When the last of the linked rows was written. Links of a process of an earlier release get it here."""
    found = (await tx.execute(select(LINKS.c.latest).order_by(LINKS.c.latest.desc().nulls_last()).limit(1))).scalar()
    latest: datetime = found or datetime.fromtimestamp(0, UTC)
    without = LINKS.c.latest.is_(None)
    rows = select(func.max(AUDIT.c.at)).join(LINKS, LINKS.c.seq == AUDIT.c.seq).where(without)
    if missed := (await tx.execute(rows)).scalar():
        latest = max(latest, missed)
        await tx.execute(update(LINKS).where(without).values(latest=latest))
    return latest


async def head(tx: Transaction) -> Head:
    """The end of this service's chain; the first call gives the chain its id."""
    chain_id = (await tx.execute(select(CHAIN.c.id))).scalar_one_or_none()
    if chain_id is None:
        chain_id = await _begin(tx)
    last = (await tx.execute(_LAST)).first()
    return Head(chain_id, 0, first_hash(chain_id)) if last is None else Head(chain_id, last.number, bytes(last.hash))


async def _begin(tx: Transaction) -> str:
    begin = insert_for(tx.dialect, CHAIN).on_conflict_do_nothing()
    never = datetime.fromtimestamp(0, UTC)
    await tx.execute(begin, {"slot": 1, "id": new_id(), "told": 0, "told_at": never})
    return str((await tx.execute(select(CHAIN.c.id))).scalar_one())


async def _floor(tx: Transaction, *, everywhere: bool) -> int:
    """Every row up to this `seq` has its link, or is one that only the look everywhere finds."""
    last = int((await tx.execute(select(func.max(LINKS.c.seq)))).scalar_one() or 0)
    if tx.dialect == "sqlite":
        # One writes at a time here, so no row comes late.
        return last
    return 0 if everywhere else last - WINDOW


def _unlinked(after: int) -> Select[Any]:
    linked = select(LINKS.c.seq).where(LINKS.c.seq == AUDIT.c.seq).exists()
    return select(AUDIT).where(AUDIT.c.seq > after, ~linked).order_by(AUDIT.c.seq)


async def unlinked_count(tx: Transaction, *, everywhere: bool = False) -> int:
    """How many rows have no link yet, at the end of the log or `everywhere`."""
    rows = (
        _unlinked(0 if everywhere else await _floor(tx, everywhere=False))
        .with_only_columns(AUDIT.c.seq, maintain_column_froms=True)
        .order_by(None)
        .subquery()
    )
    return int((await tx.execute(select(func.count()).select_from(rows))).scalar_one())
