"""The inbox: each received event is applied once, in order of its key, or stands where somebody sees it.

Rule: an event is applied when its revision is the next of its key; an earlier one was applied already, a later one
waits; whoever applies n applies the waiting ones in the same transaction. What cannot be handled is parked with its
reason, holds back only later events of its key, and never vanishes. Who was erased is taken out of every event before
it is handled, and what was purged is not waited for.
"""

import hashlib
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from shared.access import Actor, system_actor
from shared.clock import new_id
from shared.contracts.envelope import Envelope, Event, decode, read
from shared.contracts.topology import Topology
from shared.database import Database, Transaction
from shared.database.engine import is_transient
from shared.errors import Refusal, conflict, not_found
from shared.messaging import inbox_rows as rows
from shared.messaging.erased import Erased, go_on_from
from shared.messaging.verdicts import Incoming, Parking, Retry, Verdict
from shared.probes import reach
from shared.vault import Ciphertext, context_of
from shared.work import Batch, Cause, Tools, Work

log = logging.getLogger(__name__)

Handler = Callable[[Work, Any], Awaitable[None]]

RETRY_S = (1.0, 5.0, 30.0, 120.0)
"""Pauses before a failed event is tried again; after the last it is parked."""


class Inbox:
    """Applies received events to one service."""

    def __init__(
        self,
        database: Database,
        tools: Tools,
        topology: Topology,
        handlers: Mapping[type[Event], Handler],
    ) -> None:
        self._database = database
        self._tools = tools
        self._topology = topology
        self._handlers = handlers
        self._actor: Actor = system_actor(tools.service)

    async def receive(self, publisher: str, messages: Sequence[Incoming]) -> list[Verdict]:
        """Apply messages of one publisher in one transaction; a verdict for each, in their order.

        Errors: Refusal unavailable when the database cannot be reached: acknowledge nothing.
        """

        async def job(tx: Transaction) -> list[Verdict]:
            delivery = Delivery(self, tx, publisher)
            verdicts = await delivery.take(messages)
            reach("consumer.before_commit")
            return verdicts

        return await self._database.transact(job, many=True)

    async def apply(self, tx: Transaction, envelope: Envelope, deliveries: int | None, erased: Erased) -> Retry | None:
        """Hand what is left of an event without the erased to its handler, in a unit of work of its own.

        deliveries: how often the stream has delivered it; `None` when nobody will deliver it again.
        Returns a Retry to be tried again. Errors: Parking when trying again would not help.
        """
        kind = self._topology.types.get(envelope.type)
        if kind is None:
            raise Parking("unknown_type")
        handler = self._handlers.get(kind)
        if handler is None:
            return None
        try:
            event = erased.sift(read(kind, envelope.data), envelope)
            if event is None:
                return None
            cause = Cause(envelope.correlationid, envelope.id, envelope.traceparent)
            async with Batch.of(tx, self._tools).work(self._actor, cause) as work:
                await handler(work, event)
        except ValidationError as error:
            raise Parking("schema") from error
        except Refusal as refusal:
            if refusal.kind == "unavailable":
                log.warning("event waits: %s %s", envelope.type, refusal.code)
                return Retry(RETRY_S[min(deliveries or 1, len(RETRY_S)) - 1])
            raise Parking(f"{refusal.kind}:{refusal.code}") from refusal
        except Exception as error:
            if isinstance(error, DBAPIError) and is_transient(error):
                raise
            return self._failed(envelope, error, deliveries)
        return None

    def tells_of_erasure(self, envelope: Envelope) -> bool:
        """Whether it is heard even when what came before it is past: twice is harmless, never is not."""
        kind = self._topology.types.get(envelope.type)
        return kind is not None and kind.erasure

    def _failed(self, envelope: Envelope, error: Exception, deliveries: int | None) -> Retry:
        log.error("handler failed: %s on %s", type(error).__name__, envelope.type)
        if deliveries is None or deliveries > len(RETRY_S):
            raise Parking(f"failed:{type(error).__name__}") from error
        return Retry(RETRY_S[deliveries - 1])

    async def park(self, tx: Transaction, publisher: str, parked: rows.Parked, body: bytes) -> None:
        """Put an event aside, encrypted, once."""
        box = self._tools.vault.own().encrypt(context_of(rows.PARKED.c.body, parked), body)
        await rows.write_parked(tx, publisher, parked, box, self._tools.clock.now())
        log.error("parked: %s %s", parked.subject.rsplit(".", 1)[0], parked.reason)

    async def replay(self, work: Work, parked_id: str) -> None:
        """Try a parked event again, and then those that waited behind it.

        Errors: Refusal not_found; conflict when it cannot be handled still, with the reason.
        """
        parked, box = await self._parked(work.tx, parked_id)
        body = self._tools.vault.own().decrypt(context_of(rows.PARKED.c.body, parked), box)
        reason = await Delivery(self, work.tx, parked.publisher).retake(parked, body)
        if reason is not None:
            raise conflict("still_parked", reason)
        await rows.settle_parked(work.tx, parked_id, "replayed")

    async def discard(self, work: Work, parked_id: str) -> None:
        """Give a parked event up for ever; those that waited behind it go on. Errors: Refusal not_found."""
        parked, _ = await self._parked(work.tx, parked_id)
        await rows.settle_parked(work.tx, parked_id, "discarded")
        await Delivery(self, work.tx, parked.publisher).skip(parked)

    async def _parked(self, tx: Transaction, parked_id: str) -> tuple[rows.ParkedRow, Ciphertext]:
        found = await rows.load_parked(tx, parked_id)
        if found is None:
            raise not_found("parked_event_not_found")
        return found

    async def sweep(self) -> None:
        """Apply waiting events whose turn has come but whose predecessor could not take them along."""

        async def job(tx: Transaction) -> None:
            for publisher, key in await rows.ready_to_go_on(tx):
                await Delivery(self, tx, publisher).resume(key)

        await self._database.transact(job)


