"""Fires timers when they are due.

Rule: a timer's row goes in the transaction of what it does; one whose handler fails stays and is tried again after a
pause, without holding up the others. One whose subject is no longer there has nothing to do and goes.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from shared.access import system_actor
from shared.bell import Bell
from shared.database import Database, Transaction
from shared.errors import Refusal
from shared.timers import Timer, cancel_timer, due_timers, next_due
from shared.work import Batch, Cause, Tools, Work

log = logging.getLogger(__name__)

SWEEP_S = 5.0
GROUP = 50
PAUSES_S = (1.0, 5.0, 30.0, 120.0)

TimerHandler = Callable[[Work, str], Awaitable[None]]


class DueTimers:
    """Waits on the domain clock and fires what is due in one service."""

    def __init__(self, database: Database, tools: Tools, handlers: Mapping[str, TimerHandler]) -> None:
        self._database = database
        self._tools = tools
        self._handlers = handlers
        self._failures: dict[tuple[str, str], tuple[int, float]] = {}
        self._stopping = False

    @property
    def _bell(self) -> Bell:
        return self._tools.timer_bell

    async def run(self) -> None:
        """Fire until `stop`."""
        while not self._stopping:
            try:
                fired, due = await self._database.transact(self._fire)
            except Exception as error:
                log.warning("timers wait: %s", type(error).__name__)
                await asyncio.sleep(1.0)
                continue
            if not fired:
                await self._tools.clock.wait_until(due, self._bell.rung, SWEEP_S)
                self._bell.rung.clear()

    def stop(self) -> None:
        self._stopping = True
        self._bell.ring()

    async def _fire(self, tx: Transaction) -> tuple[int, datetime | None]:
        now = self._tools.clock.now()
        fired = 0
        due = await due_timers(tx, now, GROUP + len(self._failures))
        self._failures = {name: self._failures[name] for name in map(_name, due) if name in self._failures}
        for timer in due:
            if not self._resting(timer):
                fired += await self._fire_one(tx, timer)
        return fired, await next_due(tx, now)

    async def _fire_one(self, tx: Transaction, timer: Timer) -> int:
        name = _name(timer)
        try:
            actor = system_actor(self._tools.service)
            async with Batch.of(tx, self._tools).work(actor, Cause(timer.correlation_id)) as work:
                await cancel_timer(tx, *name)
                await self._handlers[timer.kind](work, timer.subject)
        except Exception as error:
            if isinstance(error, Refusal) and error.kind == "not_found":
                await cancel_timer(tx, *name)
                return 1
            failures = self._failures.get(name, (0, 0.0))[0]
            pause = PAUSES_S[min(failures, len(PAUSES_S) - 1)]
            self._failures[name] = (failures + 1, time.monotonic() + pause)
            log.error("timer failed: %s %s", timer.kind, type(error).__name__)
            return 0
        self._failures.pop(name, None)
        return 1

    def _resting(self, timer: Timer) -> bool:
        return self._failures.get(_name(timer), (0, 0.0))[1] > time.monotonic()


def _name(timer: Timer) -> tuple[str, str]:
    return timer.kind, timer.subject
