"""What each credential may do, tried against a running server."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, NatsMessage, PullSub
from faststream.nats.security import NatsNKey

from deploy.bus import apply, permissions, publishers, show
from shared.contracts.topology import (
    CLOCK_ADVANCE,
    CLOCK_MOVED,
    CLOCK_NOW,
    LODESTAR,
    Durable,
    inbox_of,
    stream_of,
)

KEY = "0" * 32
SERVICES = LODESTAR.services
STREAMS = [stream_of(publisher) for publisher in publishers(LODESTAR)]


def forbidden_publishes(service: str) -> list[str]:
    """What `service` must not be able to send, written from the rules and not from its permissions."""
    foreign = [durable for durable in LODESTAR.durables if durable.consumer != service]
    subjects = [f"{other}.case_opened.v1.{KEY}" for other in SERVICES if other != service]
    for durable in foreign:
        at = f"{durable.stream}.{durable.name}"
        subjects += [f"$JS.API.CONSUMER.MSG.NEXT.{at}", f"$JS.API.CONSUMER.INFO.{at}", f"$JS.ACK.{at}.1.1.1.1.1"]
    for stream in STREAMS:
        subjects += [f"$JS.API.STREAM.{verb}.{stream}" for verb in ("CREATE", "UPDATE", "DELETE", "PURGE")]
        subjects += [f"$JS.API.STREAM.MSG.GET.{stream}", f"$JS.API.STREAM.MSG.DELETE.{stream}"]
        subjects += [f"$JS.API.DIRECT.GET.{stream}", f"$JS.API.CONSUMER.CREATE.{stream}"]
        subjects += [f"$JS.API.CONSUMER.CREATE.{stream}.spy", f"$JS.API.CONSUMER.DURABLE.CREATE.{stream}.spy"]
    for durable in LODESTAR.durables:
        subjects.append(f"$JS.API.CONSUMER.DELETE.{durable.stream}.{durable.name}")
        subjects.append(f"$JS.API.CONSUMER.RESET.{durable.stream}.{durable.name}")
        subjects.append(f"$JS.API.CONSUMER.PAUSE.{durable.stream}.{durable.name}")
    return [*subjects, "$JS.API.STREAM.CREATE.OWN", CLOCK_ADVANCE, CLOCK_MOVED]


def forbidden_subscribes(service: str) -> list[str]:
    inboxes = [f"{inbox_of(other)}.>" for other in SERVICES if other != service]
    events = [f"{publisher}.>" for publisher in SERVICES]
    return [*inboxes, *events, ">", "_INBOX.>", "$JS.API.>", "$JS.ACK.>", CLOCK_NOW, CLOCK_ADVANCE]


async def provision(bus: Any) -> None:
    await apply(bus.url, bus.seed("operator"), LODESTAR, stream_bytes=2**26, monitoring_urls=bus.monitoring)


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_reaches_nothing_of_another(bus: Any, service: str) -> None:
    """A service can publish no other's subjects, pull and acknowledge no other's durable, manage and purge nothing."""
    await provision(bus)
    before = await show(bus.url, bus.seed("operator"), LODESTAR)
    client = await bus.connect(service)
    forbidden = forbidden_publishes(service)
    for subject in forbidden:
        await client.publish(subject, b"{}", reply=client.new_inbox())
        await client.flush()
    await denied(bus, "publish", forbidden)
    assert await show(bus.url, bus.seed("operator"), LODESTAR) == before


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_overhears_nothing(bus: Any, service: str) -> None:
    """A service can listen to no reply of another, to no event outside its durables and to no management call."""
    client = await bus.connect(service)
    forbidden = forbidden_subscribes(service)
    for subject in forbidden:
        await client.subscribe(subject)
    await denied(bus, "subscription", forbidden)


async def test_services_exchange_events_under_their_own_credentials(bus: Any) -> None:
    """Every service publishes with an acknowledgement and pulls each of its durables, as FastStream does it."""
    await provision(bus)
    got: dict[str, list[bytes]] = {durable.name: [] for durable in LODESTAR.durables}
    brokers = {service: reading_broker(bus, service, got) for service in SERVICES}
    for broker in brokers.values():
        await broker.start()
    for service in publishers(LODESTAR):
        subject = f"{LODESTAR.publishes[service][0].type}.{KEY}"
        ack = await brokers[service].publish(service.encode(), subject, stream=stream_of(service), timeout=5)
        assert (ack.stream, ack.seq) == (stream_of(service), 1)
    await until(lambda: all(got.values()))
    for broker in brokers.values():
        await broker.stop()
    assert got == {durable.name: [durable.publisher.encode()] for durable in LODESTAR.durables}
    states = await show(bus.url, bus.seed("operator"), LODESTAR)
    assert {(d.pending, d.ack_pending) for stream in states for d in stream.durables} == {(0, 0)}


async def test_a_service_publishes_an_atomic_batch(bus: Any) -> None:
    """The relay's atomic batch needs no more than the permission to publish the service's own subjects."""
    await provision(bus)
    for service in publishers(LODESTAR):
        client = await bus.connect(service)
        subject = f"{LODESTAR.publishes[service][0].type}.{KEY}"
        batch = {"Nats-Batch-Id": "one", "Nats-Batch-Sequence": "1"}
        await client.publish(subject, b"1", headers=batch)
        last = {"Nats-Batch-Id": "one", "Nats-Batch-Sequence": "2", "Nats-Batch-Commit": "1"}
        answer = json.loads((await client.request(subject, b"2", timeout=5, headers=last)).data)
        assert (answer.get("batch"), answer.get("count")) == ("one", 2)


async def test_the_operator_reads_no_event(bus: Any) -> None:
    """The operator can manage streams but neither publish an event nor pull or fetch one."""
    await provision(bus)
    client = await bus.connect("operator")
    forbidden = [f"{publisher}.case_opened.v1.{KEY}" for publisher in publishers(LODESTAR)]
    forbidden += [f"$JS.API.STREAM.MSG.GET.{stream}" for stream in STREAMS]
    forbidden += [f"$JS.API.CONSUMER.MSG.NEXT.{d.stream}.{d.name}" for d in LODESTAR.durables]
    for subject in forbidden:
        await client.publish(subject, b"{}", reply=client.new_inbox())
    await denied(bus, "publish", forbidden)


async def test_without_a_key_nobody_gets_in(bus: Any) -> None:
    """A connection without a key, or with a key that is not in the configuration, is refused."""
    import nats
    import nats.errors

    with pytest.raises(nats.errors.Error):
        await nats.connect(bus.url, allow_reconnect=False, error_cb=ignore)
    stranger = "SUAE3LJXJVPCPQUVB7FIW67O6NODGK5CIUTU6ZTWLMSGYRRWQ6DSW7SM3I"
    with pytest.raises(nats.errors.Error):
        await nats.connect(bus.url, nkeys_seed_str=stranger, allow_reconnect=False, error_cb=ignore)


def test_every_list_is_given() -> None:
    """Every credential has both lists: the server lets a credential without a list do everything."""
    granted = permissions(LODESTAR)
    assert set(granted) == {*SERVICES, "operator", "clock"}
    assert all(set(lists) == {"publish", "subscribe"} and all(lists.values()) for lists in granted.values())


def reading_broker(bus: Any, service: str, got: dict[str, list[bytes]]) -> NatsBroker:
    broker = NatsBroker(bus.url, security=NatsNKey(bus.seed(service)), inbox_prefix=inbox_of(service))
    for durable in LODESTAR.durables_of(service):
        broker.subscriber(
            f"{durable.publisher}.>",
            stream=JStream(durable.stream, declare=False),
            durable=durable.name,
            pull_sub=PullSub(batch_size=10, timeout=0.5),
            inbox_prefix=f"{inbox_of(service)}.".encode(),
            ack_policy=AckPolicy.MANUAL,
        )(reader(durable, got))
    return broker


def reader(durable: Durable, got: dict[str, list[bytes]]) -> Callable[..., Awaitable[None]]:
    async def read(message: NatsMessage) -> None:
        got[durable.name].append(message.body)
        await message.ack()

    return read


async def denied(bus: Any, what: str, subjects: list[str]) -> None:
    """The server has complained of each of these; its complaints may come after the answer to a ping."""

    def passed() -> list[str]:
        return [s for s in subjects if f'permissions violation for {what} to "{s.lower()}"' not in bus.errors_text]

    with suppress(TimeoutError):
        await until(lambda: not passed(), 2)
    assert passed() == []


async def until(done: Callable[[], bool], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not done():
            await asyncio.sleep(0.02)


async def ignore(_: Exception) -> None: ...
