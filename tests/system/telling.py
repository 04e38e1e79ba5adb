"""One telling of the story on a house of its own, and what the house looks like at rest afterwards.

Rule: the story is told by its own client and never helped; what disturbs it runs beside it.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from deploy.local.house import Plan, running
from deploy.local.processes import Supervisor
from deploy.local.story import Ending, Partner, Stage, tell
from tests.support.refinement import Row
from tests.support.world import look
from tests.system.order import at_rest, disorder


@dataclass
class Progress:
    """How many calls of the story were answered so far, whatever had to be sent twice."""

    calls: int = 0

    async def count(self, answer: httpx.Response) -> None:
        self.calls += answer.status_code < 500


Disturb = Callable[[Supervisor, Progress], Coroutine[Any, Any, None]]


@dataclass(frozen=True)
class Told:
    """How a telling ended. calls: answered ones; disorder: what broke the order of events."""

    ending: Ending
    calls: int
    disorder: list[str]
    world: Sequence[Row]
    seconds: float

    def keep(self, path: Path) -> None:
        path.write_bytes(orjson.dumps(asdict(self)))

    @classmethod
    def kept(cls, path: Path) -> "Told":
        raw = orjson.loads(path.read_bytes())
        rows = [Row(row["table"], row["cells"]) for row in raw["world"]]
        return cls(Ending(**raw["ending"]), raw["calls"], raw["disorder"], rows, raw["seconds"])


async def _leave_alone(_supervisor: Supervisor, _progress: Progress) -> None:
    """Nothing disturbs this story."""


async def _nothing_more() -> None:
    """Nobody asks anything at the end."""


async def told(
    plan: Plan, disturb: Disturb = _leave_alone, at_end: Callable[[], Awaitable[None]] = _nothing_more
) -> Told:
    """Tell the story, wait until all is at rest, and look.

    at_end: called when all is at rest and still runs. Errors: whatever the story, `disturb` or `at_end` raise.
    """
    began = time.monotonic()
    progress = Progress()
    # The partner listens until all is at rest: news that failed before is tried again after a pause.
    async with _without_chance(plan) as supervisor, Partner(plan).listening() as partner:
        telling = asyncio.create_task(_tell(plan, partner, progress), name="story")
        disturbing = asyncio.create_task(disturb(supervisor, progress), name="disturb")
        try:
            done, _ = await asyncio.wait({telling, disturbing}, return_when=asyncio.FIRST_COMPLETED)
            if disturbing in done:
                disturbing.result()
            ending = await telling
            await asyncio.wait_for(disturbing, 1)
        finally:
            for task in (telling, disturbing):
                task.cancel()
            await asyncio.wait({telling, disturbing})
        await at_rest(plan)
        await at_end()
        seconds = time.monotonic() - began
        return Told(ending, progress.calls, await disorder(plan), await look(plan), seconds)


@asynccontextmanager
async def _without_chance(plan: Plan) -> AsyncIterator[Supervisor]:
    """A head reviewer sees every verdict: whom a sample draws is chance, and compared worlds share none."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("LODESTAR_VERIFICATION_SAMPLE_PERCENT", "100")
        async with running(plan) as supervisor:
            yield supervisor


async def _tell(plan: Plan, partner: Partner, progress: Progress) -> Ending:
    hooks = {"response": [progress.count]}
    async with httpx.AsyncClient(timeout=20, trust_env=False, event_hooks=hooks) as http:
        return await tell(Stage(plan, http), partner)
