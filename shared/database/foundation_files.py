"""The tables of encrypted files, as the migration of every service that is named for them makes them.

Rule: frozen. Tables in code may grow; this file never changes, later migrations do.
"""

from alembic import op
from sqlalchemy import Boolean, Column, DateTime, Index, Integer, LargeBinary, MetaData, String, Table

from shared.database.types import NAMES

_TABLES = MetaData(naming_convention=NAMES)

Table(
    "files",
    _TABLES,
    Column("id", String(32), primary_key=True),
    Column("subject", String(32), nullable=False),
    Column("facts", LargeBinary, nullable=False),
    Column("chunks", Integer, nullable=False),
    Column("begun_at", DateTime(timezone=True), nullable=False),
    Column("kept", Boolean, nullable=False),
    Index("ix_files_subject", "subject"),
    Index("ix_files_kept_begun_at", "kept", "begun_at"),
)
Table(
    "file_chunks",
    _TABLES,
    Column("file_id", String(32), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("box", LargeBinary, nullable=False),
)


def upgrade() -> None:
    """Make the tables of files."""
    _TABLES.create_all(op.get_bind(), checkfirst=False)


def downgrade() -> None:
    """Drop the tables of files."""
    _TABLES.drop_all(op.get_bind(), checkfirst=False)
