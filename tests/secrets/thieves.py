"""What somebody can open who holds some of a house's databases and some of its keys.

Rule: a thief here knows the program and every id; only keys are missing.
"""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, Table, select

from deploy.local.house import Plan
from shared.database import opened
from shared.database.sqlite import sqlite_engine
from shared.errors import Refusal
from shared.messaging.outbox import OUTBOX
from shared.vault import Ciphertext, KeyStore, MasterKeys, PublicKeysets, SubjectCipher, Vault
from shared.vault.columns import BlindIndex
from shared.vault.keystore import VAULT_KEYS
from tests.support.world import domain_tables, read


@dataclass(frozen=True)
class Loot:
    """A copy of one service's database and key store."""

    service: str
    database: Path
    keys: Path

    @classmethod
    def taken(cls, plan: Plan, service: str, to: Path) -> "Loot":
        """Copy the files with their logs, as they lie on the disk of a running service."""
        to.mkdir(parents=True)
        database = plan.state.database_of(service)
        for path in database.parent.glob(f"{service}.*"):
            shutil.copy(path, to / path.name)
        return cls(service, to / database.name, to / database.with_suffix(".keys.sqlite").name)

    def cells(self) -> list[tuple[Table, str, Mapping[str, Any]]]:
        """Every encrypted cell: table, column, row."""
        with self._connection() as connection:
            return [
                (table, name, row)
                for table in domain_tables(self.service)
                for row in connection.execute(select(table)).mappings().all()
                for name, value in row.items()
                if isinstance(value, Ciphertext)
            ]

    def tables_naming(self, subject: str) -> set[str]:
        """The tables of the domain with an id in any of their columns."""
        with self._connection() as connection:
            return {
                table.name
                for table in domain_tables(self.service)
                for row in connection.execute(select(table)).mappings().all()
                if any(isinstance(value, str) and subject in value for value in row.values())
            }

    def outbox(self) -> list[dict[str, Any]]:
        """Every envelope that the service still could send again."""
        with self._connection() as connection:
            return [orjson.loads(body) for body in connection.execute(select(OUTBOX.c.body)).scalars()]

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        engine = sqlite_engine(f"sqlite:///{self.database}")
        with engine.connect() as connection, closing(connection):
            yield connection
        engine.dispose()

    async def open_with(self, master: Path) -> list[str]:
        """What the encrypted cells say that a master file opens, as `service` or as whoever the file belongs to."""
        async with opened(f"sqlite:///{self.keys}") as keys:
            vault = Vault(self.service, MasterKeys.load(master), PublicKeysets({}), KeyStore(keys))
            ciphers = {"own": vault.own()}
            for row in await read(keys, select(VAULT_KEYS.c.subject)):
                ciphers |= await _known(vault, row["subject"])
            return [said for cell in self.cells() if (said := _said(*cell, ciphers)) is not None]


async def _known(vault: Vault, subject: str) -> dict[str, SubjectCipher]:
    try:
        return await vault.ciphers([subject])
    except Refusal:
        return {}


def _said(table: Table, column: str, row: Mapping[str, Any], ciphers: Mapping[str, SubjectCipher]) -> str | None:
    key = [str(row[one.name]) for one in table.primary_key if not isinstance(one.type, BlindIndex)]
    context = f"{table.name}.{column}/{'/'.join(key)}"
    near = [value for value in row.values() if isinstance(value, str) and value in ciphers]
    for owner in dict.fromkeys([*near, *ciphers]):
        try:
            return ciphers[owner].decrypt(context, row[column]).decode()
        except Refusal:
            continue
    return None
