"""Of a service's replicas one relays.

Rule: a session lock decides (PostgreSQL advisory lock, a locked file beside SQLite); who loses its session stops
relaying. Two at once for a moment would only publish duplicates, which the stream and the inboxes drop.
"""

import asyncio
import fcntl
import logging
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy.engine import make_url

from shared.bell import Bell
from shared.messaging.outbox import NOTIFY_CHANNEL
from shared.messaging.relay import Relay

log = logging.getLogger(__name__)

TRY_EVERY_S = 1.0


async def relay_while_leading(relay: Relay, url: str, bell: Bell) -> None:
    """Run `relay` whenever this process holds the lock of its database, until the relay was stopped."""
    while not relay.stopping:
        try:
            async with _leading(relay, url, bell) as lost:
                await _run_until(relay, lost)
        except Exception as error:
            # Whatever it was, events wait in the outbox until this runs again.
            log.warning("not leading: %s", type(error).__name__)
        if not relay.stopping:
            await asyncio.sleep(TRY_EVERY_S)


async def _run_until(relay: Relay, lost: asyncio.Event) -> None:
    running = asyncio.ensure_future(relay.run())
    losing = asyncio.ensure_future(lost.wait())
    try:
        await asyncio.wait([running, losing], return_when=asyncio.FIRST_COMPLETED)
    finally:
        losing.cancel()
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


@asynccontextmanager
async def _leading(relay: Relay, url: str, bell: Bell) -> AsyncIterator[asyncio.Event]:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        async with _file_lock(Path(str(parsed.database) + ".relay")) as lost:
            yield lost
    else:
        async with _advisory_lock(relay, url, bell) as lost:
            yield lost


@asynccontextmanager
async def _file_lock(path: Path) -> AsyncIterator[asyncio.Event]:
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise OSError("another process relays") from error
        yield asyncio.Event()


@asynccontextmanager
async def _advisory_lock(relay: Relay, url: str, bell: Bell) -> AsyncIterator[asyncio.Event]:
    dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    lost = asyncio.Event()
    connection: Any = await asyncpg.connect(dsn, timeout=5, command_timeout=30)
    try:
        connection.add_termination_listener(lambda _: lost.set())
        number = zlib.crc32(b"lodestar relay")
        while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", number):
            await asyncio.sleep(TRY_EVERY_S)
            if relay.stopping:
                raise OSError("stopping")
        await connection.add_listener(NOTIFY_CHANNEL, lambda *_: bell.ring())
        yield lost
    finally:
        await connection.close(timeout=2)
