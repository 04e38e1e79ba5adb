"""One source floods the front door over real connections, and somebody else asks for help and opens their thread."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn

from services.intake.front_door.places import Places
from shared.errors import Refusal
from shared.settings import Limits
from shared.web.wire import wire
from tests.intake.test_front_door import the_thread
from tests.intake.test_front_door_files import jpeg
from tests.support.door import House, hidden, open_house
from tests.support.room import staff

FLOODING, PERSON = "127.0.0.5", "127.0.0.9"
FEW = Limits(body_bytes=160 * 1024, at_once=12, seconds=30)


@asynccontextmanager
async def open_door(house: House) -> AsyncIterator[int]:
    """The port on which the front door is served, as its program serves it."""
    config = uvicorn.Config(house.app, port=0, http=wire(house.settings.limits), log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    running = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        server.force_exit = True
        await running


@asynccontextmanager
async def at(port: int, address: str) -> AsyncIterator[httpx.AsyncClient]:
    """A browser with this address, with as many connections as it wants."""
    transport = httpx.AsyncHTTPTransport(local_address=address, limits=httpx.Limits(max_connections=None))
    async with httpx.AsyncClient(transport=transport, base_url=f"http://127.0.0.1:{port}", timeout=40) as browser:
        yield browser


async def hold(port: int, stack: AsyncExitStack) -> None:
    """A request that begins and does not go on, until the front door closes it; then another one."""
    local = (FLOODING, 0)
    head = b"POST /en/ask HTTP/1.1\r\nhost: door\r\ncontent-length: 100\r\n"
    head += b"content-type: application/x-www-form-urlencoded\r\n\r\nstory="
    while True:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=local)
        stack.callback(writer.close)
        writer.write(head)
        await reader.read()
        await asyncio.sleep(0.05)


@asynccontextmanager
async def flood(port: int, many: int) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        tasks = [asyncio.create_task(hold(port, stack)) for _ in range(many)]
        await asyncio.sleep(0.5)
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def ask(browser: httpx.AsyncClient) -> str:
    """A whole request through the pages; the words of its receipt."""
    assert (await browser.get("/en/ask")).status_code == 200
    page = await browser.post("/en/ask", data={"story": "They asked for my telephone."})
    assert page.status_code == 200, page.text
    words = re.findall(r"<li>(\w+)</li>", page.text)
    kept = {"draft": hidden(page, "draft"), "word_2": words[1], "word_5": words[4]}
    sent = await browser.post("/en/receipt/sent", data=kept)
    assert sent.status_code == 200, sent.text
    return " ".join(words)


async def test_somebody_asks_and_comes_back_while_one_source_fills_the_house(tmp_path: Path) -> None:
    """Forty requests of one source that never end are held at once where twelve may be present, and held anew as soon
    as one is closed: somebody else is answered on every page, and what they asked arrives. Who floods is refused."""
    async with (
        open_house(tmp_path, limits=FEW) as house,
        open_door(house) as port,
        at(port, PERSON) as person,
        flood(port, 40),
        at(port, FLOODING) as flooding,
    ):
        assert (await flooding.get("/en/ask")).status_code == 503
        words = await ask(person)
        thread = await person.post("/en/thread", data={"code": words})
        assert thread.status_code == 200
        written = {"visit": hidden(thread, "visit"), "text": "I am at my aunt's."}
        assert (await person.post("/en/thread/message", data=written)).status_code == 200
        assert (await person.get("/health/live")).status_code == 200
        await house.carry()
        request_id = (await the_thread(house))["request_id"]
        async with house.room.client(staff("intake_officer")) as officer:
            letters = (await officer.get(f"/requests/{request_id}/letters")).json()["items"]
        assert sorted(letter["kind"] for letter in letters) == ["message", "request"]


async def test_an_address_that_many_share_may_have_the_whole_house(tmp_path: Path) -> None:
    """Where nobody else comes, as many as there are places are answered from one address at once."""
    async with (
        open_house(tmp_path, limits=FEW) as house,
        open_door(house) as port,
        flood(port, FEW.at_once - 1),
        at(port, FLOODING) as browser,
    ):
        for _ in range(3):
            assert (await browser.get("/en/ask")).status_code == 200


async def test_who_is_kept_waiting_takes_no_wait_from_others(tmp_path: Path) -> None:
    """One source has all the waits there are; somebody else who mistyped their code five times still waits, and is
    answered, and what one of the source wrote stays on the page that says that too many wait."""
    async with (
        open_house(tmp_path, waiting=4) as house,
        open_door(house) as port,
        at(port, FLOODING) as flooding,
        at(port, PERSON) as person,
    ):
        words = await ask(person)
        for address, times in ((FLOODING, 7), (PERSON, 5)):
            for _ in range(times):
                house.frame.patience.note(address, time.monotonic())
        tries = [
            asyncio.create_task(flooding.post("/en/ask", data={"story": f"Story {number}"})) for number in range(6)
        ]
        while house.frame.waiting.present < 4:
            await asyncio.sleep(0.01)
        assert (await person.post("/en/thread", data={"code": words})).status_code == 200
        answers = await asyncio.gather(*tries)
        assert sorted(answer.status_code for answer in answers) == [200] * 3 + [503] * 3
        assert all(f"Story {number}" in answer.text for number, answer in enumerate(answers) if answer.is_error)


async def test_files_are_made_anew_source_by_source(tmp_path: Path) -> None:
    """Twelve files of one source wait, and the one file of somebody else is made anew as the second or third."""
    async with (
        open_house(tmp_path, cleaning=1) as house,
        open_door(house) as port,
        at(port, FLOODING) as flooding,
        at(port, PERSON) as person,
    ):
        order: list[str] = []

        async def send(browser: httpx.AsyncClient, name: str) -> int:
            page = await browser.post("/en/thread", data={"code": codes[name]})
            token = page.text.split('action="/en/thread/file"')[1].split('value="')[1].split('"')[0]
            if name == "person":
                while house.frame.files.present < 6:
                    await asyncio.sleep(0.01)
            sent = await browser.post("/en/thread/file", data={"visit": token}, files={"file": ("x.jpg", jpeg())})
            order.append(name)
            return sent.status_code

        codes = {"flood": await ask(flooding), "person": await ask(person)}
        sends = [send(flooding, "flood") for _ in range(12)]
        assert set(await asyncio.gather(*sends, send(person, "person"))) == {200}
        assert order.index("person") < 9


async def test_the_last_of_the_source_with_most_gives_way_until_both_have_as_many() -> None:
    """Of five places, all of one source: another gets two, and is refused the third; whoever goes leaves theirs."""
    places, gone = Places(5), []

    async def stay(source: str, number: int) -> None:
        try:
            async with places.one(source):
                await asyncio.sleep(20)
        except Refusal as refusal:
            gone.append((source, number, refusal.code))

    tasks = [asyncio.create_task(stay("a", number)) for number in range(5)]
    await asyncio.sleep(0)
    tasks += [asyncio.create_task(stay("b", number)) for number in range(3)]
    await asyncio.sleep(0.05)
    assert gone == [("b", 2, "busy"), ("a", 4, "busy"), ("a", 3, "busy")]
    assert places.present == 5
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert places.present == 0
    with pytest.raises(TimeoutError):
        async with places.one("a"), asyncio.timeout(0):
            await asyncio.sleep(1)
