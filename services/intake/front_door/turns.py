"""Whose receipt is computed next: every source in its turn, a few at once.

Rule: whoever asks often waits behind themselves, not before others. When too many wait, the last of the source that
has most of them is sent away, so that nobody finds the house full of one visitor. What is computed is the same for
everyone.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from shared.errors import unavailable

T = TypeVar("T")

Turn = asyncio.Future[None]


class Turns:
    """at_once: how many are computed; waiting: how many more may wait. present: both together."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="argon2")
        self._free = at_once
        self._most = at_once + waiting
        self._lines: OrderedDict[str, deque[Turn]] = OrderedDict()
        self.present = 0

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)

    async def take(self, source: str, compute: Callable[[], T]) -> T:
        """source: whose turn it is, under a name that says nothing of them. Errors: Refusal unavailable `busy`."""
        if self.present >= self._most:
            self._send_one_away(source)
        turn: Turn = asyncio.get_running_loop().create_future()
        self._lines.setdefault(source, deque()).append(turn)
        self.present += 1
        self._go_on()
        try:
            await self._begin(source, turn)
            computed = asyncio.get_running_loop().run_in_executor(self._pool, compute)
            computed.add_done_callback(self._ended)
            # Whoever goes away leaves the thread at work until it is done.
            return await asyncio.shield(computed)
        finally:
            self.present -= 1

    async def _begin(self, source: str, turn: Turn) -> None:
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                self._ended(turn)
            elif turn in self._lines.get(source, ()):
                self._leave(source, turn)
            raise

    def _ended(self, _: object) -> None:
        self._free += 1
        self._go_on()

    def _go_on(self) -> None:
        while self._free and self._lines:
            source, line = self._lines.popitem(last=False)
            turn = line.popleft()
            if line:
                self._lines[source] = line
            self._free -= 1
            turn.set_result(None)

    def _leave(self, source: str, turn: Turn) -> None:
        line = self._lines[source]
        line.remove(turn)
        if not line:
            del self._lines[source]

    def _send_one_away(self, source: str) -> None:
        """Errors: Refusal unavailable `busy` when no other source has more of them waiting than this one."""
        fullest = max(self._lines, key=lambda one: len(self._lines[one]), default=source)
        mine = len(self._lines.get(source, ()))
        if fullest == source or len(self._lines[fullest]) <= mine + 1:
            raise unavailable("busy")
        turn = self._lines[fullest][-1]
        self._leave(fullest, turn)
        turn.set_exception(unavailable("busy"))
