"""Every deterministic point, for the process itself and for the broker, at the first, second and fifth hit.

The same judge, run on machinery with planted faults, finds them: so its zeros mean something.
"""

import asyncio
import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from deploy import bus as operations
from deploy.local.keys import seed_path
from shared.errors import Refusal
from tests.messaging.conftest import make_sites
from tests.support.bus import Bus, running_bus
from tests.support.ledger import TOPOLOGY, Count, Site, applied_count, entry_ids, judge, only_database

ENTRIES = 250
WRITER = ("work.before_commit", "work.committed", "relay.taken", "relay.mid_batch", "relay.published", "relay.marked")
CONSUMER = ("consumer.received", "consumer.before_commit", "consumer.committed", "consumer.acked")
HITS = (1, 2, 5)
NEVER = ("never", 1, "self")


def start(site: Site, point: str, hit: int, victim: str, fault: str) -> subprocess.Popen[str]:
    described = json.dumps({**asdict(site), "folder": str(site.folder)})
    command = [sys.executable, "-m", "tests.crash.child", described, point, str(hit), victim, fault, str(ENTRIES)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


async def ended(process: subprocess.Popen[str]) -> set[str]:
    """The entries that the writer was told are safe, when it has ended."""
    said = await asyncio.to_thread(process.communicate)
    return {line for line in said[0].splitlines() if len(line) == 32}


async def crash(bus: Bus, folder: Path, point: str, hit: int, victim: str, fault: str = "none") -> Count:
    """Kill at the point, start again, let everything drain, and judge."""
    ledger, mirror = await make_sites(bus, folder, "sqlite")
    assert bus.process is not None
    target = "self" if victim == "self" else str(bus.process.pid)
    at_writer = point in WRITER
    writer = start(ledger, *((point, hit, target) if at_writer else NEVER), fault)
    reader = start(mirror, *((point, hit, target) if not at_writer else NEVER), fault)
    watching = asyncio.create_task(revive(bus, reader, mirror, fault))
    accepted = await ended(writer)
    if writer.returncode != 0:
        accepted |= await ended(start(ledger, *NEVER, fault))
    try:
        return await drained(bus, ledger, mirror, accepted, watching)
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def revive(bus: Bus, reader: subprocess.Popen[str], mirror: Site, fault: str) -> None:
    """Start again what was killed."""
    try:
        while True:
            await asyncio.sleep(0.05)
            if bus.process is not None and bus.process.poll() is not None:
                bus.process.wait()
                await asyncio.to_thread(bus.start)
            if reader.poll() is not None:
                reader = start(mirror, *NEVER, fault)
    finally:
        reader.kill()
        reader.wait()


async def settled(bus: Bus) -> bool:
    """Nothing is on its way to the mirror, nor delivered and not acknowledged: no redelivery can come any more."""
    try:
        streams = await operations.show(bus.url, seed_path(bus.state.keys, operations.OPERATOR), TOPOLOGY)
    except Refusal:
        return False
    readers = [reader for stream in streams for reader in stream.durables]
    return all(reader.pending == reader.ack_pending == 0 for reader in readers)


async def drained(
    bus: Bus, ledger_site: Site, mirror_site: Site, accepted: set[str], watching: asyncio.Task[None]
) -> Count:
    """What is left to do is done by fresh processes; then the count, taken after the last redelivery."""
    before = -1
    for _ in range(600):
        await asyncio.sleep(0.1)
        assert not watching.done(), "a killed process could not be started again"
        at_rest = await settled(bus)
        async with only_database(ledger_site) as ledger, only_database(mirror_site) as mirror:
            count = await judge(ledger, mirror, accepted)
            applied = await applied_count(mirror)
        if applied == before and at_rest:
            break
        before = applied
    return count


CASES = [
    pytest.param(point, hit, victim, id=f"{point}-{victim}-{hit}")
    for point in (*WRITER, *CONSUMER)
    for victim in ("self", "broker")
    for hit in HITS
]


@pytest.mark.parametrize(("point", "hit", "victim"), CASES)
async def test_a_kill_loses_nothing_and_does_nothing_twice(tmp_path: Path, point: str, hit: int, victim: str) -> None:
    """Lost 0, twice 0, phantom 0, wherever the kill strikes."""
    with running_bus(tmp_path / "bus", TOPOLOGY) as bus:
        assert await crash(bus, tmp_path, point, hit, victim) == Count(0, 0, 0)
    assert (tmp_path / "struck").exists(), "the point was never reached: nothing was killed"


PLANTED = [
    pytest.param("ack_first", "consumer.received", "lost", id="acknowledges before it commits"),
    pytest.param("no_inbox", "consumer.committed", "twice", id="has no inbox"),
    pytest.param("mark_first", "relay.taken", "lost", id="marks before it publishes"),
]


@pytest.mark.parametrize(("fault", "point", "harm"), PLANTED)
async def test_the_judge_finds_planted_faults(tmp_path: Path, fault: str, point: str, harm: str) -> None:
    """Machinery that is wrong on purpose is caught at the point where it is wrong."""
    with running_bus(tmp_path / "bus", TOPOLOGY) as bus:
        count = await crash(bus, tmp_path, point, 1, "self", fault)
    assert getattr(count, harm) > 0, count


def test_the_writer_writes_what_the_judge_counts() -> None:
    """The workload is not empty."""
    assert len(set(entry_ids(ENTRIES))) == ENTRIES
