"""`python -m tests.bench.queue [--requests N] [--kind sqlite|postgresql]`: the queue when very many wait.

N open requests through intake's real API, then `GET /queue` as an officer asks for it: the first page, one behind it,
and what is theirs. Told are the medians of ten answers, in time and in work of the processor, which does not depend on
what else the machine does; the work of one whose keys are not in memory; and how much memory one takes at its peak.
"""

import argparse
import asyncio
import random
import resource
import statistics
import tempfile
import time
import tracemalloc
from pathlib import Path

import httpx
from joserfc.jwk import ECKey

from services.intake.service import blueprint
from shared.settings import Limits
from shared.vault.cache import Cache
from tests.support.room import Room, open_room, staff

UNHURRIED = Limits(actor_per_s=1e6, actor_burst=10**6)
URGENCIES = ("normal",) * 16 + ("urgent",) * 3 + ("emergency",)
LANGUAGES = ("ru", "ru", "ru", "ce", "ar", "en")
TIMES = 10


async def fill(client: httpx.AsyncClient, many: int) -> None:
    """So many open requests, a few at once."""
    dice = random.Random(4)

    async def ask(number: int) -> None:
        body = {
            "channel": "phone",
            "language": dice.choice(LANGUAGES),
            "asked_by": "self",
            "name": f"Invented {number}",
            "contact": f"+7900{number:07}",
            "country": "RU",
            "story": "They came to the house of a friend last night. " * 20,
            "urgency": dice.choice(URGENCIES),
        }
        assert (await client.post("/requests", json=body)).status_code == 201

    for first in range(0, many, 20):
        await asyncio.gather(*(ask(number) for number in range(first, min(first + 20, many))))


async def timed(client: httpx.AsyncClient, path: str) -> tuple[float, float]:
    """The medians in milliseconds, and in milliseconds of the processor."""
    took, worked = [], []
    for _ in range(TIMES):
        begun, at_work = time.perf_counter(), time.process_time()
        answer = await client.get(path)
        took.append(time.perf_counter() - begun)
        worked.append(time.process_time() - at_work)
        assert answer.status_code == 200, answer.text
    return statistics.median(took) * 1000, statistics.median(worked) * 1000


async def peak(client: httpx.AsyncClient, path: str) -> int:
    """Bytes at the height of one answer, more than before it."""
    tracemalloc.start()
    begun, _ = tracemalloc.get_traced_memory()
    await client.get(path)
    _, highest = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return highest - begun


async def measure(room: Room, many: int) -> None:
    async with room.client(staff("intake_officer")) as client:
        await fill(client, many)
        after = (await client.get("/queue")).json()["next"]
        for name, path in {
            "first page": "/queue",
            "behind a page": f"/queue?after={after}",
            "for me": "/queue?for_me=true",
        }.items():
            took, work = await timed(client, path)
            room.vault._known = Cache()
            begun = time.process_time()
            await client.get(path)
            cold = (time.process_time() - begun) * 1000
            memory = await peak(client, path) / 2**20
            print(f"{name:14} {took:5.0f} ms, {work:5.0f} ms of work, {cold:5.0f} without keys, {memory:.1f} MiB")
        print(f"process at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


async def go(many: int, kind: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with open_room(blueprint(ECKey.generate_key("P-256")), Path(folder), kind, UNHURRIED) as room:
            await measure(room, many)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=4500)
    parser.add_argument("--kind", choices=["sqlite", "postgresql"], default="sqlite")
    given = parser.parse_args()
    asyncio.run(go(given.requests, given.kind))


if __name__ == "__main__":
    main()
