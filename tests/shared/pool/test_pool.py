"""Computations in processes of their own: how they end, what they cannot do, and that nobody waits for them."""

import asyncio
import time
from pathlib import Path

import pytest

from shared.pool import Limits, Outcome, Pool
from tests.shared.pool import computations as some

SHORT = Limits(seconds=1.0)
SMALL = Limits(seconds=20.0, memory=512 * 1024 * 1024, most=1024 * 1024)


async def test_bytes_go_in_and_bytes_come_out() -> None:
    """Also more than a pipe holds, and whatever a library prints is not the result."""
    given = bytes(range(256)) * 40_000
    assert await Pool().run(some.reversed_text, given) == Outcome("done", given[::-1])


@pytest.mark.parametrize(
    ("function", "limits", "outcome"),
    [
        (some.sleep, SHORT, Outcome("timed_out")),
        (some.spin, SHORT, Outcome("timed_out")),
        (some.swallow, SMALL, Outcome("out_of_memory")),
        (some.swallow_in_pieces, SMALL, Outcome("out_of_memory")),
        (some.stumble, SMALL, Outcome("failed", why="ValueError")),
        (some.refuse, SMALL, Outcome("failed", why="picture_broken")),
        (some.die, SMALL, Outcome("failed", why="killed")),
        (some.shout, SMALL, Outcome("failed", why="result_too_large")),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
async def test_every_end_is_data(function: object, limits: Limits, outcome: Outcome) -> None:
    """Time, memory, an exception, a refusal, a crash, too much said; and never a word of what was read."""
    assert await Pool().run(function, b"secret", limits) == outcome  # type: ignore[arg-type]


async def test_its_doors_are_shut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No socket, no other program, no file written, no signal to the service, none of its settings."""
    monkeypatch.setenv("LODESTAR_MASTER_FILE", "/somewhere")
    assert await Pool().run(some.try_doors, str(tmp_path / "left").encode()) == Outcome("done", b"")


async def test_the_loop_goes_on_while_it_computes() -> None:
    """A loop that ticks every 10 ms is never held up for long by four computations that spin, two at a time."""
    pool, longest, last = Pool(2), 0.0, time.monotonic()
    runs = asyncio.gather(*(pool.run(some.spin, b"", SHORT) for _ in range(4)))
    while not runs.done():
        await asyncio.sleep(0.01)
        longest, last = max(longest, time.monotonic() - last), time.monotonic()
    assert [it.state for it in await runs] == ["timed_out"] * 4
    assert longest < 0.5


async def test_a_cancelled_computation_is_ended() -> None:
    """Nothing is left of its process, and its turn is free."""
    pool = Pool(1)
    running = asyncio.create_task(pool.run(some.wait_and_mark, b""))
    for _ in range(300):
        await asyncio.sleep(0.02)
        if _processes("computations:wait_and_mark"):
            break
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not _processes("computations:wait_and_mark")
    assert (await pool.run(some.reversed_text, b"ab")).content == b"ba"


def _processes(word: str) -> list[str]:
    found = []
    for one in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = one.read_bytes().decode("utf-8", "replace")
        except OSError:
            continue
        if word in line and "shared.pool.child" in line:
            found.append(line)
    return found
