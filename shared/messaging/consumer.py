"""The bus door: a FastStream subscriber that pulls continuously and hands over whatever has arrived.

Rule: a message is acknowledged only after the transaction that applied it is committed; if the database cannot be
reached nothing is acknowledged. Pull requests overlap, carry idle heartbeats, and are renewed after a reconnect.
"""

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import orjson
from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, NatsMessage, PullSub
from faststream.nats.subscriber.usecases import BatchPullStreamSubscriber
from nats.aio.msg import Msg

from shared.contracts.topology import BATCH, Durable
from shared.errors import Refusal
from shared.messaging.inbox import RETRY_S, Inbox
from shared.messaging.verdicts import Incoming, Retry, Verdict
from shared.probes import reach

if TYPE_CHECKING:
    from nats.aio.client import Client

log = logging.getLogger(__name__)

PULL_EXPIRES_S = 30.0
HEARTBEAT_S = 2.0
PAUSE_S = 0.25


class ContinuousBatchPull(BatchPullStreamSubscriber):
    """FastStream's batch pull subscriber with a loop that neither waits for full batches nor strands part of one."""

    __slots__ = ()

    async def _create_subscription(self) -> None:
        if self.subscription:
            return
        self.add_task(self._consume_pull)

    async def _consume_pull(self) -> None:
        pull = _Pull(self.connection, self.stream.name, str(self.config.durable_name), self.pull_sub.batch_size or 1)
        self.subscription = pull  # type: ignore[assignment]
        await pull.open()
        try:
            while self.running:
                messages = await pull.arrived()
                if messages:
                    await self.consume(messages)
        finally:
            await pull.unsubscribe()


class _Pull:
    """Overlapping pull requests on one durable."""

    def __init__(self, client: "Client", stream: str, durable: str, size: int) -> None:
        self._client = client
        self._next = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}"
        self._size = size
        self._inbox = client.new_inbox()
        self._arrived: asyncio.Queue[Msg] = asyncio.Queue()
        self._asked = 0
        self._reconnects = 0
        self._subscription: Any = None

    async def open(self) -> None:
        self._subscription = await self._client.subscribe(self._inbox, cb=self._receive, pending_msgs_limit=-1)

    async def unsubscribe(self) -> None:
        """Hear no more, and give back at once what was not handled."""
        subscription, self._subscription = self._subscription, None
        if subscription is None or self._client.is_closed:
            return
        await subscription.unsubscribe()
        while not self._arrived.empty():
            message = self._arrived.get_nowait()
            if message.reply:
                await message.nak()

    async def _receive(self, message: Msg) -> None:
        self._arrived.put_nowait(message)

    async def arrived(self) -> list[Msg]:
        """Whatever has come; nothing after two heartbeats of silence, when the pull requests count as lost."""
        await self._ask()
        try:
            async with asyncio.timeout(2 * HEARTBEAT_S):
                first = await self._arrived.get()
        except TimeoutError:
            self._asked = 0
            return []
        messages = [first] if await self._counts(first) else []
        while len(messages) < self._size and not self._arrived.empty():
            message = self._arrived.get_nowait()
            if await self._counts(message):
                messages.append(message)
        return messages

    async def _ask(self) -> None:
        reconnects = self._client.stats["reconnects"]
        if reconnects != self._reconnects:
            self._reconnects, self._asked = reconnects, 0
        if self._asked > self._size // 2 or not self._client.is_connected:
            return
        request = {
            "batch": self._size,
            "expires": int(PULL_EXPIRES_S * 1e9),
            "idle_heartbeat": int(HEARTBEAT_S * 1e9),
        }
        await self._client.publish(self._next, orjson.dumps(request), reply=self._inbox)
        self._asked += self._size

    async def _counts(self, message: Msg) -> bool:
        """Whether it is an event; what is not is a status that tells of the pull requests."""
        status = None if message.reply else (message.headers or {}).get("Status")
        if status is None:
            self._asked = max(0, self._asked - 1)
            return True
        if status == "408":
            left = (message.headers or {}).get("Nats-Pending-Messages", self._size)
            self._asked = max(0, self._asked - int(left))
        elif status != "100":
            log.warning("pull refused: %s %s", status, (message.headers or {}).get("Description", ""))
            self._asked = 0
            await asyncio.sleep(PAUSE_S)
        return False


def subscribe(broker: NatsBroker, durable: Durable, inbox: Inbox, *, batch: int = BATCH) -> ContinuousBatchPull:
    """Register the consumer of `durable` on `broker`; provisioning the durable is not its business."""

    async def bodies(message: NatsMessage) -> Any:
        return message.body

    subscriber = broker.subscriber(
        f"{durable.publisher}.>",
        durable=durable.name,
        stream=JStream(durable.stream, declare=False),
        pull_sub=PullSub(batch_size=batch, batch=True),
        decoder=bodies,
        ack_policy=AckPolicy.MANUAL,
        inbox_prefix=f"{durable.inbox}.".encode(),
        title=durable.name,
        description=f"Events of {durable.publisher}, read by {durable.consumer}.",
    )
    subscriber.__class__ = ContinuousBatchPull

    @subscriber
    async def receive(body: list[bytes], message: NatsMessage) -> None:
        await settle(durable.publisher, inbox, message.raw_message)  # type: ignore[arg-type]

    return subscriber  # type: ignore[return-value]


async def settle(publisher: str, inbox: Inbox, messages: list[Msg]) -> None:
    """Apply messages, and after the commit acknowledge each or give it back."""
    reach("consumer.received")
    incoming = [Incoming(m.subject, m.data, _deliveries(m)) for m in messages]
    try:
        verdicts = await inbox.receive(publisher, incoming)
    except Refusal as refusal:
        log.warning("consumer waits: %s", refusal.code)
        verdicts = [Retry(1.0)] * len(messages)
    except Exception as error:
        log.error("a batch failed: %s", type(error).__name__)
        verdicts = await _one_by_one(publisher, inbox, incoming)
    else:
        reach("consumer.committed")
    for message, verdict in zip(messages, verdicts, strict=True):
        if verdict is None:
            await message.ack()
        else:
            await message.nak(delay=verdict.after_s)
    reach("consumer.acked")


async def _one_by_one(publisher: str, inbox: Inbox, incoming: list[Incoming]) -> list[Verdict]:
    """What spoiled a batch holds back itself only."""
    verdicts: list[Verdict] = []
    for one in incoming:
        try:
            verdicts += await inbox.receive(publisher, [one])
        except Exception as error:
            log.error("an event failed: %s on %s", type(error).__name__, one.subject.rsplit(".", 1)[0])
            verdicts.append(Retry(RETRY_S[min(one.deliveries, len(RETRY_S)) - 1]))
    return verdicts


def _deliveries(message: Msg) -> int:
    """How often it was delivered, from its reply subject: `$JS.ACK.<stream>.<durable>.<deliveries>.…`, or with domain
    and account before the stream."""
    parts = message.reply.split(".")
    return int(parts[4] if len(parts) == 9 else parts[6])
