"""The table of sessions, and every query on it.

Rule: a row is found by the hash of the browser's value, so that who reads the table can sign in as nobody.
"""

from datetime import datetime

from sqlalchemy import Column, Index, String, Table, delete, or_, select, update

from services.desk.database import metadata
from shared.database import Instant, Transaction, insert_for
from shared.vault import Ciphertext, Encrypted

SESSIONS = Table(
    "sessions",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("box", Encrypted, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Index(None, "seen_at"),
)


async def add(tx: Transaction, session_id: str, box: Ciphertext, at: datetime, ends_at: datetime) -> None:
    """A job may be run again, so a row that is there is left as it is."""
    row = {"id": session_id, "box": box, "seen_at": at, "ends_at": ends_at}
    insert = insert_for(tx.dialect, SESSIONS)
    await tx.execute(insert.on_conflict_do_nothing(), row)


async def load(
    tx: Transaction, session_id: str, seen_after: datetime, now: datetime
) -> tuple[Ciphertext, datetime] | None:
    """The box of a live session, and when it was seen last."""
    wanted = select(SESSIONS.c.box, SESSIONS.c.seen_at).where(
        SESSIONS.c.id == session_id, SESSIONS.c.seen_at > seen_after, SESSIONS.c.ends_at > now
    )
    row = (await tx.execute(wanted)).one_or_none()
    return None if row is None else (row.box, row.seen_at)


async def touch(tx: Transaction, session_id: str, now: datetime) -> None:
    await tx.execute(update(SESSIONS).where(SESSIONS.c.id == session_id).values(seen_at=now))


async def replace(tx: Transaction, session_id: str, box: Ciphertext) -> None:
    """A session that ended meanwhile stays ended."""
    await tx.execute(update(SESSIONS).where(SESSIONS.c.id == session_id).values(box=box))


async def remove(tx: Transaction, session_id: str) -> None:
    await tx.execute(delete(SESSIONS).where(SESSIONS.c.id == session_id))


async def remove_over(tx: Transaction, seen_before: datetime, now: datetime) -> None:
    """Remove sessions that were idle too long, or have come to their end."""
    await tx.execute(delete(SESSIONS).where(or_(SESSIONS.c.seen_at <= seen_before, SESSIONS.c.ends_at <= now)))
