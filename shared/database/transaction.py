"""One open transaction, whichever database it is on.

Rule: what fails inside a savepoint is undone, and only that; where there are no savepoints, everything is.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol

from sqlalchemy import CursorResult, Executable

from shared.database.prepared import Prepared

Params = dict[str, Any] | Sequence[dict[str, Any]] | None


class Transaction:
    """One open transaction, shared by the jobs of a group.

    `before_commit` hooks write what was collected; `after_commit` hooks wake whoever waits for it; `scope` holds
    what jobs of the same transaction share.
    """

    def __init__(self, dialect: str, run: "Runner", *, savepoints: bool = True) -> None:
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


class Runner(Protocol):
    """How a database runs what a transaction is given."""

    async def execute(self, statement: Executable, params: Params) -> CursorResult[Any]: ...

    async def driver(self, sql: str) -> None: ...

    async def prepared(self, sql: str, rows: list[tuple[Any, ...]]) -> int: ...
