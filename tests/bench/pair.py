"""One publisher process and one consumer process of the ledger pair, and of plain FastStream beside it.

`python -m tests.bench.pair write|apply|plain-write|plain-apply SITE COUNT`; prints one JSON line with instants of
the monotonic clock, which processes of one machine share.
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

import uvloop
from faststream.nats import JStream, NatsBroker
from faststream.nats.security import NatsNKey

from shared.probes import arm
from shared.work import Work
from tests.support.ledger import (
    EntryWritten,
    Site,
    applied_count,
    apply_entry,
    at_work,
    entry_ids,
    write_fresh_entry,
)

CALLERS = 1000


async def write(site: Site, count: int) -> None:
    """Write through the real unit of work, many at once as many requests would."""
    async with at_work(site) as ledger:
        await ledger.write(f"{0:032x}")
        await asyncio.sleep(1.0)
        started = time.monotonic()
        entries = iter(entry_ids(count))

        async def caller() -> None:
            for entry in entries:
                await ledger.write(entry, write_fresh_entry)

        await asyncio.gather(*(caller() for _ in range(CALLERS)))
        written = time.monotonic()
        while await ledger.unpublished():
            await asyncio.sleep(0.05)
        _say(started=started, written=written, published=time.monotonic())


async def apply(site: Site, count: int) -> None:
    """Apply until all are committed."""
    async with at_work(site) as mirror:
        while await applied_count(mirror.database) < count + 1:
            await asyncio.sleep(0.05)
        _say(finished=time.monotonic())


async def paced_write(site: Site, count: int) -> None:
    """One entry every ten milliseconds; tells when each was committed."""
    async with at_work(site) as ledger:
        await ledger.write(f"{0:032x}")
        await asyncio.sleep(2.0)
        committed = {}
        for entry in entry_ids(count):
            await ledger.write(entry, write_fresh_entry)
            committed[entry] = time.monotonic()
            await asyncio.sleep(0.01)
        await asyncio.sleep(1.0)
        _say(**committed)


async def paced_apply(site: Site, count: int) -> None:
    """Tells when each entry was committed here."""
    committed: dict[str, float] = {}
    pending: list[str] = []

    async def handle(work: Work, event: EntryWritten) -> None:
        await apply_entry(work, event)
        pending.append(event.entry_id)

    def note() -> None:
        now = time.monotonic()
        committed.update(dict.fromkeys(pending, now))
        pending.clear()

    arm("consumer.committed", note)
    async with at_work(site, handler=handle):
        while len(committed) < count + 1:
            await asyncio.sleep(0.05)
        _say(**committed)


def _plain(site: Site) -> NatsBroker:
    return NatsBroker(
        site.nats_url,
        security=NatsNKey.from_seed(site.seed),
        inbox_prefix=f"_INBOX_{site.service}",
        logger=None,
    )


async def plain_write(site: Site, count: int) -> None:
    """What a team would write first: publish each event and wait for its PubAck."""
    async with _plain(site) as broker:
        await asyncio.sleep(1.0)
        started = time.monotonic()
        for number in range(count):
            await broker.publish(b"x" * 256, f"ledger.entry_written.v1.{number:032x}", stream="LEDGER")
        _say(started=started, published=time.monotonic())


async def plain_apply(site: Site, count: int) -> None:
    """A plain FastStream subscriber that counts."""
    from faststream import AckPolicy
    from faststream.nats import PullSub

    broker = _plain(site)
    seen = 0
    done = asyncio.Event()

    @broker.subscriber(
        "ledger.>",
        durable="mirror-reads-ledger",
        stream=JStream("LEDGER", declare=False),
        pull_sub=PullSub(batch_size=100, timeout=1.0),
        ack_policy=AckPolicy.ACK,
        inbox_prefix=b"_INBOX_mirror.",
    )
    async def count_one(_: bytes) -> None:
        nonlocal seen
        seen += 1
        if seen >= count:
            done.set()

    async with broker:
        await broker.start()
        await done.wait()
        _say(finished=time.monotonic())


def _say(**instants: float) -> None:
    sys.stdout.write(json.dumps(instants) + "\n")
    sys.stdout.flush()


def main() -> None:
    role, described, count = sys.argv[1:4]
    raw: dict[str, Any] = json.loads(described)
    site = Site(raw["service"], Path(raw["folder"]), raw["database_url"], raw["nats_url"], raw["seed"])
    roles = {
        "write": write,
        "apply": apply,
        "plain-write": plain_write,
        "plain-apply": plain_apply,
        "paced-write": paced_write,
        "paced-apply": paced_apply,
    }
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(roles[role](site, int(count)))


if __name__ == "__main__":
    main()
