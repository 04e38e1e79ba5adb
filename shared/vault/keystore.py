"""The wrapped keys of persons, requests and cases, in a database of their own that is backed up apart and briefly.

Rule: the first key of a subject stays its key, and a destroyed key never comes back. Therefore destroying leaves a row
without content: whoever keeps a key for that subject later, by replay or from another replica's memory, keeps
nothing. The old bytes go from a SQLite file when its log is folded in (at the latest when the store closes), from
PostgreSQL with the next vacuum, and from backups with their brief retention.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, LargeBinary, MetaData, Table, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateTable

from shared.database import NAMES, Database, Instant, Transaction, ident

KEYS = MetaData(naming_convention=NAMES)
"""The tables of the key store; never created in a service's main database."""

# Real time, not domain time: it is compared with the ages of backups.
VAULT_KEYS = Table(
    "vault_keys",
    KEYS,
    Column("subject", ident(), primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False, server_default=func.now()),
)

DESTROYED = b""


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A subject's key under the service's master key."""

    subject: str
    wrapped: bytes = field(repr=False)


async def create_tables(database: Database) -> None:
    """Create what is missing of the key store's tables."""

    async def create(tx: Transaction) -> None:
        await tx.execute(CreateTable(VAULT_KEYS, if_not_exists=True))

    await database.transact(create)


class KeyStore:
    """The table of wrapped keys. Errors of every method: Refusal unavailable when the database cannot be reached."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self, subjects: Collection[str]) -> dict[str, bytes]:
        """The wrapped keys that exist; missing and destroyed ones are absent."""
        rows = await self._database.transact(lambda tx: _read(tx, subjects))
        return {subject: wrapped for subject, wrapped in rows.items() if wrapped != DESTROYED}

    async def keep(self, keys: Sequence[WrappedKey]) -> dict[str, bytes]:
        """Store keys, on disk when this returns; return what now stands for each subject, DESTROYED included.

        A subject that has a row keeps it: repeating is harmless, and a second key for it is not stored.
        """

        async def insert(tx: Transaction) -> dict[str, bytes]:
            rows = [{"subject": key.subject, "wrapped": key.wrapped} for key in keys]
            await tx.execute(_insert(tx).on_conflict_do_nothing(), sorted(rows, key=_subject))
            return await _read(tx, [key.subject for key in keys])

        return await self._database.transact(insert)

    async def destroy(self, subjects: Collection[str]) -> None:
        """Erase the keys for good, on disk when this returns; subjects that never had one cannot get one either."""

        async def erase(tx: Transaction) -> None:
            if tx.dialect == "sqlite":
                # Otherwise the old bytes stay readable in the file until their page is used again.
                (await tx.execute(text("PRAGMA secure_delete=ON"))).all()
            blank = _insert(tx).on_conflict_do_update(index_elements=["subject"], set_={"wrapped": DESTROYED})
            await tx.execute(blank, [{"subject": subject, "wrapped": DESTROYED} for subject in sorted(subjects)])

        await self._database.transact(erase)


def _subject(row: dict[str, Any]) -> str:
    # Rows go in in one order everywhere, so that two transactions never wait for each other.
    return str(row["subject"])


def _insert(tx: Transaction) -> Any:
    return postgresql.insert(VAULT_KEYS) if tx.dialect == "postgresql" else sqlite.insert(VAULT_KEYS)


async def _read(tx: Transaction, subjects: Collection[str]) -> dict[str, bytes]:
    wanted = select(VAULT_KEYS.c.subject, VAULT_KEYS.c.wrapped).where(VAULT_KEYS.c.subject.in_(subjects))
    return {row.subject: row.wrapped for row in await tx.execute(wanted)}
