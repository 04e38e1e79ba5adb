"""The relay: takes committed events from the outbox to the stream.

Rule: one relay per service is active; it publishes in outbox order, marks a row only after its PubAck, and when it
does not know the outcome it publishes again, which `Nats-Msg-Id` and the inboxes make harmless.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from uuid import uuid4

import orjson
from nats.aio.client import Client
from nats.errors import Error as NatsError

from shared.bell import Bell
from shared.contracts.topology import stream_of
from shared.database import Database, Transaction
from shared.messaging.outbox import Unpublished, mark_published, take_unpublished
from shared.probes import reach

log = logging.getLogger(__name__)

TAKE = 1000
ATOMIC_FROM = 8
SWEEP_S = 5.0
PUBLISH_TIMEOUT_S = 5.0
RETRY_S = 0.25


class PublishError(Exception):
    """The stream did not accept a message; the row stays in the outbox and is tried again."""


class Relay:
    """Publishes one service's outbox while it is told to run."""

    def __init__(self, service: str, database: Database, client: Callable[[], Client], bell: Bell) -> None:
        self._stream = stream_of(service)
        self._database = database
        self._client = client
        self._bell = bell
        self.stopping = False

    async def run(self) -> None:
        """Publish until `stop`; a sweep every five seconds finds what a lost wake-up left."""
        published: list[Unpublished] = []
        while True:
            rows = await self._advance(published)
            published = []
            if not rows:
                if self.stopping:
                    return
                await self._bell.wait(SWEEP_S)
                continue
            reach("relay.taken")
            try:
                await self._publish(rows)
                published = rows
            except (PublishError, NatsError, TimeoutError, OSError) as error:
                log.warning("relay waits: %s", type(error).__name__)
                if self.stopping:
                    return
                await asyncio.sleep(RETRY_S)

    def stop(self) -> None:
        """Publish what is there, then end."""
        self.stopping = True
        self._bell.ring()

    async def _advance(self, published: Sequence[Unpublished]) -> list[Unpublished]:
        async def job(tx: Transaction) -> list[Unpublished]:
            if published:
                await mark_published(tx, published)
            return await take_unpublished(tx, TAKE)

        rows = await self._database.transact(job)
        if published:
            reach("relay.marked")
        return rows

    async def _publish(self, rows: Sequence[Unpublished]) -> None:
        if len(rows) < ATOMIC_FROM or not await self._publish_together(rows):
            for row in rows:
                await self._publish_one(row)
        reach("relay.published")

    async def _publish_one(self, row: Unpublished) -> None:
        reply = await self._client().request(row.subject, row.body, timeout=PUBLISH_TIMEOUT_S, headers=_headers(row))
        answer = orjson.loads(reply.data)
        if "error" in answer or answer.get("stream") != self._stream:
            raise PublishError(str(answer.get("error", {}).get("err_code", "no stream")))

    async def _publish_together(self, rows: Sequence[Unpublished]) -> bool:
        """One atomic batch, visible as a whole; False when the server refused it, as it does for a duplicate."""
        client = self._client()
        batch = uuid4().hex
        for number, row in enumerate(rows[:-1], start=1):
            await client.publish(row.subject, row.body, headers={**_headers(row), **_batch(batch, number)})
            if number == len(rows) // 2:
                reach("relay.mid_batch")
        last = {**_headers(rows[-1]), **_batch(batch, len(rows)), "Nats-Batch-Commit": "1"}
        reply = await client.request(rows[-1].subject, rows[-1].body, timeout=PUBLISH_TIMEOUT_S, headers=last)
        answer = orjson.loads(reply.data)
        return bool(answer.get("batch") == batch and answer.get("count") == len(rows))


def _headers(row: Unpublished) -> dict[str, str]:
    headers = {"Nats-Msg-Id": row.event_id, "Lodestar-Correlation": row.correlation_id}
    if row.traceparent is not None:
        headers["traceparent"] = row.traceparent
    return headers


def _batch(batch: str, number: int) -> dict[str, str]:
    return {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(number)}
