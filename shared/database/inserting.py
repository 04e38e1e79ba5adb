"""Inserts that say what becomes of a row that is there already.

Rule: both databases say it in the same words, each in its own dialect; only here does anybody choose between them.
"""

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_for(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that takes `on_conflict_do_nothing` or `on_conflict_do_update`. dialect: of the open transaction."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
