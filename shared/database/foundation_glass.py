"""The tables of broken glass as a migration of every service makes them.

Rule: frozen. Tables in code may grow; this file never changes, later migrations do.
"""

from alembic import op
from sqlalchemy import Column, DateTime, Index, LargeBinary, MetaData, String, Table

from shared.database.types import NAMES

_TABLES = MetaData(naming_convention=NAMES)

Table(
    "glass",
    _TABLES,
    Column("case_id", String(32), primary_key=True),
    Column("actor_id", String(32), primary_key=True),
    Column("until", DateTime(timezone=True), nullable=False),
    Index("ix_glass_actor_id_until", "actor_id", "until"),
)
Table(
    "glass_breakings",
    _TABLES,
    Column("id", String(32), primary_key=True),
    Column("case_id", String(32), nullable=False),
    Column("actor_id", String(32), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("reason", LargeBinary, nullable=False),
    Index("ix_glass_breakings_case_id_at", "case_id", "at"),
)


def upgrade() -> None:
    """Make the tables."""
    _TABLES.create_all(op.get_bind(), checkfirst=False)


def downgrade() -> None:
    """Drop the tables."""
    _TABLES.drop_all(op.get_bind(), checkfirst=False)
