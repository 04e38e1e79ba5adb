"""How long somebody waits who tries again and again, and when the house is so full that pages get shorter.

Rule: a source is known by a hash under a key that dies with the process, for ten minutes after it was last heard of;
waiting grows to some seconds and no further, so that nobody is shut out by what others at the same address do.
"""

import hashlib
import secrets
from collections import OrderedDict, deque
from typing import Literal

REMEMBERED_S = 600.0
FREE = 4
FIRST_S = 0.5
LONGEST_S = 8.0
MOST = 50_000
"""Sources remembered at once; whoever was not heard of for longest goes first."""

WINDOW_S = 60.0
SURGE_S = 600.0

Surging = Literal["auto", "on", "off"]


class Patience:
    """What each source did lately. Instants are seconds of a clock that only goes forward."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._seen: OrderedDict[bytes, tuple[int, float]] = OrderedDict()

    def wait_s(self, source: str, now: float) -> float:
        """How long this source waits before it is answered."""
        self._forget(now)
        times, _ = self._seen.get(self.image(source), (0, now))
        return 0.0 if times < FREE else min(LONGEST_S, FIRST_S * 2 ** min(times - FREE, 30))

    def note(self, source: str, now: float) -> None:
        """It tried a code that opens nothing, or asked for help: a right code costs nothing."""
        image = self.image(source)
        times, _ = self._seen.pop(image, (0, now))
        self._seen[image] = (times + 1, now)
        if len(self._seen) > MOST:
            self._seen.popitem(last=False)

    def __len__(self) -> int:
        return len(self._seen)

    def _forget(self, now: float) -> None:
        while self._seen and next(iter(self._seen.values()))[1] + REMEMBERED_S <= now:
            self._seen.popitem(last=False)

    def image(self, source: str) -> bytes:
        """Whose it is, for as long as this process lives."""
        return hashlib.blake2b(source.encode(), key=self._key, digest_size=16).digest()


class Surge:
    """Whether so many ask that everything but asking is put off. per_minute: from how many requests on."""

    def __init__(self, setting: Surging, per_minute: int) -> None:
        self._setting = setting
        self._per_minute = per_minute
        self._asked: deque[float] = deque(maxlen=per_minute)
        self._until = 0.0

    def note(self, now: float) -> None:
        """One more asked."""
        self._asked.append(now)
        if len(self._asked) == self._per_minute and self._asked[0] > now - WINDOW_S:
            self._until = now + SURGE_S

    def is_on(self, now: float) -> bool:
        return self._setting == "on" or (self._setting == "auto" and now < self._until)
