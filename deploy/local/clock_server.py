"""The movable clock of a local installation: it stands still, and moves forward when the operator says so.

Rule: a move is on the disk before anybody hears of it, and the clock never goes back. It serves domain time only;
tokens, TLS and the bus stay on real time.
"""

import asyncio
import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg

from deploy.bus import CLOCK
from deploy.local.clock_moves import REFUSED, target
from deploy.local.errors import LocalError
from deploy.local.state import write_private
from shared.contracts.fields import as_instant
from shared.contracts.topology import CLOCK_ADVANCE, CLOCK_MOVED, CLOCK_NOW, inbox_of

RECONNECT_SECONDS = 0.5
FIRST_CONNECT_SECONDS = 10.0


class ClockServer:
    """Answers `clock.now` and `clock.advance` from `start` to `stop`, through every restart of the bus."""

    def __init__(
        self, url: str, seed_path: Path, file: Path, starts_at: datetime, *, patience_s: float = FIRST_CONNECT_SECONDS
    ) -> None:
        """seed_path: the clock's credential. starts_at: where it stands, unless `file` tells of a later instant.
        patience_s: how many seconds `start` waits for the bus."""
        self._patience_s = patience_s
        self._url = url
        self._seed_path = seed_path
        self._file = file
        self._at = max(starts_at.astimezone(UTC), _read(file) or starts_at)
        self._client = Client()
        self._ready = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def now(self) -> datetime:
        return self._at

    async def start(self) -> None:
        """Return when it answers; raises LocalError when the bus cannot be reached."""
        write_private(self._file, _written(self._at))
        self._task = asyncio.create_task(self._serve(), name="clock")
        try:
            await asyncio.wait_for(self._ready.wait(), self._patience_s)
        except TimeoutError as silent:
            await self.stop()
            raise LocalError(f"the clock finds no bus at {self._url}") from silent

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        await self._client.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def _serve(self) -> None:
        """The library reconnects by itself, but gives up on some errors of the server: then begin anew."""
        while True:
            closed = asyncio.Event()
            with suppress(nats.errors.Error, OSError, TimeoutError):
                await self._connect(closed)
                self._ready.set()
                await closed.wait()
            await self._client.close()
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _connect(self, closed: asyncio.Event) -> None:
        async def on_closed() -> None:
            closed.set()

        self._client = Client()
        await self._client.connect(
            self._url,
            nkeys_seed=str(self._seed_path),
            inbox_prefix=inbox_of(CLOCK),
            max_reconnect_attempts=-1,
            reconnect_time_wait=RECONNECT_SECONDS,  # type: ignore[arg-type]
            reconnected_cb=self._tell,
            closed_cb=on_closed,
            error_cb=_go_on,
        )
        await self._client.subscribe(CLOCK_NOW, cb=self._answer)
        await self._client.subscribe(CLOCK_ADVANCE, cb=self._advance)
        await self._client.flush()
        await self._tell()

    async def _tell(self) -> None:
        """Also after a reconnect: whoever missed a move while the bus was away hears of it now."""
        await self._client.publish(CLOCK_MOVED, self._instant())

    async def _answer(self, asked: Msg) -> None:
        if asked.reply:
            await asked.respond(self._instant())

    async def _advance(self, asked: Msg) -> None:
        try:
            to = target(self._at, asked.data.decode())
        except ValueError as wrong:
            if asked.reply:
                await self._client.publish(asked.reply, headers={REFUSED: str(wrong)})
            return
        write_private(self._file, _written(to))
        self._at = to
        await self._tell()
        await self._answer(asked)

    def _instant(self) -> bytes:
        return as_instant(self._at).encode()


def _written(at: datetime) -> bytes:
    return json.dumps({"at": as_instant(at)}).encode()


def _read(file: Path) -> datetime | None:
    if not file.exists():
        return None
    return datetime.fromisoformat(json.loads(file.read_bytes())["at"])


async def _go_on(_: Exception) -> None:
    """Errors of the connection are answered by reconnecting."""