class Delivery:
    """Events of one publisher in one transaction, with the places of their keys under lock."""

    def __init__(self, inbox: Inbox, tx: Transaction, publisher: str) -> None:
        self._inbox = inbox
        self._tx = tx
        self._publisher = publisher
        self._places: dict[str, rows.Place] = {}
        self._applied: list[Envelope] = []
        self._seen: set[str] = set()
        self._erased = Erased(tx)

    async def take(self, messages: Sequence[Incoming]) -> list[Verdict]:
        envelopes = [self._decode(message) for message in messages]
        good = [envelope for envelope in envelopes if envelope is not None]
        await self._lock({envelope.subject for envelope in good})
        self._seen = await rows.applied_among(self._tx, [envelope.id for envelope in good])
        await self._erased.look(good)
        verdicts: list[Verdict] = []
        for message, envelope in zip(messages, envelopes, strict=True):
            if envelope is None:
                await self._park_undecodable(message)
                verdicts.append(None)
            else:
                verdicts.append(await self._place(envelope, message))
        await self._write()
        return verdicts

    async def retake(self, parked: rows.ParkedRow, body: bytes) -> str | None:
        """Replay; returns the reason when it cannot be handled still."""
        envelope = self._decode(Incoming(parked.subject, body, 1))
        if envelope is None:
            return "envelope"
        await self._lock({envelope.subject})
        place = self._places[envelope.subject]
        if envelope.revision != place.revision + 1:
            return "not_its_turn"
        await self._erased.look([envelope])
        try:
            retry = await self._inbox.apply(self._tx, envelope, None, self._erased)
        except Parking as parking:
            return parking.reason
        if retry is not None:
            return "unavailable"
        place.parked = False
        await self._advance(place, envelope)
        await self._write()
        return None

    async def skip(self, parked: rows.ParkedRow) -> None:
        """Go on behind a discarded event."""
        if parked.revision is None:
            return
        await self._lock({parked.key})
        place = self._places[parked.key]
        if parked.revision == place.revision + 1:
            place.revision, place.parked, place.changed = parked.revision, False, True
            await self._drain(place)
        await self._write()

    async def resume(self, key: str) -> None:
        """Apply what waits at the next revision of `key`."""
        await self._lock({key})
        if not self._places[key].parked:
            await self._drain(self._places[key])
        await self._write()

    def _decode(self, message: Incoming) -> Envelope | None:
        try:
            envelope = decode(message.body)
        except ValidationError:
            return None
        expected = f"{envelope.type}.{envelope.subject}"
        ours = envelope.publisher == self._publisher and message.subject == expected
        # PostgreSQL refuses NUL as text: it would hold up all that came with it.
        return envelope if ours and b"\\u0000" not in message.body else None

    async def _lock(self, keys: set[str]) -> None:
        self._places = await rows.lock_places(self._tx, self._publisher, sorted(keys)) if keys else {}

    async def _place(self, envelope: Envelope, message: Incoming) -> Verdict:
        place = self._places[envelope.subject]
        if envelope.resumes is not None and envelope.revision > place.revision:
            ready = await go_on_from(self._tx, self._publisher, place, envelope.resumes, self._drain)
            if not ready:
                return Retry(RETRY_S[0])
        past = envelope.revision <= place.revision
        if envelope.id in self._seen or (past and not self._inbox.tells_of_erasure(envelope)):
            return None
        if envelope.revision > place.revision + 1:
            place.waiting += await rows.write_waiting(self._tx, self._publisher, envelope, message.body)
            place.changed = True
            return None
        if place.parked and not past:
            return None
        if place.waiting:
            place.waiting -= await rows.remove_waiting(self._tx, self._publisher, envelope)
            place.changed = True
        try:
            retry = await self._inbox.apply(self._tx, envelope, message.deliveries, self._erased)
        except Parking as parking:
            await self._park(place, envelope, message.body, parking.reason)
            return None
        if retry is None:
            await self._advance(place, envelope)
        return retry

    async def _advance(self, place: rows.Place, envelope: Envelope) -> None:
        place.revision, place.changed = max(place.revision, envelope.revision), True
        self._seen.add(envelope.id)
        self._applied.append(envelope)
        if place.waiting:
            await self._drain(place)

    async def _drain(self, place: rows.Place) -> None:
        while place.waiting and not place.parked:
            body = await rows.next_waiting(self._tx, self._publisher, place)
            if body is None:
                return
            envelope = decode(body)
            await self._erased.look([envelope])
            try:
                if await self._inbox.apply(self._tx, envelope, None, self._erased) is not None:
                    return
            except Parking as parking:
                await self._park(place, envelope, body, parking.reason)
            else:
                place.revision, place.changed = envelope.revision, True
                self._seen.add(envelope.id)
                self._applied.append(envelope)
            await rows.remove_waiting(self._tx, self._publisher, envelope)
            place.waiting -= 1

    async def _park(self, place: rows.Place, envelope: Envelope, body: bytes, reason: str) -> None:
        subject = f"{envelope.type}.{envelope.subject}"
        parked = rows.Parked(new_id(), envelope.subject, envelope.revision, envelope.id, subject[:160], reason)
        await self._inbox.park(self._tx, self._publisher, parked, body)
        place.parked = place.changed = True

    async def _park_undecodable(self, message: Incoming) -> None:
        key = message.subject.rsplit(".", 1)[-1]
        event_id = hashlib.sha256(message.subject.encode() + b"\0" + message.body).hexdigest()[:32]
        parked = rows.Parked(new_id(), key[:32], None, event_id, message.subject[:160], "envelope")
        await self._inbox.park(self._tx, self._publisher, parked, message.body)

    async def _write(self) -> None:
        await rows.write_applied(self._tx, self._publisher, self._applied)
        await rows.write_places(self._tx, [place for place in self._places.values() if place.changed])
