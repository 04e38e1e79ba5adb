"""Making streams and durables on the bus.

Rule: what is applied is what the topology declares, as often as one likes, and a bus that acknowledges before it has
written to the disk is refused.
"""

import ssl
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import httpx
from nats.js import api
from nats.js.errors import APIError
from nats.js.manager import JetStreamManager

from deploy.bus.connection import operating
from shared.contracts import topology as declared
from shared.contracts.topology import Durable, Topology, stream_of
from shared.errors import conflict, unavailable

STREAM_BYTES = 2 * 1024**3
BACKOFF_SECONDS = (1, 5, 30, 120, 600)
_STREAM_EXISTS = 10058


async def apply(
    url: str,
    seed_path: Path,
    topology: Topology,
    *,
    stream_bytes: int = STREAM_BYTES,
    replicas: int = 1,
    require_sync_always: bool = True,
    monitoring_urls: Sequence[str] = (),
    tls: ssl.SSLContext | None = None,
) -> None:
    """Make streams and durables what the topology declares; raises Refusal, and may then be called again.

    stream_bytes: what one stream may hold before it refuses more. monitoring_urls: one per server of the bus.
    """
    if require_sync_always:
        await refuse_late_sync(monitoring_urls)
    async with operating(url, seed_path, tls) as client:
        manager = client.jsm()
        for publisher in publishers(topology):
            await _apply_stream(manager, stream_config(publisher, stream_bytes, replicas))
        for durable in topology.durables:
            await manager.add_consumer(durable.stream, consumer_config(durable))


async def refuse_late_sync(monitoring_urls: Sequence[str]) -> None:
    """Refuse a bus of which not every server shows that it writes to the disk before it acknowledges."""
    if not monitoring_urls:
        raise unavailable("sync_unknown", "name a monitoring address: only there a server shows when it writes to disk")
    async with httpx.AsyncClient(timeout=5, trust_env=False) as http:
        for url in monitoring_urls:
            if not await _sync_always(http, url):
                raise conflict("sync_not_always", f"the server at {url} does not run with `sync_interval: always`")


async def _sync_always(http: httpx.AsyncClient, url: str) -> bool:
    try:
        answer = await http.get(f"{url}/jsz", params={"config": "1"})
        shown = answer.raise_for_status().json()
    except (httpx.HTTPError, ValueError) as failed:
        raise unavailable("monitoring_unreachable", f"no monitoring answers at {url}") from failed
    return shown.get("config", {}).get("sync_always") is True


def publishers(topology: Topology) -> tuple[str, ...]:
    """The services that have a stream."""
    return tuple(service for service, events in topology.publishes.items() if events)


def stream_config(publisher: str, stream_bytes: int, replicas: int) -> api.StreamConfig:
    """A full stream refuses and rows wait in the outbox: dropping the oldest would lose unread events silently."""
    return api.StreamConfig(
        name=stream_of(publisher),
        subjects=[f"{publisher}.>"],
        retention=api.RetentionPolicy.LIMITS,
        storage=api.StorageType.FILE,
        max_age=timedelta(days=declared.MAX_AGE_DAYS).total_seconds(),
        duplicate_window=timedelta(minutes=declared.DUPLICATE_WINDOW_MINUTES).total_seconds(),
        max_bytes=stream_bytes,
        discard=api.DiscardPolicy.NEW,
        num_replicas=replicas,
        allow_atomic=True,
    )


def consumer_config(durable: Durable) -> api.ConsumerConfig:
    """The server takes the first step of `backoff` for `ack_wait`, whatever that says: a shorter step would deliver
    a batch again while it is still being handled, so no step is shorter."""
    return api.ConsumerConfig(
        name=durable.name,
        durable_name=durable.name,
        deliver_policy=api.DeliverPolicy.ALL,
        ack_policy=api.AckPolicy.EXPLICIT,
        ack_wait=declared.ACK_WAIT_SECONDS,
        backoff=[float(max(step, declared.ACK_WAIT_SECONDS)) for step in BACKOFF_SECONDS],
        max_deliver=-1,
        max_ack_pending=2 * declared.BATCH,
    )


async def _apply_stream(manager: JetStreamManager, config: api.StreamConfig) -> None:
    try:
        await manager.add_stream(config)
    except APIError as refused:
        if refused.err_code != _STREAM_EXISTS:
            raise
        await manager.update_stream(config)
