"""What this service heard of the audit logs of the others: how far each chain had come, and the hash of its end.

Rule: a head that was heard is never changed or forgotten; whoever cuts off or rewrites a log would have to do so in
every service that heard of it.
"""

from datetime import datetime

from sqlalchemy import BigInteger, Column, LargeBinary, String, Table
from sqlalchemy.dialects import postgresql, sqlite

from shared.audit.chain import Head
from shared.database import FOUNDATION, Instant, Prepared, ident

WITNESSES = Table(
    "audit_witnesses",
    FOUNDATION,
    Column("publisher", String(32), primary_key=True),
    Column("chain_id", ident(), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, primary_key=True),
    Column("heard_at", Instant, nullable=False),
)

KEEP_HEAD = Prepared(
    *(kind.insert(WITNESSES).on_conflict_do_nothing() for kind in (sqlite, postgresql)),
    columns=("publisher", "chain_id", "number", "hash", "heard_at"),
)


def heard(publisher: str, head: Head, at: datetime) -> dict[str, object]:
    """The row of KEEP_HEAD for a head that `publisher` told."""
    return {
        "publisher": publisher,
        "chain_id": head.chain_id,
        "number": head.number,
        "hash": head.hash,
        "heard_at": at,
    }
