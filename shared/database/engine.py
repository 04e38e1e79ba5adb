"""Group commit: jobs that arrive together share one transaction and one fsync.

Rule: a job may be run again after a failure, alone, so it decides inside its transaction whether its work was done
already (inbox row, idempotency key, claimed row). An error inside `Transaction.savepoint` undoes only that part; any
other error undoes the transaction and each of its jobs is tried alone. Where savepoints cost a round trip each
(PostgreSQL), a group first goes without them, and again with them when a part of it fails.
"""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, cast

from sqlalchemy import exc
from sqlalchemy.engine import make_url

from shared.database.postgres import PostgresBackend
from shared.database.sqlite import SqliteBackend
from shared.database.transaction import Transaction
from shared.errors import unavailable

log = logging.getLogger(__name__)

T = TypeVar("T")

GROUP = 512
ATTEMPTS = 6


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
        self._backend: _Backend = SqliteBackend(url) if self.dialect == "sqlite" else PostgresBackend(url)
        self._queue: asyncio.Queue[_Job] = asyncio.Queue()
        self._lanes: list[asyncio.Task[None]] = []
        self._closing = False
        self._present: set[object] = set()

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

    async def answers(self) -> bool:
        """Whether a transaction can be had within two seconds; for probes of health."""

        async def reach(_: Transaction) -> bool:
            return True

        try:
            async with asyncio.timeout(2):
                return await self.transact(reach)
        except Exception:
            return False

    async def outlast_present(self) -> None:
        """Return when every transaction that is open now has ended, and with it whatever it knew from before."""
        present = set(self._present)
        while present & self._present:
            await asyncio.sleep(0.01)

    async def _lane(self) -> None:
        while True:
            jobs = [await self._queue.get()]
            group = object()
            self._present.add(group)
            while len(jobs) < GROUP and not self._queue.empty():
                jobs.append(self._queue.get_nowait())
            try:
                await self._commit_together(jobs, savepoints=len(jobs) == 1 and not jobs[0].many)
            except Exception as error:
                log.critical("a lane failed: %s", type(error).__name__)
            finally:
                self._present.discard(group)
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


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """A database beside its service, for as long as a command needs it. Errors: Refusal unavailable."""
    database = Database(url)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


class _Spoiled(Exception):  # noqa: N818 - a signal, not a fault
    """A part failed without a savepoint of its own: nothing of this transaction may be committed."""


def is_transient(error: BaseException) -> bool:
    """Whether the same job may succeed when it is run again: deadlock, lost connection, locked database."""
    if not isinstance(error, exc.DBAPIError):
        return isinstance(error, OSError)
    state = getattr(error.orig, "sqlstate", None) or ""
    return error.connection_invalidated or isinstance(error, exc.OperationalError) or state[:2] in {"40", "08", "57"}
