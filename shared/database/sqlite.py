"""SQLite: one lane; statements run on the event loop's thread (microseconds each), BEGIN and COMMIT in a thread of
their own, because they wait.

Rule: every connection has the same pragmas, and a transaction takes the write lock when it begins, so that nobody
finds out at the commit that somebody else was first.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, cast

from sqlalchemy import Connection, CursorResult, Engine, Executable, create_engine, event, exc
from sqlalchemy.pool import NullPool

from shared.database.transaction import Params, Transaction


def sqlite_engine(url: str) -> Engine:
    """A synchronous engine with WAL, FULL sync and transactions that take the write lock when they begin."""
    engine = create_engine(url, poolclass=NullPool, connect_args={"check_same_thread": False, "isolation_level": None})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        for pragma in ("busy_timeout=20000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


class SqliteBackend:
    """One connection, one writer."""

    lanes = 1

    def __init__(self, url: str) -> None:
        self._engine = sqlite_engine(url)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="commit")
        self._connection: Connection | None = None

    @asynccontextmanager
    async def transaction(self, *, savepoints: bool) -> AsyncIterator[Transaction]:
        loop = asyncio.get_running_loop()
        if self._connection is None:
            self._connection = await loop.run_in_executor(self._thread, self._engine.connect)
        connection = self._connection
        begun = await loop.run_in_executor(self._thread, connection.begin)
        try:
            yield Transaction("sqlite", _Inline(connection))
            await loop.run_in_executor(self._thread, begun.commit)
        except BaseException:
            await loop.run_in_executor(self._thread, begun.rollback)
            raise

    async def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._engine.dispose()
        self._thread.shutdown()


class _Inline:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._driver = cast(Any, connection.connection.driver_connection)

    async def execute(self, statement: Executable, params: Params) -> CursorResult[Any]:
        return self._connection.execute(statement, params)

    async def driver(self, sql: str) -> None:
        self._driver.execute(sql)

    async def prepared(self, sql: str, rows: list[tuple[Any, ...]]) -> int:
        try:
            cursor = self._driver.execute(sql, rows[0]) if len(rows) == 1 else self._driver.executemany(sql, rows)
        except sqlite3.Error as error:
            raise exc.DBAPIError.instance(sql, None, error, sqlite3.Error, dialect=self._connection.dialect) from error
        return int(cursor.rowcount)
