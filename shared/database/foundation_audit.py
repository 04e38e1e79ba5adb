"""The tables of the audit chain, its index and its witnesses, as a migration of every service makes them.

Rule: frozen. Tables in code may grow; this file never changes, later migrations do.
"""

from alembic import op
from sqlalchemy import BigInteger, Column, DateTime, Integer, LargeBinary, MetaData, String, Table

from shared.database.types import NAMES

_TABLES = MetaData(naming_convention=NAMES)

Table(
    "audit_links",
    _TABLES,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False, unique=True),
    Column("hash", LargeBinary, nullable=False),
)
Table(
    "audit_about",
    _TABLES,
    Column("about", String(32), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
)
Table(
    "audit_chain",
    _TABLES,
    Column("slot", Integer, primary_key=True, autoincrement=False),
    Column("id", String(32), nullable=False),
    Column("told", BigInteger, nullable=False),
    Column("told_at", DateTime(timezone=True), nullable=False),
)
Table(
    "audit_witnesses",
    _TABLES,
    Column("publisher", String(32), primary_key=True),
    Column("chain_id", String(32), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, primary_key=True),
    Column("heard_at", DateTime(timezone=True), nullable=False),
)


def upgrade() -> None:
    """Make the tables; the linker fills them from the rows that are there."""
    _TABLES.create_all(op.get_bind(), checkfirst=False)


def downgrade() -> None:
    """Drop the tables; the rows of the log stay."""
    _TABLES.drop_all(op.get_bind(), checkfirst=False)
