"""`python -m tests.browser.front_door [FOLDER]`: the public pages as pictures, in each language, on a telephone.

The walk itself is what tests walk too: ask, keep the receipt, send, come back, read the answer, write, take back.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import uvicorn
from playwright.async_api import Page

from services.intake.front_door.model.letters import LANGUAGES
from tests.browser.chromium import NARROW, chromium, follow
from tests.support.door import House, open_house
from tests.support.room import staff

DEFAULT = "screenshots/front_door"
STORIES = {
    "en": "They came to the house of a friend last night.",
    "fr": "Ils sont venus chez un ami la nuit dernière.",
    "ru": "Прошлой ночью они пришли в дом моего друга.",
    "ar": "جاؤوا الليلة الماضية إلى بيت صديق لي.",
    "es": "Anoche vinieron a la casa de un amigo.",
}
ANSWERS = {
    "en": "We have read it. Are you alone now?",
    "fr": "Nous l’avons lu. Êtes-vous seul maintenant ?",
    "ru": "Мы прочли. Вы сейчас одни?",
    "ar": "قرأنا ما كتبت. هل أنت وحدك الآن؟",
    "es": "Lo hemos leído. ¿Está a solas ahora?",
}

Seen = Callable[[Page, str], Awaitable[None]]


@asynccontextmanager
async def served(house: House) -> AsyncIterator[str]:
    """The address of the front door of a house."""
    server = uvicorn.Server(uvicorn.Config(house.app, port=0, log_config=None, lifespan="off"))
    running = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await running


async def walk(page: Page, address: str, house: House, language: str, seen: Seen) -> None:
    """Everything that somebody does at the front door, with every page told to `seen`."""
    await page.goto(f"{address}/{language}")
    await seen(page, "welcome")
    await page.goto(f"{address}/{language}/safety")
    await seen(page, "safety")
    words = await ask(page, address, language, seen)
    await house.carry()
    await answer(house, ANSWERS[language])
    await house.carry()
    await page.goto(f"{address}/{language}/code")
    await page.fill("#code", "zzz")
    await follow(page.locator("main button").first)
    await seen(page, "code-wrong")
    await page.fill("#code", " - ".join(words).upper())
    await follow(page.locator("main button").first)
    assert ANSWERS[language] in await page.inner_text("main")
    await seen(page, "thread")
    await page.fill("#text", STORIES[language])
    await follow(page.locator("form[action$=message] button"))
    assert await page.locator(".good").count() == 1
    await follow(page.locator("form[action$=withdrawal] button"))
    await seen(page, "thread-not-sure")
    await page.check("#sure")
    await follow(page.locator("form[action$=withdrawal] button"))
    await seen(page, "withdrawn")


async def ask(page: Page, address: str, language: str, seen: Seen) -> list[str]:
    """From the empty form to the sent request; the words."""
    await page.goto(f"{address}/{language}/ask")
    await seen(page, "ask")
    await page.fill("#country", "Anywhere")
    await follow(page.locator("main button").first)
    await seen(page, "ask-empty")
    assert await page.input_value("#country") == "Anywhere"
    await page.fill("#story", STORIES[language])
    await page.check("#in_danger")
    await follow(page.locator("main button").first)
    await seen(page, "receipt")
    words = await page.locator("ol.words li").all_inner_texts()
    await follow(page.locator("main button").first)
    await page.fill("#word_2", words[0])
    await page.fill("#word_5", words[4])
    await follow(page.locator("form[action$=sent] button"))
    await seen(page, "kept-wrong")
    await page.fill("#word_2", words[1])
    await page.fill("#word_5", words[4])
    await follow(page.locator("form[action$=sent] button"))
    await seen(page, "sent")
    return words


async def answer(house: House, text: str) -> None:
    """An officer answers whoever waits."""
    async with house.room.client(staff("intake_officer")) as officer:
        (thread,) = (await officer.get("/threads?waiting=true")).json()["items"]
        url = f"/requests/{thread['request_id']}/thread/answer"
        said = await officer.post(url, json={"text": text}, headers={"If-Match": f'"{thread["version"]}"'})
        assert said.status_code == 200, said.text


async def main(folder: Path) -> None:
    with TemporaryDirectory() as state:
        async with open_house(Path(state)) as house, served(house) as address, chromium() as browser:
            for language in LANGUAGES:
                width, height = NARROW
                size = {"width": width, "height": height}
                context = await browser.new_context(java_script_enabled=False, viewport=size)  # type: ignore[arg-type]

                async def shoot(page: Page, name: str, language: str = language) -> None:
                    await page.screenshot(path=folder / f"{language}-{name}.png", full_page=True)

                await walk(await context.new_page(), address, house, language, shoot)
                await context.close()


if __name__ == "__main__":
    chosen = Path(sys.argv[1] if len(sys.argv) > 1 else DEFAULT)
    chosen.mkdir(parents=True, exist_ok=True)
    asyncio.run(main(chosen))
