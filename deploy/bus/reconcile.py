"""Compares what publishers sent with what consumers applied.

Rule: the outbox of the publisher is the truth; a consumer that is behind an old event has missed it, and sending it
again from the outbox is harmless.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import select

from shared.contracts.topology import Topology
from shared.database import Transaction, opened
from shared.messaging.inbox_rows import CURSORS
from shared.messaging.outbox import heads

T = TypeVar("T")


@dataclass(frozen=True)
class Gap:
    """A key of which a consumer has applied less than its publisher sent. parked: it stands at a parked event."""

    publisher: str
    consumer: str
    key: str
    sent: int
    applied: int
    parked: bool


async def reconcile(databases: Mapping[str, str], topology: Topology) -> list[Gap]:
    """All gaps, in order. databases: the address of every service's database. Errors: Refusal unavailable."""
    sent = {name: await _read(databases[name], heads) for name in topology.publishes if topology.publishes[name]}
    gaps = []
    for durable in topology.durables:
        places = await _places(databases[durable.consumer], durable.publisher)
        for key, revision in sorted(sent[durable.publisher].items()):
            applied, parked = places.get(key, (0, False))
            if applied < revision:
                gaps.append(Gap(durable.publisher, durable.consumer, key, revision, applied, parked))
    return gaps


async def _places(url: str, publisher: str) -> dict[str, tuple[int, bool]]:
    query = select(CURSORS.c.key, CURSORS.c.revision, CURSORS.c.parked).where(CURSORS.c.publisher == publisher)

    async def job(tx: Transaction) -> dict[str, tuple[int, bool]]:
        return {row.key: (row.revision, row.parked) for row in await tx.execute(query)}

    return await _read(url, job)


async def _read(url: str, job: Callable[[Transaction], Awaitable[T]]) -> T:
    async with opened(url) as database:
        return await database.transact(job)
