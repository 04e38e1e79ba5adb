"""Where the issuer's public keys come from: a file, an address, or whatever hands them out.

Rule: a key that the issuer took back is not believed for longer than `USABLE_S`, and neither unknown key ids nor a
silent issuer can make us ask it more often than every `RETRY_S`. Real time only: keys do not age on the domain clock.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import orjson
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from shared.errors import Refusal, unavailable

FRESH_S = 300.0
USABLE_S = 600.0
RETRY_S = 10.0
FETCH_TIMEOUT_S = 3.0

KeySource = Callable[[str], Awaitable[KeySet]]
"""Given the id of the wanted key, the present keys. Errors: Refusal unavailable when they cannot be had."""


def key_source(where: Callable[[], KeySet] | Path | str) -> KeySource:
    """where: a function, the path of a JWKS file, or its http(s) address."""
    if callable(where):
        return _asked(where)
    if str(where).startswith(("https://", "http://")):
        return UrlKeys(str(where))
    return FileKeys(Path(where))


def _asked(hand_out: Callable[[], KeySet]) -> KeySource:
    async def keys(_: str) -> KeySet:
        return hand_out()

    return keys


def _parsed(body: bytes) -> KeySet:
    try:
        return KeySet.import_key_set(orjson.loads(body))
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise unavailable("keys_unreadable") from error


class FileKeys:
    """A JWKS file, read again when it was changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int, int] | None = None
        self._keys = KeySet([])

    async def __call__(self, _: str) -> KeySet:
        try:
            found = self._path.stat()
            stamp = (found.st_mtime_ns, found.st_ino, found.st_size)
            if stamp != self._stamp:
                self._keys = _parsed(self._path.read_bytes())
                self._stamp = stamp
        except OSError as error:
            raise unavailable("keys_unreadable") from error
        return self._keys


class UrlKeys:
    """A JWKS address; who waits for the same answer shares one request."""

    def __init__(self, url: str, now: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._now = now
        self._one = asyncio.Lock()
        self._keys = KeySet([])
        self._fetched_at = self._tried_at = float("-inf")

    async def __call__(self, kid: str) -> KeySet:
        # Who can go on with the keys at hand does not wait for somebody else's request.
        if self._wants_fetch(kid) and not (self._one.locked() and self._knows(kid)):
            async with self._one:
                if self._wants_fetch(kid):
                    await self._fetch()
        if not self._usable():
            raise unavailable("issuer_unreachable")
        return self._keys

    def _usable(self) -> bool:
        return self._now() - self._fetched_at <= USABLE_S

    def _knows(self, kid: str) -> bool:
        return self._usable() and any(key.kid == kid for key in self._keys)

    def _wants_fetch(self, kid: str) -> bool:
        old = self._now() - self._fetched_at > FRESH_S
        return (old or not self._knows(kid)) and self._now() - self._tried_at >= RETRY_S

    async def _fetch(self) -> None:
        """Replace the keys; when the issuer fails, the ones we have stay as long as they are usable."""
        try:
            async with httpx.AsyncClient(timeout=FETCH_TIMEOUT_S, trust_env=False) as client:
                answer = (await client.get(self._url)).raise_for_status()
            self._keys = _parsed(answer.content)
            self._fetched_at = self._now()
        except (httpx.HTTPError, Refusal):
            return
        finally:
            self._tried_at = self._now()
