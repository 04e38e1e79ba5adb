"""PostgreSQL: several lanes on asyncpg.

Rule: a peer that has vanished without a word is given up after seconds, not minutes.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import CursorResult, Executable
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from shared.database.transaction import Params, Transaction

LANES = 4


class PostgresBackend:
    """A pool with a connection per lane."""

    lanes = LANES

    def __init__(self, url: str) -> None:
        self._engine: AsyncEngine = create_async_engine(
            url, pool_size=LANES, max_overflow=0, connect_args={"timeout": 5, "command_timeout": 30}
        )

    @asynccontextmanager
    async def transaction(self, *, savepoints: bool) -> AsyncIterator[Transaction]:
        async with self._engine.begin() as connection:
            yield Transaction("postgresql", _Remote(connection), savepoints=savepoints)

    async def close(self) -> None:
        await self._engine.dispose()


class _Remote:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def execute(self, statement: Executable, params: Params) -> CursorResult[Any]:
        return await self._connection.execute(statement, params)

    async def driver(self, sql: str) -> None:
        await self._connection.exec_driver_sql(sql)

    async def prepared(self, sql: str, rows: list[tuple[Any, ...]]) -> int:
        given = rows[0] if len(rows) == 1 else rows
        return int((await self._connection.exec_driver_sql(sql, given)).rowcount)
