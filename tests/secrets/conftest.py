"""One house that told the whole story, for everybody who tries to steal from it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
import pytest_asyncio

from deploy.local.house import Plan, running
from deploy.local.processes import Supervisor
from deploy.local.story import Partner, Stage, tell
from tests.secrets.canaries import Canaries
from tests.support.house import plan_in
from tests.system.order import at_rest


@dataclass(frozen=True)
class ToldHouse:
    """A running house at rest, and what went into it."""

    plan: Plan
    supervisor: Supervisor
    stage: Stage
    partner: Partner
    canaries: Canaries


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ToldHouse]:
    plan, canaries = plan_in(tmp_path_factory.mktemp("secrets") / "house", front_door=True), Canaries()
    hooks = {"request": [canaries.note]}
    async with running(plan) as supervisor, httpx.AsyncClient(timeout=20, trust_env=False, event_hooks=hooks) as http:
        stage = Stage(plan, http)
        async with Partner(plan).listening() as partner:
            await tell(stage, partner)
            await at_rest(plan)
        yield ToldHouse(plan, supervisor, stage, partner, canaries)
