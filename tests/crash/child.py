"""One of the ledger pair in a process of its own, armed to die, or to kill the broker, at a point.

`python -m tests.crash.child SITE POINT HIT VICTIM FAULT COUNT`: VICTIM is `self` or the broker's pid; the ledger
writes COUNT entries and tells each accepted one on a line of its output; the mirror applies until it is ended.
"""

import asyncio
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from shared.database import Transaction
from shared.messaging import consumer, inbox, inbox_rows
from shared.messaging import relay as relaying
from shared.messaging.outbox import Unpublished, mark_published, take_unpublished
from shared.messaging.relay import Relay
from shared.probes import arm, reach
from tests.support.ledger import Site, at_work, entry_ids

GROUP = 25
FETCH = 20
"""Small, so that every point is reached five times."""


def arm_death(folder: Path, point: str, hit: int, victim: str) -> None:
    """At the `hit`th time that `point` is reached, kill -9."""
    seen = 0

    def strike() -> None:
        nonlocal seen
        seen += 1
        if seen == hit:
            (folder / "struck").touch()
            os.kill(os.getpid() if victim == "self" else int(victim), signal.SIGKILL)

    arm(point, strike)


class MarksFirst(Relay):
    """Planted fault: marks rows as published before they are."""

    async def _advance(self, published: Any) -> list[Unpublished]:
        async def job(tx: Transaction) -> list[Unpublished]:
            rows = await take_unpublished(tx, relaying.TAKE)
            if rows:
                await mark_published(tx, rows)
            return rows

        return await self._database.transact(job)


async def ack_first(publisher: str, box: Any, messages: list[Any]) -> None:
    """Planted fault: acknowledges before it commits."""
    for message in messages:
        await message.ack()
    await messages[0]._client.flush()
    reach("consumer.received")
    incoming = [inbox.Incoming(m.subject, m.data, consumer._deliveries(m)) for m in messages]
    await box.receive(publisher, incoming)
    reach("consumer.committed")
    reach("consumer.acked")


async def none_applied(*_: Any) -> set[str]:
    return set()


def plant(fault: str) -> type[Relay]:
    """Break the machinery on purpose; returns the relay to use."""
    if fault == "ack_first":
        consumer.settle = ack_first
    if fault == "no_inbox":

        async def always(self: Any, envelope: Any, message: Any) -> Any:
            return await self._inbox.apply(self._tx, envelope, message.deliveries, self._erased)

        inbox.Delivery._place = always  # type: ignore[method-assign]
        inbox_rows.applied_among = none_applied  # type: ignore[assignment]
    return MarksFirst if fault == "mark_first" else Relay


async def run(site: Site, relay: type[Relay], count: int) -> None:
    relaying.TAKE = FETCH
    async with at_work(site, make_relay=relay, batch=FETCH) as running:
        if site.service == "mirror":
            await asyncio.Event().wait()
        entries = entry_ids(count)
        for first in range(0, count, GROUP):
            group = entries[first : first + GROUP]
            await asyncio.gather(*(running.write(entry) for entry in group))
            for entry in group:
                sys.stdout.write(entry + "\n")
            sys.stdout.flush()
            await asyncio.sleep(0.01)
        until = time.monotonic() + 20
        while await running.unpublished() and time.monotonic() < until:
            await asyncio.sleep(0.02)


def main() -> None:
    described, point, hit, victim, fault, count = sys.argv[1:7]
    raw = json.loads(described)
    site = Site(raw["service"], Path(raw["folder"]), raw["database_url"], raw["nats_url"], raw["seed"])
    relay = plant(fault)
    arm_death(site.folder, point, int(hit), victim)
    asyncio.run(run(site, relay, int(count)))


if __name__ == "__main__":
    main()
