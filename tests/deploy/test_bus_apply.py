"""Provisioning the bus from the topology."""

from typing import Any

import pytest

from deploy.bus import apply, operating, publishers, purge, show
from deploy.local.keys import ensure_bus_keys
from shared.contracts.topology import BATCH, LODESTAR, stream_of
from shared.errors import Refusal

DAY = 24 * 3600
MIB = 1024**2


async def provision(bus: Any, **options: Any) -> None:
    options = {"stream_bytes": 64 * MIB, "monitoring_urls": bus.monitoring, **options}
    await apply(bus.url, bus.seed("operator"), LODESTAR, **options)


async def test_applied_twice_it_is_what_we_declare(bus: Any) -> None:
    """Applying is idempotent, changes what was declared otherwise before, and keeps messages and positions."""
    await provision(bus)
    client = await bus.connect("intake")
    await client.jetstream().publish("intake.case_opened.v1.0", b"{}")
    await provision(bus, stream_bytes=32 * MIB)
    await provision(bus)
    states = await show(bus.url, bus.seed("operator"), LODESTAR)
    assert [state.name for state in states] == [stream_of(publisher) for publisher in publishers(LODESTAR)]
    assert {state.name: state.messages for state in states}["INTAKE"] == 1
    assert {d.name for state in states for d in state.durables} == {d.name for d in LODESTAR.durables}
    assert {d.pending for state in states if state.name == "INTAKE" for d in state.durables} == {1}


async def test_streams_have_the_declared_settings(bus: Any) -> None:
    """A stream keeps 30 days on the disk, knows ids for 20 minutes, takes atomic batches and refuses when full."""
    await provision(bus)
    async with operating(bus.url, bus.seed("operator")) as client:
        for publisher in publishers(LODESTAR):
            config = (await client.jsm().stream_info(stream_of(publisher))).config
            assert config.subjects == [f"{publisher}.>"]
            assert (config.retention, config.storage, config.discard) == ("limits", "file", "new")
            assert (config.max_age, config.duplicate_window) == (30 * DAY, 20 * 60)
            assert (config.max_bytes, config.num_replicas, config.allow_atomic) == (64 * MIB, 1, True)


async def test_durables_have_the_declared_settings(bus: Any) -> None:
    """A durable delivers all events to pulls, waits 5 s for each acknowledgement, ever slower, and never gives up."""
    await provision(bus)
    async with operating(bus.url, bus.seed("operator")) as client:
        for durable in LODESTAR.durables:
            config = (await client.jsm().consumer_info(durable.stream, durable.name)).config
            assert (config.deliver_policy, config.ack_policy, config.deliver_subject) == ("all", "explicit", None)
            assert (config.ack_wait, config.backoff) == (5, [5, 5, 30, 120, 600])
            assert (config.max_deliver, config.filter_subject) == (-1, None)
            assert config.max_ack_pending >= 2 * BATCH


async def test_sync_always_is_on(bus: Any) -> None:
    """The local server writes to the disk before it acknowledges, so that provisioning is not refused."""
    await provision(bus, require_sync_always=True)


async def test_a_bus_that_may_lose_messages_is_refused(state: Any, free_port: Any) -> None:
    """A server that acknowledges before it writes is refused, and so is one that does not show what it does."""
    import json

    from deploy.local.nats_server import NatsServer, find_binary
    from deploy.local.processes import Supervisor

    server = NatsServer(state, free_port(), free_port())
    keys = ensure_bus_keys(state.keys, LODESTAR)
    async with Supervisor(state) as supervisor:
        await server.start(supervisor, LODESTAR, keys)
        await server.stop(supervisor)
        lax = server.configuration(LODESTAR, keys)
        del lax["jetstream"]["sync_interval"]
        server.config_path.write_text(json.dumps(lax))
        child = await supervisor.start("nats", [str(find_binary()), "-c", str(server.config_path)])
        await server.answers(child, 10)
        seed = state.keys / "operator.nk"
        with pytest.raises(Refusal, match="sync_not_always"):
            await apply(server.url, seed, LODESTAR, monitoring_urls=[server.monitoring_url])
        with pytest.raises(Refusal, match="sync_unknown"):
            await apply(server.url, seed, LODESTAR)
        await apply(server.url, seed, LODESTAR, stream_bytes=MIB, require_sync_always=False)


async def test_a_purge_deletes_one_case_only(bus: Any) -> None:
    """A purge takes the messages of the subjects that it names, and refuses to take a whole stream."""
    await provision(bus)
    stream = (await bus.connect("intake")).jetstream()
    for key in ("a", "b", "a"):
        await stream.publish(f"intake.case_opened.v1.{key}", b"{}")
    await purge(bus.url, bus.seed("operator"), "INTAKE", "intake.*.*.a")
    assert {s.name: s.messages for s in await show(bus.url, bus.seed("operator"), LODESTAR)}["INTAKE"] == 1
    with pytest.raises(Refusal, match="purge_of_everything"):
        await purge(bus.url, bus.seed("operator"), "INTAKE", "intake.>")


async def test_a_refusal_says_why(bus: Any, free_port: Any) -> None:
    """No bus, a wrong credential, a credential that may not manage and a bus not yet provisioned are told apart."""
    operator, elsewhere = bus.seed("operator"), f"nats://127.0.0.1:{free_port()}"
    with pytest.raises(Refusal, match="bus_unreachable"):
        await show(elsewhere, operator, LODESTAR)
    with pytest.raises(Refusal, match="not_on_the_bus"):
        await show(bus.url, operator, LODESTAR)
    stranger = bus.state.path / "stranger.nk"
    stranger.write_text("SUAE3LJXJVPCPQUVB7FIW67O6NODGK5CIUTU6ZTWLMSGYRRWQ6DSW7SM3I")
    with pytest.raises(Refusal, match="bus_credential"):
        await show(bus.url, stranger, LODESTAR)
