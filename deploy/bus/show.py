"""What stands on the bus: how much each stream holds and how far each reader is; and deleting from a stream.

Rule: looking changes nothing and reads no message. A purge names a part of one publisher's subjects, never all.
"""

import ssl
from dataclasses import dataclass
from pathlib import Path

from nats.js import JetStreamManager, api

from deploy.bus.connection import operating
from deploy.bus.provision import publishers
from shared.contracts.topology import Topology, stream_of
from shared.errors import invalid
from shared.witnessing import HEAD


@dataclass(frozen=True)
class DurableState:
    """pending: not yet delivered. ack_pending: delivered, not acknowledged. redelivered: of those, not the first time.
    waiting: open pull requests, zero when nobody reads."""

    name: str
    pending: int
    ack_pending: int
    redelivered: int
    waiting: int


@dataclass(frozen=True)
class StreamState:
    """heads: those of its messages that only tell how far an audit log has come."""

    name: str
    messages: int
    heads: int
    bytes: int
    first: int
    last: int
    durables: tuple[DurableState, ...]


async def show(
    url: str, seed_path: Path, topology: Topology, *, tls: ssl.SSLContext | None = None
) -> list[StreamState]:
    """Every stream of the topology with all consumers that it has; raises Refusal when one is not there."""
    async with operating(url, seed_path, tls) as client:
        manager = client.jsm()
        names = [stream_of(publisher) for publisher in publishers(topology)]
        return [_stream(await _info(manager, name), await manager.consumers_info(name)) for name in names]


async def _info(manager: JetStreamManager, name: str) -> api.StreamInfo:
    return await manager.stream_info(name, subjects_filter=f"{name.lower()}.{HEAD}.>")


async def purge(url: str, seed_path: Path, stream: str, subject: str, *, tls: ssl.SSLContext | None = None) -> None:
    """Delete the messages whose subject fits `subject` (NATS wildcards). Their bytes stay on the disk for a while:
    what must be unreadable at once is encrypted to a key that is destroyed."""
    whole = {"", ">", f"{stream.lower()}.>"}
    if subject in whole:
        raise invalid("purge_of_everything", "name a part of the stream, such as one case")
    async with operating(url, seed_path, tls) as client:
        await client.jsm().purge_stream(stream, subject=subject)


def _stream(info: api.StreamInfo, consumers: list[api.ConsumerInfo]) -> StreamState:
    durables = tuple(_durable(consumer) for consumer in sorted(consumers, key=lambda found: found.name))
    held = info.state
    heads = sum((held.subjects or {}).values())
    return StreamState(
        info.config.name or "", held.messages, heads, held.bytes, held.first_seq, held.last_seq, durables
    )


def _durable(info: api.ConsumerInfo) -> DurableState:
    return DurableState(
        name=info.name,
        pending=info.num_pending or 0,
        ack_pending=info.num_ack_pending or 0,
        redelivered=info.num_redelivered or 0,
        waiting=info.num_waiting or 0,
    )
