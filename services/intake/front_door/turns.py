"""Whose receipt is computed next, and whose file is made anew: every source in its turn, a few at once.

Rule: whoever asks often waits behind themselves, not before others. When too many wait, the last of the source that
has most of them is sent away (`places.py`), so that nobody finds the house full of one visitor. What is computed is the
same for everyone.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import TypeVar

from services.intake.front_door.places import gives_way
from shared.errors import unavailable

T = TypeVar("T")

Turn = asyncio.Future[None]


class Turns:
    """at_once: how many are computed; waiting: how many more may wait. present: both together."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._free = at_once
        self._most = at_once + waiting
        self._lines: OrderedDict[str, deque[Turn]] = OrderedDict()
        self.present = 0

    async def take(self, source: str, begin: Callable[[], asyncio.Future[T]]) -> T:
        """source: whose turn it is, under a name that says nothing of them; begin: what is done when it is.

        Errors: Refusal unavailable `busy`.
        """
        if self.present >= self._most:
            self._send_away(gives_way(self._lines, source))
        turn: Turn = asyncio.get_running_loop().create_future()
        self._lines.setdefault(source, deque()).append(turn)
        self.present += 1
        self._go_on()
        try:
            await self._begin(source, turn)
            return await self._until_done(begin())
        finally:
            self.present -= 1

    async def _until_done(self, computed: asyncio.Future[T]) -> T:
        """Whoever goes away leaves a thread at work until it is done; a task is ended."""
        computed.add_done_callback(self._ended)
        try:
            return await asyncio.shield(computed)
        except asyncio.CancelledError:
            if isinstance(computed, asyncio.Task):
                computed.cancel()
            raise

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

    def _send_away(self, source: str) -> None:
        turn = self._lines[source][-1]
        self._leave(source, turn)
        turn.set_exception(unavailable("busy"))
