"""Who is who among staff, as every page says it.

Rule: whoever signs in is introduced to the others by the name that the issuer tells, once; a page never waits for names
longer than for one answer, and does without them when intake is away.
"""

import time

from services.desk.clients.api import UnansweredError
from services.desk.clients.colleagues import Colleague, Colleagues
from shared.clock import new_id

FRESH_S = 60.0
"""How long names are believed, and how long nobody asks after there was no answer."""

MOST = 60
"""Letters of a name, as intake takes it."""


class Acquainted:
    """The colleagues that intake told within the last minute; in memory only, the same for everybody signed in."""

    def __init__(self) -> None:
        self._known: dict[str, Colleague] = {}
        self._until = 0.0
        self._away_until = 0.0

    @property
    def all(self) -> tuple[Colleague, ...]:
        """In order of their names."""
        return tuple(sorted(self._known.values(), key=lambda one: (one.name.casefold(), one.id)))

    def name(self, actor_id: str) -> str | None:
        known = self._known.get(actor_id)
        return None if known is None else known.name

    async def meet(self, intake: Colleagues, actor_id: str, name: str) -> None:
        """Somebody who is signed in looks at a page. Errors: TokenRefusedError."""
        now = time.monotonic()
        if now < self._away_until or (now < self._until and actor_id in self._known):
            return
        try:
            if now >= self._until:
                self._until = now + FRESH_S
                self._known = {one.id: one for one in await intake.all()}
            if actor_id not in self._known:
                self._known[actor_id] = await intake.introduce(name[:MOST], new_id())
        except UnansweredError:
            self._away_until = now + FRESH_S

    def forget(self) -> None:
        """Somebody has a new name: ask again."""
        self._until = self._away_until = 0.0
