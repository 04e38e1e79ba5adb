"""Receipts are computed source by source in turn: whoever asks a hundred times keeps nobody else waiting."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from starlette.requests import Request

from services.intake.front_door.turns import Turns
from shared.errors import Refusal
from tests.support.door import open_house


class Slow:
    """What is computed, when it is let."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.gate = threading.Semaphore(0)
        self.pool = ThreadPoolExecutor()

    def of(self, name: str) -> Callable[[], asyncio.Future[str]]:
        def compute() -> str:
            self.gate.acquire(timeout=20)
            self.done.append(name)
            return name

        return lambda: asyncio.get_running_loop().run_in_executor(self.pool, compute)

    async def let(self, many: int) -> None:
        """So many are computed, one after the other."""
        wanted = len(self.done) + many
        for _ in range(many):
            self.gate.release()
        while len(self.done) < wanted:
            await asyncio.sleep(0.005)
        await asyncio.sleep(0.02)


async def begun(turns: Turns, slow: Slow, source: str, many: int) -> list[asyncio.Task[str]]:
    tasks = [asyncio.create_task(turns.take(source, slow.of(f"{source}{number}"))) for number in range(many)]
    await asyncio.sleep(0.02)
    return tasks


async def test_every_source_has_its_turn() -> None:
    """A hundred of one, then one each of two others: they come after the one at work, not after the hundred."""
    turns, slow = Turns(1, 200), Slow()
    tasks = await begun(turns, slow, "a", 100)
    tasks += await begun(turns, slow, "b", 2)
    tasks += await begun(turns, slow, "c", 1)
    assert turns.present == 103
    await slow.let(6)
    assert slow.done == ["a0", "a1", "b0", "c0", "a2", "b1"]
    await slow.let(97)
    assert len(await asyncio.gather(*tasks)) == 103
    assert turns.present == 0
    slow.pool.shutdown()


async def test_a_full_house_sends_away_the_last_of_the_source_that_fills_it() -> None:
    """Whoever fills it is told so; somebody else is let in for the last of theirs, until both have as many."""
    turns, slow = Turns(1, 4), Slow()
    tasks = await begun(turns, slow, "a", 5)
    with pytest.raises(Refusal, match="busy"):
        await turns.take("a", slow.of("late"))
    others = await begun(turns, slow, "b", 3)
    assert [task.done() for task in tasks] == [False, False, False, True, True]
    assert isinstance(others[2].exception(), Refusal)
    assert turns.present == 5
    await slow.let(5)
    assert slow.done == ["a0", "a1", "b0", "a2", "b1"]
    assert [type(task.exception()) for task in tasks[3:]] == [Refusal, Refusal]
    assert turns.present == 0
    slow.pool.shutdown()


async def test_whoever_goes_away_leaves_their_place() -> None:
    """While waiting, and while it is computed: the next has the turn, and nothing is counted twice."""
    turns, slow = Turns(1, 10), Slow()
    first, second, third = await begun(turns, slow, "a", 3)
    second.cancel()
    first.cancel()
    await asyncio.sleep(0.02)
    assert turns.present == 1
    await slow.let(2)
    assert (await third, slow.done) == ("a2", ["a0", "a2"])
    (last,) = await begun(turns, slow, "b", 1)
    await slow.let(1)
    assert await last == "b0"
    slow.pool.shutdown()


async def test_one_address_with_many_codes_keeps_nobody_waiting(tmp_path: Path) -> None:
    """Through the pages: the receipt of somebody else is computed next, while dozens of guesses wait; a hit and a miss
    are computed once each."""
    async with open_house(tmp_path) as house:
        code = await house.ask()
        guesses = [" ".join((await house.receipt())[0]) for _ in range(30)]
        before, order = house.locks.computed, []

        async def come(client: object, words: str, name: str) -> int:
            answer = await client.post("/en/thread", data={"code": words})  # type: ignore[attr-defined]
            order.append(name)
            return int(answer.status_code)

        async with house.from_address("203.0.113.5") as many, house.from_address("203.0.113.9") as one:
            guessing = [asyncio.create_task(come(many, guess, "guess")) for guess in guesses]
            while house.locks.present < len(guesses) // 2:
                await asyncio.sleep(0)
            assert await come(one, code, "receipt") == 200
            assert set(await asyncio.gather(*guessing)) == {404}
        assert order.index("receipt") < len(guesses) // 2
        assert house.locks.computed - before == len(guesses) + 1


async def test_all_addresses_of_one_connection_are_one_source(tmp_path: Path) -> None:
    """Of IPv6 the network of 64 bits; of IPv4 each; and what is no address is taken as it is."""
    async with open_house(tmp_path) as house:

        def source(host: str) -> str:
            return house.frame.source(Request({"type": "http", "client": (host, 50_000)}))

        assert source("2001:db8:0:7::1") == source("2001:db8:0:7:ffff::2") != source("2001:db8:0:8::1")
        assert source("198.51.100.7") != source("198.51.100.8")
        assert source("socket") == source("socket")
        assert "198.51.100.7" not in source("198.51.100.7")
