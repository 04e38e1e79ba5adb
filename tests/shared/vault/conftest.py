"""Services with real key files and real key stores, in the test's own folder."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from shared.database import Database
from shared.vault import KeyStore, MasterKeys, PublicKeysets, Vault, create_tables, public_entry

SERVICES = ("intake", "logistics", "notify")

Open = Callable[[Path], Awaitable[Database]]


@pytest.fixture
async def open_database() -> AsyncIterator[Open]:
    """Opens SQLite files; closes them after the test."""
    async with AsyncExitStack() as stack:

        async def opened(path: Path) -> Database:
            database = Database(f"sqlite:///{path}")
            await database.open()
            stack.push_async_callback(database.close)
            return database

        yield opened


class Town:
    """Three services that know each other's public keys."""

    def __init__(self, folder: Path, opened: Open) -> None:
        self.folder = folder
        self._opened = opened
        for service in SERVICES:
            MasterKeys.create(self.master_file(service))

    def master_file(self, service: str) -> Path:
        return self.folder / f"{service}.master.json"

    def masters(self, service: str) -> MasterKeys:
        return MasterKeys.load(self.master_file(service))

    def recipients(self) -> PublicKeysets:
        return PublicKeysets({service: public_entry(self.masters(service)) for service in SERVICES})

    async def store(self, service: str) -> KeyStore:
        database = await self._opened(self.folder / f"{service}.keys.db")
        await create_tables(database)
        return KeyStore(database)

    async def vault(self, service: str) -> Vault:
        """A fresh process of the service: nothing in memory but what its files say."""
        return Vault(service, self.masters(service), self.recipients(), await self.store(service))


@pytest.fixture
def town(tmp_path: Path, open_database: Open) -> Town:
    return Town(tmp_path, open_database)
