"""What was said to the databases of a process while something was done, statement by statement."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import CursorResult, Executable

from shared.database import Prepared, Transaction


@contextmanager
def statements() -> Iterator[list[str]]:
    """Every statement that runs inside the block, without its values, in order."""
    said: list[str] = []
    execute, run = Transaction.execute, Transaction.run

    async def executing(self: Transaction, statement: Executable, params: Any = None) -> CursorResult[Any]:
        said.append(str(statement))
        return await execute(self, statement, params)

    async def running(self: Transaction, prepared: Prepared, rows: Sequence[Mapping[str, Any]]) -> int:
        said.append(f"{prepared.on(self.dialect).sql} x {len(rows)}")
        return await run(self, prepared, rows)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Transaction, "execute", executing)
        patch.setattr(Transaction, "run", running)
        yield said
