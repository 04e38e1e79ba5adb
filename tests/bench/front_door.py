"""`python -m tests.bench.front_door [KIND]`: how many receipts the public front door gives in a second, and how long
each takes, with argon2id as production has it; and what a code that opens nothing costs beside one that opens a thread.

Rule: a request counts when its receipt was kept and it is on disk; the pages between, and reading them, are part of it.
"""

import asyncio
import re
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from services.intake.front_door.locks import Hashing
from tests.browser.front_door import served
from tests.support.door import open_house

REQUESTS = 240
AT_ONCE = 16
STORY = "They came to the house of a friend last night. " * 20


async def ask(http: httpx.AsyncClient) -> tuple[str, float, float]:
    """A whole request; its words, the seconds until the receipt was shown, and until it was sent."""
    begun = time.perf_counter()
    page = (await http.post("/en/ask", data={"story": STORY})).text
    shown = time.perf_counter() - begun
    words = re.findall(r"<li>(\w+)</li>", page)
    form = {"draft": page.split('name="draft" value="')[1].split('"')[0], "word_2": words[1], "word_5": words[4]}
    begun = time.perf_counter()
    sent = await http.post("/en/receipt/sent", data=form)
    assert sent.status_code == 200, sent.status_code
    return " ".join(words), shown, time.perf_counter() - begun


async def many(jobs: list[Callable[[], Awaitable[object]]]) -> tuple[list[object], float]:
    """All of them, some at once; what they gave, and how long it took altogether."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(job: Callable[[], Awaitable[object]]) -> object:
        async with turns:
            return await job()

    begun = time.perf_counter()
    return list(await asyncio.gather(*map(one, jobs))), time.perf_counter() - begun


def p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1]


async def measure(kind: str) -> None:
    with TemporaryDirectory() as folder:
        async with open_house(Path(folder), kind, hashing=Hashing()) as house, served(house) as address:
            # One address sends all of it, and is not to be kept waiting for that.
            house.frame.patience.note = lambda *_: None  # type: ignore[method-assign]
            house.frame.surge._setting = "off"
            async with httpx.AsyncClient(base_url=address, timeout=120, trust_env=False) as http:
                made, took = await many([lambda: ask(http)] * REQUESTS)
                codes = [one[0] for one in made]  # type: ignore[index]
                sent = [one[2] for one in made]  # type: ignore[index]
                shown = [one[1] for one in made]  # type: ignore[index]
                print(f"{kind}: {REQUESTS / took:.1f} requests/s, {AT_ONCE} at once")
                print(f"  receipt shown: p95 {p95(shown) * 1000:.0f} ms; sent: p95 {p95(sent) * 1000:.0f} ms")
                never = " ".join(codes[0].split()[::-1])
                for name, code in (("opens a thread", codes[0]), ("opens nothing", never)):
                    alone = []
                    for _ in range(40):
                        begun = time.perf_counter()
                        await http.post("/en/thread", data={"code": code})
                        alone.append(time.perf_counter() - begun)
                    print(f"  a code that {name}, alone: median {statistics.median(alone) * 1000:.0f} ms")
                begun = time.perf_counter()
                await house.carry()
                print(f"  carried to intake: {REQUESTS / (time.perf_counter() - begun):.0f} letters/s")


def main() -> None:
    for kind in sys.argv[1:] or ["sqlite", "postgresql"]:
        asyncio.run(measure(kind))


if __name__ == "__main__":
    main()
