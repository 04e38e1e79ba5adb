"""Keys of subjects in memory, for a short while.

Rule: no entry is used longer than `lifetime` after it was put there, however often it is asked for, so a key that
another replica destroyed is forgotten here within that time; and there are never more than `most` of them.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

MOST = 10_000
LIFETIME = 60.0


class Cache(Generic[T]):
    """Least recently used goes first. Time is monotonic seconds, never domain time, which can be moved."""

    def __init__(
        self, most: int = MOST, lifetime: float = LIFETIME, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most
        self._lifetime = lifetime
        self._monotonic = monotonic
        self._entries: OrderedDict[str, tuple[float, T]] = OrderedDict()

    def get(self, subject: str) -> T | None:
        until, entry = self._entries.get(subject, (0.0, None))
        if entry is None:
            return None
        if self._monotonic() >= until:
            del self._entries[subject]
            return None
        self._entries.move_to_end(subject)
        return entry

    def put(self, subject: str, entry: T) -> None:
        self._entries[subject] = (self._monotonic() + self._lifetime, entry)
        self._entries.move_to_end(subject)
        if len(self._entries) > self._most:
            self._entries.popitem(last=False)

    def items(self) -> list[tuple[str, T]]:
        """All entries that may still be used."""
        return [(subject, entry) for subject in list(self._entries) if (entry := self.get(subject)) is not None]

    def drop(self, subject: str) -> None:
        self._entries.pop(subject, None)
