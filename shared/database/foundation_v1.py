"""The foundation tables as the first migration of every service makes them.

Rule: frozen. Tables in code may grow; this file never changes, later migrations do.
"""

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from shared.database.types import NAMES

_TABLES = MetaData(naming_convention=NAMES)


def _id(name: str, *, key: bool = False) -> Column[str]:
    return Column(name, String(32), primary_key=key, nullable=False)


def _at(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


def _seq() -> Column[int]:
    return Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)


Table("outbox_heads", _TABLES, _id("key", key=True), Column("revision", Integer, nullable=False))
_outbox = Table(
    "outbox",
    _TABLES,
    _seq(),
    Column("event_id", String(32), nullable=False, unique=True),
    Column("subject", String(160), nullable=False),
    _id("key"),
    Column("revision", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    _id("correlation_id"),
    Column("traceparent", String(64)),
    _at("published_at", nullable=True),
    sqlite_autoincrement=True,
)
_unpublished = text("published_at IS NULL")
Index("ix_outbox_unpublished", _outbox.c.seq, sqlite_where=_unpublished, postgresql_where=_unpublished)
Table(
    "inbox",
    _TABLES,
    _id("event_id", key=True),
    Column("publisher", String(32), nullable=False),
    _id("key"),
    Column("revision", Integer, nullable=False),
    _at("applied_at"),
)
Table(
    "inbox_cursors",
    _TABLES,
    Column("publisher", String(32), primary_key=True),
    _id("key", key=True),
    Column("revision", Integer, nullable=False),
    Column("waiting", Integer, nullable=False),
    Column("parked", Boolean, nullable=False),
)
Table(
    "inbox_waiting",
    _TABLES,
    Column("publisher", String(32), primary_key=True),
    _id("key", key=True),
    Column("revision", Integer, primary_key=True),
    _id("event_id"),
    Column("body", LargeBinary, nullable=False),
    _at("since"),
)
Table(
    "inbox_parked",
    _TABLES,
    _id("id", key=True),
    Column("publisher", String(32), nullable=False),
    _id("key"),
    Column("revision", Integer),
    _id("event_id"),
    Column("subject", String(160), nullable=False),
    Column("reason", String(120), nullable=False),
    Column("body", LargeBinary, nullable=False),
    _at("parked_at"),
    Column("state", String(16), nullable=False),
    UniqueConstraint("publisher", "event_id"),
    Index("ix_inbox_parked_state", "state"),
)
Table(
    "timers",
    _TABLES,
    Column("kind", String(64), primary_key=True),
    _id("subject", key=True),
    _at("due_at"),
    _id("correlation_id"),
    Index("ix_timers_due_at", "due_at"),
)
Table(
    "audit",
    _TABLES,
    _seq(),
    _at("at"),
    _id("actor_id"),
    Column("actor_kind", String(16), nullable=False),
    Column("verb", String(64), nullable=False),
    Column("case_id", String(32)),
    Column("subjects", Text, nullable=False),
    _id("correlation_id"),
    Column("denied", Boolean, nullable=False),
    Index("ix_audit_case_id", "case_id"),
)
Table(
    "answers",
    _TABLES,
    _id("actor_id", key=True),
    Column("key", String(64), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("answer", LargeBinary),
    _at("kept_at"),
    Index("ix_answers_kept_at", "kept_at"),
)
Table(
    "access_entries",
    _TABLES,
    _id("case_id", key=True),
    _id("actor_id", key=True),
    Column("relation", String(8), primary_key=True),
    _at("since"),
    Index("ix_access_entries_actor_id_relation", "actor_id", "relation"),
)
Table(
    "approvals",
    _TABLES,
    _id("id", key=True),
    Column("kind", String(64), nullable=False),
    _id("subject_id"),
    Column("digest", String(64), nullable=False),
    _id("proposed_by"),
    _at("proposed_at"),
    _at("expires_at"),
    Column("needed", Integer, nullable=False),
    Column("state", String(8), nullable=False),
    _at("decided_at", nullable=True),
    _at("used_at", nullable=True),
    CheckConstraint("needed >= 1", name="needed"),
    Index("ix_approvals_kind_subject_id", "kind", "subject_id"),
    Index("ix_approvals_state_expires_at", "state", "expires_at"),
)
Table(
    "approval_signatures",
    _TABLES,
    Column("approval_id", String(32), ForeignKey("approvals.id"), primary_key=True),
    _id("actor_id", key=True),
    Column("verdict", String(8), nullable=False),
    _at("at"),
)


def upgrade() -> None:
    """Make all foundation tables."""
    _TABLES.create_all(op.get_bind(), checkfirst=False)


def downgrade() -> None:
    """Drop all foundation tables."""
    _TABLES.drop_all(op.get_bind(), checkfirst=False)
