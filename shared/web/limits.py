"""How often somebody may call: buckets of tokens, by actor, or by address for who has no token.

Rule: an address is never kept: what is remembered is a hash under a key that lives and dies with the process. A call
counts for its address until its token has held, then for its actor alone; so a good token is never refused for what
others at the same address did, and a made-up one spares nobody.
"""

import hashlib
import ipaddress
import math
import secrets
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable

from starlette.types import Scope

from shared.settings import Limits
from shared.web.problems import BadCall

REMEMBERED = 100_000
"""Callers per kind; whoever was not seen for longest is forgotten first, and begins anew."""

_IPV6_SITE = 64


class Buckets:
    """A bucket for each caller: `burst` requests at once, `per_s` on the long run."""

    def __init__(self, per_s: float, burst: int, now: Callable[[], float] = time.monotonic) -> None:
        self._each = 1 / per_s
        self._slack = (burst - 1) / per_s
        self._now = now
        self._full_at: OrderedDict[Hashable, float] = OrderedDict()

    def take(self, caller: Hashable) -> float:
        """Take one; returns 0, or, when there is none, the seconds until there is."""
        now = self._now()
        full_at = max(now, self._full_at.get(caller, now))
        wait = full_at - now - self._slack
        if wait > 1e-9:
            return wait
        self._full_at[caller] = full_at + self._each
        self._full_at.move_to_end(caller)
        if len(self._full_at) > REMEMBERED:
            self._full_at.popitem(last=False)
        return 0.0

    def give_back(self, caller: Hashable) -> None:
        """As if one had not been taken."""
        if caller in self._full_at:
            self._full_at[caller] -= self._each

    def __len__(self) -> int:
        return len(self._full_at)


class Callers:
    """What each caller has left in this process."""

    def __init__(self, limits: Limits) -> None:
        self._actors = Buckets(limits.actor_per_s, limits.actor_burst)
        self._public = Buckets(limits.public_per_s, limits.public_burst)
        self._failed = Buckets(limits.failed_per_s, limits.failed_burst)
        self._streams: Counter[str] = Counter()
        self._most_streams = limits.streams
        self._key = secrets.token_bytes(32)

    def actor(self, actor_id: str) -> None:
        """A call with a good token. Errors: BadCall 429."""
        _refuse(self._actors.take(actor_id))

    def public(self, scope: Scope) -> None:
        """A call whose token, if there is one, was not looked at yet. Errors: BadCall 429."""
        _refuse(self._public.take(self._place(scope)))

    def held(self, scope: Scope) -> None:
        """The token of a call that counted for its address holds."""
        self._public.give_back(self._place(scope))

    def failed(self, scope: Scope) -> None:
        """A call whose token does not hold. Errors: BadCall 429."""
        _refuse(self._failed.take(self._place(scope)))

    def hold(self, actor_id: str) -> None:
        """One more answer stays open for the actor. Errors: BadCall 429."""
        if self._streams[actor_id] >= self._most_streams:
            raise BadCall(429, "too_many_streams", "Close another stream first.", retry_after_s=1)
        self._streams[actor_id] += 1

    def let_go(self, actor_id: str) -> None:
        """It has ended."""
        self._streams[actor_id] -= 1
        if not self._streams[actor_id]:
            del self._streams[actor_id]

    def _place(self, scope: Scope) -> bytes:
        host = (scope.get("client") or ("", 0))[0]
        return hashlib.blake2b(_site(host), key=self._key, digest_size=12).digest()


def _site(host: str) -> bytes:
    """The address, of IPv6 the part that names the site: the rest is chosen by who calls."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host.encode()
    return address.packed[: _IPV6_SITE // 8] if address.version == 6 else address.packed


def _refuse(wait_s: float) -> None:
    if wait_s > 0:
        raise BadCall(429, "too_many_requests", "Slow down.", retry_after_s=math.ceil(wait_s))
