"""The public front door in a real browser: with scripts off in five languages, and through axe."""

from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

from services.intake.front_door.model.letters import LANGUAGES
from tests.browser.chromium import NARROW, chromium
from tests.browser.front_door import served, walk
from tests.support.door import open_house

pytestmark = [pytest.mark.needs("browser"), pytest.mark.timeout(600)]

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
SIZE = {"width": NARROW[0], "height": NARROW[1]}


async def test_it_is_walked_without_scripts_in_every_language(tmp_path: Path) -> None:
    """Ask, keep, send, come back, read, write, take back; nothing is loaded from elsewhere and no cookie is set."""
    async with open_house(tmp_path) as house, served(house) as address, chromium() as browser:
        for language in LANGUAGES:
            context = await browser.new_context(java_script_enabled=False, viewport=SIZE)  # type: ignore[arg-type]
            asked: list[str] = []
            context.on("request", lambda request, asked=asked: asked.append(request.url))

            async def seen(page: Page, name: str, language: str = language) -> None:
                direction = await page.locator("html").get_attribute("dir")
                assert direction == ("rtl" if language == "ar" else "ltr"), name

            await walk(await context.new_page(), address, house, language, seen)
            assert {url for url in asked if not url.startswith(address)} == set()
            assert await context.cookies() == []
            await context.close()


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_every_page_is_clean_to_axe_and_fits_a_small_screen(tmp_path: Path, language: str) -> None:
    """At 320 pixels, left to right and right to left; scripts are on for axe alone."""
    wrong: dict[str, list[str]] = {}

    async def seen(page: Page, name: str) -> None:
        found = (await Axe().run(page)).response["violations"]
        wrong.update({name: [f"{one['id']} {one['nodes'][0]['html']}" for one in found]} if found else {})
        if await page.evaluate(OVERFLOW) > 0:
            wrong.setdefault(name, []).append("scrolls sideways")

    async with open_house(tmp_path) as house, served(house) as address, chromium() as browser:
        context = await browser.new_context(bypass_csp=True, viewport=SIZE)  # type: ignore[arg-type]
        await walk(await context.new_page(), address, house, language, seen)
    assert wrong == {}
