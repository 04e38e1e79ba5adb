"""One migration history per service, applied by an operator, never by a serving process.

Rule: a history lives in the service's `migrations` folder, goes up and down, and is the only thing that changes the
shape of a database. A process refuses to serve on a database that is not at its head.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, pool
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from shared.database.sqlite import sqlite_engine

_HERE = Path(__file__).parent


def config(versions: Path, connection: Connection | None = None, metadata: Sequence[MetaData] = ()) -> Config:
    """Alembic's configuration for the history in `versions`."""
    made = Config()
    made.set_main_option("script_location", str(_HERE / "alembic"))
    made.set_main_option("version_locations", str(versions))
    made.set_main_option("path_separator", "os")
    made.attributes["connection"] = connection
    made.attributes["metadata"] = list(metadata)
    return made


async def migrate(url: str, versions: Path, target: str = "head") -> None:
    """Bring the database to `target`: `head`, `base`, or a revision; up or down as needed."""

    def run(connection: Connection) -> None:
        here = MigrationContext.configure(connection).get_current_revision()
        go = config(versions, connection)
        known = [script.revision for script in ScriptDirectory.from_config(go).walk_revisions()]
        down = target == "base" or (target in known and here in known and known.index(target) > known.index(here))
        (command.downgrade if down else command.upgrade)(go, target)

    await _with_connection(url, run)


async def at_head(url: str, versions: Path) -> bool:
    """Whether the database has every migration of `versions`."""
    head = ScriptDirectory.from_config(config(versions)).get_current_head()
    found: list[str | None] = []
    await _with_connection(
        url, lambda connection: found.append(MigrationContext.configure(connection).get_current_revision())
    )
    return found == [head]


async def differences(url: str, metadata: Sequence[MetaData]) -> list[Any]:
    """What the tables in code and the migrated database do not agree on; empty when all is well."""
    found: list[Any] = []

    def compare(connection: Connection) -> None:
        context = MigrationContext.configure(connection, opts={"target_metadata": list(metadata)})
        found.extend(compare_metadata(context, list(metadata)))  # type: ignore[arg-type]

    await _with_connection(url, compare)
    return found


async def _with_connection(url: str, run: Any) -> None:
    if make_url(url).get_backend_name() == "sqlite":
        engine = sqlite_engine(url)
        with engine.begin() as connection:
            run(connection)
        engine.dispose()
        return
    remote = create_async_engine(url, poolclass=pool.NullPool)
    async with remote.begin() as connection:
        await connection.run_sync(run)
    await remote.dispose()
