"""Chromium as staff have it: with scripts off, a profile of its own for each person, and every request written down."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from playwright.async_api import Browser, Locator, Page, Request, async_playwright

from deploy.local.house import Plan
from deploy.local.story.cast import called
from tests.conftest import CHROMIUM

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDE = (1100, 900)
NARROW = (320, 800)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser without anything from earlier."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        try:
            yield browser
        finally:
            await browser.close()


async def follow(target: Locator) -> None:
    """Click what leads to another page, and wait until that page is whole: a look in between would find nothing."""
    async with target.page.expect_navigation():
        await target.click()


@dataclass
class Person:
    """Somebody of the staff at a browser. asked: the addresses of all requests that it made."""

    page: Page
    plan: Plan
    asked: list[str] = field(default_factory=list)

    async def open(self, path: str) -> int:
        """Go to a page of the desk; the status of the answer."""
        answer = await self.page.goto(self.plan.desk_url + path)
        assert answer is not None
        return answer.status

    async def sign_in(self, name: str) -> None:
        """By way of the issuer, as one of the invented staff."""
        await self.open("/sign-in")
        await self.follow("Go to the sign-in service")
        await follow(self.page.get_by_role("button", name=called(name), exact=True))
        await self.page.wait_for_url(f"{self.plan.desk_url}/board")

    async def follow(self, link: str) -> None:
        """By the link of this name to its page."""
        await follow(self.page.get_by_role("link", name=link))

    async def press(self, button: str) -> None:
        """The button of this name, and on to the page that answers."""
        await follow(self.page.get_by_role("button", name=button))

    async def heading(self) -> str:
        return await self.page.locator("h1").inner_text()

    async def text(self) -> str:
        return await self.page.locator("main").inner_text()


@asynccontextmanager
async def person(
    browser: Browser, plan: Plan, *, scripts: bool = False, size: tuple[int, int] = WIDE
) -> AsyncIterator[Person]:
    """A browser profile of its own. scripts: only for tools that look at a page, past the desk's own ban on scripts."""
    width, height = size
    context = await browser.new_context(
        java_script_enabled=scripts,
        bypass_csp=scripts,
        viewport={"width": width, "height": height},
    )
    somebody = Person(await context.new_page(), plan)

    def note(request: Request) -> None:
        somebody.asked.append(request.url)

    context.on("request", note)
    try:
        yield somebody
    finally:
        await context.close()
