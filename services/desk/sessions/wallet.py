"""The tokens of a session, renewed before they are over.

Rule: one session is renewed by one request at a time: an issuer that changes the refresh token at every use would take
a second one for a theft.
"""

import asyncio
import time
from weakref import WeakValueDictionary

from services.desk.sessions.provider import Provider, RefusedByIssuerError
from services.desk.sessions.sessions import Session, Sessions
from shared.errors import Refusal

MARGIN_S = 30.0


class Wallet:
    """services: for which a session has tokens."""

    def __init__(self, sessions: Sessions, provider: Provider, services: tuple[str, ...]) -> None:
        self._sessions = sessions
        self._provider = provider
        self._services = services
        self._renewing: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def filled(self, session: Session) -> Session | None:
        """The session with a good token for every service; None when the issuer gives no more, and it is over.

        Errors: Refusal unavailable.
        """
        if not self._wanting(session):
            return session
        one = self._renewing.setdefault(session.id, asyncio.Lock())
        async with one:
            current = await self._sessions.again(session)
            if current is None or not self._wanting(current):
                return current
            return await self._renewed(current)

    async def _renewed(self, session: Session) -> Session | None:
        try:
            for service in self._wanting(session):
                if session.refresh is None:
                    raise RefusedByIssuerError
                token, refresh = await self._provider.renew(session.refresh, service)
                session = session.holding(service, token, refresh)
        except RefusedByIssuerError:
            await self._sessions.end(session)
            return None
        except Refusal:
            await self._sessions.keep(session)
            raise
        await self._sessions.keep(session)
        return session

    def _wanting(self, session: Session) -> list[str]:
        soon = time.time() + MARGIN_S
        return [name for name in self._services if name not in session.tokens or session.tokens[name].until < soon]
