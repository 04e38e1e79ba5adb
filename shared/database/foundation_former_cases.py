"""The table of former cases of who was erased, as the migration of every service that is named for them makes it.

Rule: frozen. Tables in code may grow; this file never changes, later migrations do.
"""

from alembic import op
from sqlalchemy import Column, DateTime, Index, Integer, MetaData, String, Table

from shared.database.types import NAMES

_TABLES = MetaData(naming_convention=NAMES)

Table(
    "erased_from",
    _TABLES,
    Column("person_id", String(32), primary_key=True),
    Column("key", String(32), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("purged_through", Integer),
    Index(None, "key"),
)


def upgrade() -> None:
    """Make the table of former cases."""
    _TABLES.create_all(op.get_bind(), checkfirst=False)


def downgrade() -> None:
    """Drop the table of former cases."""
    _TABLES.drop_all(op.get_bind(), checkfirst=False)
