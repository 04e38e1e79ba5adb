"""The table of runs, as the migration of every service that is named for them makes it.

Rule: frozen. Tables in code may grow; this file never changes, later migrations do.
"""

from alembic import op
from sqlalchemy import Column, DateTime, Index, Integer, MetaData, String, Table

from shared.database.types import NAMES

_TABLES = MetaData(naming_convention=NAMES)

Table(
    "runs",
    _TABLES,
    Column("id", String(32), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("subject", String(32), nullable=False),
    Column("key", String(32), nullable=False),
    Column("state", String(8), nullable=False),
    Column("why", String(64)),
    Column("asked_by", String(32), nullable=False),
    Column("asked_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    Column("attempts", Integer, nullable=False),
    Column("leased_until", DateTime(timezone=True)),
    Column("result_id", String(32)),
    Column("correlation_id", String(32), nullable=False),
    Index("ix_runs_state_asked_at", "state", "asked_at"),
    Index("ix_runs_subject", "subject"),
    Index("ix_runs_key", "key"),
)


def upgrade() -> None:
    """Make the table of runs."""
    _TABLES.create_all(op.get_bind(), checkfirst=False)


def downgrade() -> None:
    """Drop the table of runs."""
    _TABLES.drop_all(op.get_bind(), checkfirst=False)
