"""Domain time and random ids, passed in wherever they are needed.

Rule: no domain code asks the operating system for the time. Production runs on `SystemClock`; outside production a
`MovedClock` stands still until it is moved, so that weeks of reception pass in minutes and runs can be compared.
Tokens, TLS, NATS timers and webhook tolerance stay on real time.
"""

import asyncio
import uuid
from contextlib import suppress
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Domain time in UTC, and a way to sleep until an instant of it."""

    def now(self) -> datetime: ...

    async def wait_until(self, due: datetime | None, woken: asyncio.Event, at_most_s: float) -> None:
        """Return when `due` has come, when `woken` is set, or after `at_most_s` real seconds."""
        ...


def new_id() -> str:
    """A random id, never ordered: 32 hex digits of a UUIDv4."""
    return uuid.uuid4().hex


class SystemClock:
    """The clock of production."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def wait_until(self, due: datetime | None, woken: asyncio.Event, at_most_s: float) -> None:
        seconds = at_most_s if due is None else min(at_most_s, max(0.0, (due - self.now()).total_seconds()))
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await woken.wait()


class MovedClock:
    """A clock that stands still until `move` is called; a move wakes whoever waits for an instant it has passed."""

    def __init__(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)
        self._waiting: set[asyncio.Event] = set()

    def now(self) -> datetime:
        return self._at

    def move(self, to: datetime) -> None:
        """Go forward to `to`; a clock never goes back, an earlier instant is ignored."""
        if to > self._at:
            self._at = to.astimezone(UTC)
            for woken in self._waiting:
                woken.set()

    async def wait_until(self, due: datetime | None, woken: asyncio.Event, at_most_s: float) -> None:
        if due is not None and due <= self._at:
            return
        self._waiting.add(woken)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(at_most_s):
                    await woken.wait()
        finally:
            self._waiting.discard(woken)
