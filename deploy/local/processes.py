"""Supervision of the processes of a local installation, by the one that runs `lodestar up`.

Rule: no child outlives its supervisor. The kernel kills children when it dies, its next start ends what slipped
through, and an orderly stop goes in reverse order, asked first and killed after a grace.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Self

from deploy.local.child import Child, end, spawn
from deploy.local.errors import LocalError
from deploy.local.leftovers import end_leftovers, forget, kill_group, remember
from deploy.local.lock import FolderLock
from deploy.local.state import StateFolder

FIRST_DELAY_SECONDS = 0.2
LONGEST_DELAY_SECONDS = 5.0
STEADY_SECONDS = 10.0


class Supervisor:
    """Holds the state folder's lock from `open` to `close`. Its loop runs in the main thread: the kernel ties
    children to the thread that started them."""

    def __init__(self, state: StateFolder, *, grace_s: float = 10.0) -> None:
        self._state = state
        self._grace_s = grace_s
        self._lock = FolderLock(state.lock)
        self.children: dict[str, Child] = {}

    def open(self) -> list[str]:
        """Take the folder and end what a crash left in it; the names of those. Raises LocalError."""
        self._state.create()
        self._lock.take()
        try:
            return end_leftovers(self._state.run)
        except BaseException:
            self._lock.release()
            raise

    async def close(self) -> None:
        await self.stop_all()
        self._lock.release()

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self.open)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def start(
        self, name: str, argv: Sequence[str], env: Mapping[str, str] | None = None, *, restart: bool = False
    ) -> Child:
        """Start a program; `env` is added to this process's own. restart: start it again when it dies by itself."""
        if name in self.children:
            raise LocalError(f"{name} is started already")
        child = Child(name, tuple(argv), env or {}, restart)
        await self._spawn(child)
        self.children[name] = child
        child.keeper = asyncio.create_task(self._keep(child), name=f"keep {name}")
        return child

    async def stop(self, name: str) -> None:
        """Ask one child to end, kill it with all that it started when the grace is over, and forget it."""
        child = self.children.pop(name)
        if child.keeper is not None:
            child.keeper.cancel()
            await asyncio.wait([child.keeper])
        if child.process is not None:
            await end(child.process, self._grace_s)
        forget(self._state.run, name)

    async def stop_all(self) -> None:
        """Stop every child, the last one started first."""
        for name in reversed(list(self.children)):
            await self.stop(name)

    async def _spawn(self, child: Child) -> None:
        child.process = await spawn(child, self._state.log_of(child.name))
        remember(self._state.run, child.name, child.process.pid)

    async def _keep(self, child: Child) -> None:
        """Wait for the child's end and start it again, after a delay that grows while it keeps dying young."""
        delay = FIRST_DELAY_SECONDS
        while True:
            code, lived = await self._outlive(child)
            if not child.restart:
                return
            delay = FIRST_DELAY_SECONDS if lived > STEADY_SECONDS else delay
            self._note(child, f"ended with {code}, starts again in {delay:g} s")
            await asyncio.sleep(delay)
            delay = min(2 * delay, LONGEST_DELAY_SECONDS)
            child.restarts += 1
            try:
                await self._spawn(child)
            except LocalError as failed:
                self._note(child, failed.message)

    async def _outlive(self, child: Child) -> tuple[int, float]:
        """The exit code of the child, and how many seconds it ran."""
        assert child.process is not None
        since = time.monotonic()
        code = await child.process.wait()
        kill_group(child.process.pid)
        forget(self._state.run, child.name)
        return code, time.monotonic() - since

    def _note(self, child: Child, text: str) -> None:
        with self._state.log_of(child.name).open("ab") as log:
            log.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} lodestar: {child.name} {text}\n".encode())
