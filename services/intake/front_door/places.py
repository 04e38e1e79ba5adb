"""Who has a place when the house is full: every source a share of it, whatever another one does.

Rule: a full house lets somebody in for the last of the source that has most there, until both have as many; only who
fills it is refused. A source whose places nobody else needs may have them all, so that an address which many share is
never shut out. What is known of a source is its image, for as long as one of it is there.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sized
from contextlib import asynccontextmanager

from shared.errors import unavailable


def gives_way(there: Mapping[str, Sized], source: str) -> str:
    """Whose last one goes so that one more of `source` is let in. Errors: Refusal unavailable `busy` when nobody has
    more there than `source` would have."""
    fullest = max(there, key=lambda one: len(there[one]), default=source)
    if fullest == source or len(there[fullest]) <= len(there.get(source, ())) + 1:
        raise unavailable("busy")
    return fullest


class Places:
    """most: how many are there at once."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._there: dict[str, list[asyncio.Timeout]] = {}

    @property
    def present(self) -> int:
        return sum(map(len, self._there.values()))

    @asynccontextmanager
    async def one(self, source: str) -> AsyncIterator[None]:
        """A place for as long as it lasts; source: whose, under a name that says nothing of them.

        Errors: Refusal unavailable `busy`, also in the midst of it when somebody else is let in.
        """
        if self.present >= self.most:
            self._send_away(gives_way(self._there, source))
        stay = asyncio.timeout(None)
        try:
            async with stay:
                self._there.setdefault(source, []).append(stay)
                yield
        except TimeoutError:
            if stay.expired():
                raise unavailable("busy") from None
            raise
        finally:
            if stay in self._there.get(source, ()):
                self._leave(source, stay)

    def _send_away(self, source: str) -> None:
        last = self._there[source][-1]
        self._leave(source, last)
        last.reschedule(asyncio.get_running_loop().time())

    def _leave(self, source: str, stay: asyncio.Timeout) -> None:
        self._there[source].remove(stay)
        if not self._there[source]:
            del self._there[source]
