"""Every page as people with other eyes and other screens meet it.

Rule: scripts are on here only for axe and for measuring; the pages have none.
"""

from dataclasses import dataclass, field

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

from tests.browser.chromium import NARROW, WIDE, person
from tests.browser.conftest import Visitors
from tests.browser.screenshots import album

pytestmark = [pytest.mark.needs("browser"), pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(600)]

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
LARGER = "document.documentElement.style.fontSize = '200%'"


@dataclass
class Looked:
    """What is wrong with the pages: what axe says, and which of them scroll sideways."""

    axe: dict[str, list[str]] = field(default_factory=dict)
    sideways: list[str] = field(default_factory=list)
    pages: int = 0


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def looked(visitors: Visitors) -> Looked:
    """Every page once, wide, narrow, and with text twice as large."""
    found = Looked()
    for who, pages in album(visitors.scene).items():
        async with person(visitors.browser, visitors.scene.plan, scripts=True) as somebody:
            if who:
                await somebody.sign_in(who)
            for title, path in pages.items():
                await somebody.open(path)
                await look(somebody.page, title, found)
            if not who:
                await somebody.open("/sign-in")
                await somebody.follow("Go to the sign-in service")
                await look(somebody.page, "issuer", found)
    return found


async def look(page: Page, title: str, found: Looked) -> None:
    found.pages += 1
    for name, (width, height) in (("wide", WIDE), ("narrow", NARROW)):
        await page.set_viewport_size({"width": width, "height": height})
        wrong = (await Axe().run(page)).response["violations"]
        if wrong:
            found.axe[f"{title}, {name}"] = [f"{one['impact']} {one['id']} {one['nodes'][0]['html']}" for one in wrong]
    if await page.evaluate(OVERFLOW) > 0:
        found.sideways.append(title)
    await page.set_viewport_size({"width": 640, "height": 900})
    await page.evaluate(LARGER)
    if await page.evaluate(OVERFLOW) > 0:
        found.sideways.append(f"{title} with larger text")


async def test_axe_finds_nothing(looked: Looked) -> None:
    """On no page, wide or narrow."""
    assert looked.pages >= 26
    assert looked.axe == {}


async def test_nothing_is_cut_off_on_a_small_screen_or_with_large_text(looked: Looked) -> None:
    """At 320 pixels, and at 640 with text twice as large, no page scrolls sideways."""
    assert looked.sideways == []
