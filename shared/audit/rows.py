"""The rows of the audit log.

Rule: every look and every change writes its row in the transaction that carries it; rows hold ids, never content.
A refused look is written down too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text, insert

from shared.database import FOUNDATION, Instant, Prepared, Transaction, ident

AUDIT = Table(
    "audit",
    FOUNDATION,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False),
    Column("actor_id", ident(), nullable=False),
    Column("actor_kind", String(16), nullable=False),
    Column("verb", String(64), nullable=False),
    Column("case_id", ident()),
    Column("subjects", Text, nullable=False),
    Column("correlation_id", ident(), nullable=False),
    Column("denied", Boolean, nullable=False),
    Index("ix_audit_case_id", "case_id"),
)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One row: `subjects` are the ids of what was touched or shown, a list is one row naming them all."""

    at: datetime
    actor_id: str
    actor_kind: str
    verb: str
    case_id: str | None
    subjects: tuple[str, ...]
    correlation_id: str
    denied: bool


_WRITE = Prepared(insert(AUDIT), columns=[column.name for column in AUDIT.c if column.name != "seq"])


async def write_audit(tx: Transaction, entries: Sequence[AuditEntry]) -> None:
    """Append the entries of a batch."""
    rows = [
        {
            "at": entry.at,
            "actor_id": entry.actor_id,
            "actor_kind": entry.actor_kind,
            "verb": entry.verb,
            "case_id": entry.case_id,
            "subjects": orjson.dumps(entry.subjects).decode(),
            "correlation_id": entry.correlation_id,
            "denied": entry.denied,
        }
        for entry in entries
    ]
    await tx.run(_WRITE, rows)
