"""Sessions: begun at sign-in, found by the browser's value, over after a short idle time or a working day.

Rule: the browser's value is made here at every sign-in, never taken from the browser.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta

from services.desk.sessions import store
from shared.database import Database
from shared.vault import Ciphertext, SubjectCipher


@dataclass(frozen=True, slots=True)
class Token:
    """A token of the issuer for one service. until: seconds since 1970 by which it is over."""

    text: str
    until: float


@dataclass(frozen=True, slots=True)
class Session:
    """Who is signed in. id: the hash of the browser's value. secret: what the tokens of this session's forms are made
    with. refresh: what gets further tokens, unless the issuer gave none."""

    id: str
    actor_id: str
    name: str
    secret: str
    refresh: str | None
    tokens: Mapping[str, Token]

    def holding(self, service: str, token: Token, refresh: str | None) -> "Session":
        """With another token; an issuer may give a new refresh token with it."""
        return replace(self, tokens={**self.tokens, service: token}, refresh=refresh or self.refresh)


class Sessions:
    """idle, longest: after how long without a page, and at the latest, a session is over."""

    def __init__(self, database: Database, cipher: SubjectCipher, idle: timedelta, longest: timedelta) -> None:
        self._database = database
        self._cipher = cipher
        self._idle = idle
        self._longest = longest

    async def begin(self, actor_id: str, name: str, refresh: str | None, tokens: Mapping[str, Token]) -> str:
        """The value for the browser."""
        value = secrets.token_urlsafe(32)
        session = Session(_hash(value), actor_id, name, secrets.token_hex(32), refresh, tokens)
        box, now = self._packed(session), datetime.now(UTC)
        ends_at = now + self._longest
        await self._database.transact(lambda tx: store.add(tx, session.id, box, now, ends_at))
        return value

    async def find(self, value: str) -> Session | None:
        """The live session that a browser's value stands for; looking at it keeps it alive."""
        session_id, now = _hash(value), datetime.now(UTC)
        found = await self._database.transact(lambda tx: store.load(tx, session_id, now - self._idle, now))
        if found is None:
            return None
        box, seen_at = found
        # Not with every page: a write waits for the disk.
        if now - seen_at > self._idle / 10:
            await self._database.transact(lambda tx: store.touch(tx, session_id, now))
        return self._unpacked(session_id, box)

    async def again(self, session: Session) -> Session | None:
        """The session as it is kept now; None when it has ended meanwhile."""
        now = datetime.now(UTC)
        found = await self._database.transact(lambda tx: store.load(tx, session.id, now - self._idle, now))
        return None if found is None else self._unpacked(session.id, found[0])

    async def keep(self, session: Session) -> None:
        """Remember other tokens."""
        box = self._packed(session)
        await self._database.transact(lambda tx: store.replace(tx, session.id, box))

    async def end(self, session: Session) -> None:
        await self._database.transact(lambda tx: store.remove(tx, session.id))

    async def forget_over(self) -> None:
        """Remove what is over; nobody could use it any more."""
        now = datetime.now(UTC)
        await self._database.transact(lambda tx: store.remove_over(tx, now - self._idle, now))

    async def ready(self) -> dict[str, bool]:
        """Whether the database is there."""
        return {"database": await self._database.answers()}

    def _packed(self, session: Session) -> Ciphertext:
        return self._cipher.encrypt_json(_context(session.id), asdict(session))

    def _unpacked(self, session_id: str, box: Ciphertext) -> Session:
        kept = self._cipher.decrypt_json(_context(session_id), box)
        tokens = {service: Token(**token) for service, token in kept.pop("tokens").items()}
        return Session(tokens=tokens, **kept)


def _hash(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


def _context(session_id: str) -> str:
    return f"sessions.box/{session_id}"
