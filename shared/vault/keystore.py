"""The wrapped keys of persons, requests and cases, in a database of their own that is backed up apart and briefly.

Rule: the first key of a subject stays its key, and a destroyed key never comes back. Therefore destroying leaves a row
without content: whoever keeps a key for that subject later, by replay or from another replica's memory, keeps
nothing. The old bytes go from a SQLite file when its log is folded in (at the latest when the store closes), from
PostgreSQL with the next vacuum, and from backups with their brief retention.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table, delete, func, select, text, update
from sqlalchemy.schema import CreateTable

from shared.database import NAMES, Database, Instant, Transaction, ident, insert_for

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

# Real time as well: which process last said when what it has loaded.
VAULT_READERS = Table(
    "vault_readers",
    KEYS,
    Column("id", ident(), primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("seen_at", Instant, nullable=False),
)

DESTROYED = b""

GONE = timedelta(seconds=60)
"""A process that has said nothing for this long does not run any more."""


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A subject's key under the service's master key."""

    subject: str
    wrapped: bytes = field(repr=False)


async def create_tables(database: Database) -> None:
    """Create what is missing of the key store's tables."""

    async def create(tx: Transaction) -> None:
        for table in KEYS.sorted_tables:
            await tx.execute(CreateTable(table, if_not_exists=True))

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
            await tx.execute(insert_for(tx.dialect, VAULT_KEYS).on_conflict_do_nothing(), sorted(rows, key=_subject))
            return await _read(tx, [key.subject for key in keys])

        return await self._database.transact(insert)

    async def destroyed(self) -> set[str]:
        """Every subject whose key was destroyed."""

        async def look(tx: Transaction) -> set[str]:
            gone = select(VAULT_KEYS.c.subject).where(VAULT_KEYS.c.wrapped == DESTROYED)
            return set((await tx.execute(gone)).scalars())

        return await self._database.transact(look)

    async def destroy(self, subjects: Collection[str]) -> None:
        """Erase the keys for good, on disk when this returns; subjects that never had one cannot get one either."""

        async def erase(tx: Transaction) -> None:
            if tx.dialect == "sqlite":
                # Otherwise the old bytes stay readable in the file until their page is used again.
                (await tx.execute(text("PRAGMA secure_delete=ON"))).all()
            blank = insert_for(tx.dialect, VAULT_KEYS).on_conflict_do_update(
                index_elements=["subject"], set_={"wrapped": DESTROYED}
            )
            await tx.execute(blank, [{"subject": subject, "wrapped": DESTROYED} for subject in sorted(subjects)])

        await self._database.transact(erase)

    async def drop(self, subjects: Collection[str]) -> None:
        """Erase keys of subjects that nobody makes a key for again: no row says that there was one."""

        async def erase(tx: Transaction) -> None:
            if tx.dialect == "sqlite":
                (await tx.execute(text("PRAGMA secure_delete=ON"))).all()
            await tx.execute(delete(VAULT_KEYS).where(VAULT_KEYS.c.subject.in_(sorted(subjects))))

        await self._database.transact(erase)

    async def page(self, after: str, limit: int) -> list[WrappedKey]:
        """The next keys behind the subject `after`, in order of their subjects; destroyed ones are left out."""
        following = (VAULT_KEYS.c.subject > after) & (VAULT_KEYS.c.wrapped != DESTROYED)
        query = select(VAULT_KEYS).where(following).order_by(VAULT_KEYS.c.subject).limit(limit)

        async def read(tx: Transaction) -> list[WrappedKey]:
            return [WrappedKey(row.subject, row.wrapped) for row in await tx.execute(query)]

        return await self._database.transact(read)

    async def exchange(self, pairs: Sequence[tuple[WrappedKey, WrappedKey]]) -> None:
        """Put the second of each pair where the first still stands: a key that was destroyed meanwhile stays so."""

        async def write(tx: Transaction) -> None:
            for old, new in pairs:
                stands = (VAULT_KEYS.c.subject == old.subject) & (VAULT_KEYS.c.wrapped == old.wrapped)
                await tx.execute(update(VAULT_KEYS).where(stands).values(wrapped=new.wrapped))

        await self._database.transact(write)

    async def report(self, reader_id: str, generation: int) -> None:
        """A running process says which state of the master file it works with."""

        async def write(tx: Transaction) -> None:
            insert = insert_for(tx.dialect, VAULT_READERS)
            row = {"id": reader_id, "generation": generation, "seen_at": datetime.now(UTC)}
            await tx.execute(insert.on_conflict_do_update(index_elements=["id"], set_=row), row)
            await tx.execute(delete(VAULT_READERS).where(VAULT_READERS.c.seen_at < datetime.now(UTC) - GONE))

        await self._database.transact(write)

    async def leave(self, reader_id: str) -> None:
        """The process ends."""
        gone = delete(VAULT_READERS).where(VAULT_READERS.c.id == reader_id)
        await self._database.transact(lambda tx: tx.execute(gone))

    async def behind(self, generation: int) -> int:
        """How many running processes work with an earlier state of the master file."""
        running = VAULT_READERS.c.seen_at >= datetime.now(UTC) - GONE
        query = select(func.count()).where(running, VAULT_READERS.c.generation < generation)

        async def read(tx: Transaction) -> int:
            return int((await tx.execute(query)).scalar_one())

        return await self._database.transact(read)


def _subject(row: dict[str, Any]) -> str:
    # Rows go in in one order everywhere, so that two transactions never wait for each other.
    return str(row["subject"])


async def _read(tx: Transaction, subjects: Collection[str]) -> dict[str, bytes]:
    wanted = select(VAULT_KEYS.c.subject, VAULT_KEYS.c.wrapped).where(VAULT_KEYS.c.subject.in_(subjects))
    return {row.subject: row.wrapped for row in await tx.execute(wanted)}
