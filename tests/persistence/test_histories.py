"""Migrations go up and down on both databases, and lose nothing that they need not lose."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Boolean, Column, DateTime, Integer, LargeBinary, String, func, insert, select

from deploy.snapshots.apis import COMPOSERS, composed
from shared.database import FOUNDATION, Database, Transaction, foundation_v1
from shared.database.migrations import at_head, differences, migrate
from shared.runtime import Blueprint
from tests.support.databases import database_url
from tests.support.room import NOON

FIRST = foundation_v1._TABLES


@pytest.fixture(scope="module")
def blueprints() -> dict[str, Blueprint]:
    return {name: runtime.blueprint for name, runtime in composed().items()}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("service", COMPOSERS)
async def test_a_history_goes_up_and_down(
    service: str, kind: str, tmp_path: Path, blueprints: dict[str, Blueprint]
) -> None:
    """At the head the database is what the code says; rows of the foundation outlive all that came after it."""
    url, made = database_url(kind, tmp_path, service), blueprints[service]
    await migrate(url, made.migrations, "0001")
    await with_database(url, fill_foundation)
    for target in ("head", "0001", "head"):
        await migrate(url, made.migrations, target)
        assert await at_head(url, made.migrations) is (target == "head")
        assert set((await with_database(url, count_foundation)).values()) == {1}
    assert await differences(url, [FOUNDATION, made.metadata]) == []
    await migrate(url, made.migrations, "base")
    assert not await at_head(url, made.migrations)
    await migrate(url, made.migrations)
    assert await differences(url, [FOUNDATION, made.metadata]) == []
    assert set((await with_database(url, count_foundation)).values()) == {0}


async def with_database(url: str, job: Any) -> Any:
    """Run one job on a database that nobody else has open."""
    database = Database(url)
    await database.open()
    try:
        return await database.transact(job)
    finally:
        await database.close()


async def fill_foundation(tx: Transaction) -> None:
    """One row in every table of the foundation as the first migration makes it."""
    for table in FIRST.sorted_tables:
        await tx.execute(insert(table), {column.name: sample(column) for column in table.columns})


async def count_foundation(tx: Transaction) -> dict[str, int]:
    tables = FIRST.sorted_tables
    return {table.name: (await tx.execute(select(func.count()).select_from(table))).scalar_one() for table in tables}


def sample(column: Column[Any]) -> Any:
    """A value that fits a column; equal columns get equal ones, so that references hold."""
    if isinstance(column.type, DateTime):
        return NOON
    if isinstance(column.type, Boolean):
        return False
    if isinstance(column.type, Integer):
        return 1
    if isinstance(column.type, LargeBinary):
        return b"body"
    assert isinstance(column.type, String)
    return "0" * min(column.type.length or 32, 32)
