"""Group commit: jobs that arrive together share one transaction and one fsync.

Rule: a job may be run again after a failure, alone, so it decides inside its transaction whether its work was done
already (inbox row, idempotency key, claimed row). An error inside `Transaction.savepoint` undoes only that part; any
other error undoes the transaction and each of its jobs is tried alone. Where savepoints cost a round trip each
(PostgreSQL), a group first goes without them, and again with them when a part of it fails.

SQLite: one lane; statements run on the event loop's thread (microseconds each), BEGIN and COMMIT in a thread of
their own, because they wait. PostgreSQL: several lanes on asyncpg.
"""

import asyncio
import logging
import random
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, cast

from sqlalchemy import Connection, CursorResult, Executable, exc
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from shared.database.prepared import Prepared
from shared.database.sqlite import sqlite_engine
from shared.errors import unavailable

log = logging.getLogger(__name__)

T = TypeVar("T")
Params = dict[str, Any] | Sequence[dict[str, Any]] | None

GROUP = 256
POSTGRES_LANES = 4
ATTEMPTS = 6


class Transaction:
    """One open transaction, shared by the jobs of a group.

    `before_commit` hooks write what was collected; `after_commit` hooks wake whoever waits for it; `scope` holds
    what jobs of the same transaction share.
    """

    def __init__(self, dialect: str, run: "_Runner", *, savepoints: bool = True) -> None:
        self.dialect = dialect
        self.spoiled = False
        self.before_commit: list[Callable[[], Awaitable[None]]] = []
        self.after_commit: list[Callable[[], None]] = []
        self.scope: dict[type, Any] = {}
        self.contained: BaseException | None = None
        self._run = run
        self._savepoints = savepoints
        self._depth = 0

    async def execute(self, statement: Executable, params: Params = None) -> CursorResult[Any]:
        """Run a statement; a sequence of parameter sets runs it for each."""
        return await self._run.execute(statement, params)

    async def run(self, prepared: Prepared, rows: Sequence[Mapping[str, Any]]) -> int:
        """Run a prepared write for each of `rows`; returns how many rows it touched, as far as the driver knows."""
        form = prepared.on(self.dialect)
        return await self._run.prepared(form.sql, [form.parameters(row) for row in rows])

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """What fails inside is undone, and only that."""
        if not self._savepoints:
            try:
                yield
            except BaseException:
                self.spoiled = True
                raise
            return
        self._depth += 1
        name = f"s{self._depth}"
        await self._run.driver(f"SAVEPOINT {name}")
        try:
            yield
        except BaseException as error:
            await self._run.driver(f"ROLLBACK TO SAVEPOINT {name}")
            self.contained = error
            raise
        else:
            await self._run.driver(f"RELEASE SAVEPOINT {name}")
        finally:
            self._depth -= 1


class _Runner(Protocol):
    async def execute(self, statement: Executable, params: Params) -> CursorResult[Any]: ...

    async def driver(self, sql: str) -> None: ...

    async def prepared(self, sql: str, rows: list[tuple[Any, ...]]) -> int: ...


class _Backend(Protocol):
    lanes: int

    def transaction(self, *, savepoints: bool) -> Any: ...

    async def close(self) -> None: ...


@dataclass(eq=False)
class _Job:
    run: Callable[[Transaction], Awaitable[Any]]
    done: asyncio.Future[Any]
    many: bool
    result: Any = None
    error: Exception | None = None
    attempts: int = 0

    async def attempt(self, tx: Transaction) -> None:
        self.result = self.error = None
        try:
            self.result = await self.run(tx)
        except Exception as error:
            if tx.contained is not error or (isinstance(error, exc.DBAPIError) and is_transient(error)):
                raise
            self.error = error
        if tx.spoiled:
            raise _Spoiled

    def settle(self) -> None:
        if self.error is not None:
            self.fail(self.error)
        elif not self.done.done():
            self.done.set_result(self.result)

    def fail(self, error: Exception) -> None:
        """Whoever waited may be gone, cancelled."""
        if not self.done.done():
            self.done.set_exception(error)


