"""The table of revocations as a migration of every service makes it.

Rule: frozen. Tables in code may grow; this file never changes, later migrations do.
"""

from alembic import op
from sqlalchemy import Column, DateTime, MetaData, String, Table

from shared.database.types import NAMES

_TABLES = MetaData(naming_convention=NAMES)

Table(
    "revocations",
    _TABLES,
    Column("actor_id", String(32), primary_key=True),
    Column("before", DateTime(timezone=True), nullable=False),
)


def upgrade() -> None:
    """Make the table."""
    _TABLES.create_all(op.get_bind(), checkfirst=False)


def downgrade() -> None:
    """Drop the table."""
    _TABLES.drop_all(op.get_bind(), checkfirst=False)
