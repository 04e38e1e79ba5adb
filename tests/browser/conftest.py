"""One house that told the story, with a browser in front of it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser

from deploy.local.house import running
from tests.browser.chromium import chromium
from tests.browser.scene import Scene, set_scene
from tests.secrets.canaries import Canaries
from tests.support.house import plan_in


@dataclass(frozen=True)
class Visitors:
    """A told house, a browser, and what the story told of people."""

    scene: Scene
    browser: Browser
    canaries: Canaries


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def visitors(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Visitors]:
    plan, canaries = plan_in(tmp_path_factory.mktemp("browser") / "house", desk=True, front_door=True), Canaries()
    hooks = {"request": [canaries.note]}
    async with (
        running(plan),
        httpx.AsyncClient(timeout=20, trust_env=False, event_hooks=hooks) as http,
        chromium() as browser,
    ):
        yield Visitors(await set_scene(plan, http), browser, canaries)