class Database:
    """A service's database, or its key store.

    url: `sqlite:///path` or `postgresql+asyncpg://…`.
    """

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self.url = url
        self.dialect = parsed.get_backend_name()
        self._backend: _Backend = _Sqlite(url) if self.dialect == "sqlite" else _Postgres(url)
        self._queue: asyncio.Queue[_Job] = asyncio.Queue()
        self._lanes: list[asyncio.Task[None]] = []
        self._closing = False

    async def open(self) -> None:
        self._lanes = [asyncio.create_task(self._lane(), name="lane") for _ in range(self._backend.lanes)]

    async def close(self) -> None:
        """Finish what was handed in, then close."""
        self._closing = True
        await self._queue.join()
        for lane in self._lanes:
            lane.cancel()
        await asyncio.gather(*self._lanes, return_exceptions=True)
        await self._backend.close()

    async def transact(self, run: Callable[[Transaction], Awaitable[T]], *, many: bool = False) -> T:
        """Run `run` in a transaction, perhaps together with others; return its result once that is on disk.

        many: it has many parts in savepoints of their own, which hardly ever fail.
        Errors: whatever `run` raised; Refusal unavailable when the database cannot be reached.
        """
        if self._closing:
            raise unavailable("closing")
        job = _Job(run, asyncio.get_running_loop().create_future(), many)
        self._queue.put_nowait(job)
        # Who awaits may be cancelled, and with them this future; the job itself goes on in its lane.
        return cast(T, await job.done)

    async def _lane(self) -> None:
        while True:
            jobs = [await self._queue.get()]
            while len(jobs) < GROUP and not self._queue.empty():
                jobs.append(self._queue.get_nowait())
            try:
                await self._commit_together(jobs, savepoints=len(jobs) == 1 and not jobs[0].many)
            except Exception as error:
                log.critical("a lane failed: %s", type(error).__name__)
            finally:
                for job in jobs:
                    job.fail(unavailable("interrupted"))
                    self._queue.task_done()

    async def _commit_together(self, jobs: list[_Job], *, savepoints: bool) -> None:
        try:
            async with self._backend.transaction(savepoints=savepoints) as tx:
                for job in jobs:
                    await job.attempt(tx)
                for hook in tx.before_commit:
                    await hook()
        except Exception as error:
            if len(jobs) == 1 and savepoints:
                await self._again(jobs[0], error)
            else:
                for job in jobs:
                    await self._commit_together([job], savepoints=True)
            return
        for wake in tx.after_commit:
            wake()
        for job in jobs:
            job.settle()

    async def _again(self, job: _Job, error: Exception) -> None:
        job.attempts += 1
        if not is_transient(error):
            job.fail(error)
        elif job.attempts >= ATTEMPTS:
            job.fail(unavailable("database_unreachable"))
        else:
            await asyncio.sleep(random.uniform(0.5, 1.0) * 0.02 * 2**job.attempts)  # noqa: S311 - spreads retries
            await self._commit_together([job], savepoints=True)


class _Spoiled(Exception):  # noqa: N818 - a signal, not a fault
    """A part failed without a savepoint of its own: nothing of this transaction may be committed."""


def is_transient(error: BaseException) -> bool:
    """Whether the same job may succeed when it is run again: deadlock, lost connection, locked database."""
    if not isinstance(error, exc.DBAPIError):
        return isinstance(error, OSError)
    state = getattr(error.orig, "sqlstate", None) or ""
    return error.connection_invalidated or isinstance(error, exc.OperationalError) or state[:2] in {"40", "08", "57"}


class _Sqlite:
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


class _Postgres:
    lanes = POSTGRES_LANES

    def __init__(self, url: str) -> None:
        self._engine: AsyncEngine = create_async_engine(
            url, pool_size=POSTGRES_LANES, max_overflow=0, connect_args={"timeout": 5, "command_timeout": 30}
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
