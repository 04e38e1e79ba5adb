"""What erasures and purges mean to a consumer: whom it leaves out of events, and what it no longer waits for.

Rule: who is in the ledger is taken out of every event before it is handled, whichever comes first; what was purged is
skipped, but what waits here and outlived the purge is applied in its order.
"""

from collections.abc import Awaitable, Callable, Iterable

from sqlalchemy import func, select

from shared.contracts.envelope import Envelope, Event
from shared.contracts.sifting import emptied_in, named_in, without
from shared.database import Transaction
from shared.erasures import erased_among
from shared.messaging.inbox_rows import WAITING, Place


class Erased:
    """Those of whom the events of one transaction speak and who were erased."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._asked: set[str] = set()
        self._gone: set[str] = set()

    async def look(self, envelopes: Iterable[Envelope]) -> None:
        """Learn, with one question, who of those that these events speak of was erased."""
        named: set[str] = set()
        for envelope in envelopes:
            named |= named_in(envelope.data) | {envelope.subject}
            self._gone |= emptied_in(envelope.data)
        self._gone |= await erased_among(self._tx, named - self._asked)
        self._asked |= named

    def sift(self, event: Event, envelope: Envelope) -> Event | None:
        """What is left of an event without them; None also when all of its key was erased. Erasures are told."""
        if event.erasure or not self._gone:
            return event
        return None if envelope.subject in self._gone else without(event, self._gone)


async def go_on_from(
    tx: Transaction, publisher: str, place: Place, revision: int, drain: Callable[[Place], Awaitable[None]]
) -> bool:
    """What came before `revision` was purged but for what waits here: apply that, and go on.

    Returns False when one of those cannot be applied at present.
    """
    while first := await _first_waiting(tx, publisher, place, revision):
        place.revision, place.parked, place.changed = first - 1, False, True
        await drain(place)
        if place.revision < first and not place.parked:
            return False
        place.revision = max(place.revision, first)
    if place.revision + 1 < revision:
        place.revision, place.parked, place.changed = revision - 1, False, True
        await drain(place)
    return True


async def _first_waiting(tx: Transaction, publisher: str, place: Place, before: int) -> int | None:
    """The lowest revision that waits for its turn and is below `before`."""
    lowest = select(func.min(WAITING.c.revision)).where(
        WAITING.c.publisher == publisher,
        WAITING.c.key == place.key,
        WAITING.c.revision > place.revision,
        WAITING.c.revision < before,
    )
    return (await tx.execute(lowest)).scalar_one_or_none()
