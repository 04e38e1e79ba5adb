"""Transactions on SQLite and PostgreSQL, column types, and one migration history per service.

Rule: whoever writes does it inside `Database.transact`; nobody else opens or commits a transaction.
"""

from shared.database.engine import Database, opened
from shared.database.inserting import insert_for
from shared.database.paging import Slice, paged
from shared.database.prepared import Prepared
from shared.database.transaction import Transaction
from shared.database.types import FOUNDATION, NAMES, Instant, ident

__all__ = [
    "FOUNDATION",
    "NAMES",
    "Database",
    "Instant",
    "Prepared",
    "Slice",
    "Transaction",
    "ident",
    "insert_for",
    "opened",
    "paged",
]
