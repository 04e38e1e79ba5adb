"""Long computations, each in a process of its own with an end to its time and memory.

Rule: the loop never waits for a computation, and a computation never touches the network, a database or the settings:
it gets bytes and gives bytes. What comes back is never code or an object, so whoever took the child over by what it
was given to read gets no further. However it ends, its end is data.
"""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from shared.pool import child

State = Literal["done", "timed_out", "out_of_memory", "failed"]

MIB = 1024 * 1024
_TELLS = 4096


@dataclass(frozen=True)
class Limits:
    """seconds: of real time and of processor time. memory: bytes of address space. most: bytes of the result."""

    seconds: float = 30.0
    memory: int = 1024 * MIB
    most: int = 32 * MIB


@dataclass(frozen=True)
class Outcome:
    """How a computation ended. content: what it gave, when done. why: one word when it failed; never what it read.

    The word is the code of the Refusal that the computation raised, the name of another exception, or `killed`,
    `result_too_large`.
    """

    state: State
    content: bytes = b""
    why: str = ""


ORDINARY = Limits()


class Pool:
    """At most `at_once` computations of this process run together; the others wait their turn."""

    def __init__(self, at_once: int = 2) -> None:
        self._turns = asyncio.Semaphore(at_once)

    async def run(self, function: Callable[[bytes], bytes], given: bytes, limits: Limits = ORDINARY) -> Outcome:
        """What the function of a module makes of `given`, in a fresh process.

        Cancelled, it ends the process. Time spent waiting for a turn does not count. Never call it inside a `Work`:
        a transaction waits for nothing.
        """
        name = f"{function.__module__}:{function.__qualname__}"
        async with self._turns:
            process = await _begin(name, limits)
            try:
                async with asyncio.timeout(limits.seconds):
                    return await _talk(process, given, limits)
            except TimeoutError:
                return Outcome("timed_out")
            finally:
                await _end(process)


async def _begin(name: str, limits: Limits) -> Process:
    # Nothing of our environment: settings and tokens are none of its business.
    environment = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "LC_ALL": "C.UTF-8"}
    arguments = [name, str(os.getpid()), str(max(1, round(limits.seconds))), str(limits.memory)]
    command = [sys.executable, "-P", "-s", "-m", child.__name__, *arguments]
    return await asyncio.create_subprocess_exec(
        *command, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=environment, start_new_session=True, close_fds=True
    )


async def _talk(process: Process, given: bytes, limits: Limits) -> Outcome:
    assert process.stdout is not None
    assert process.stderr is not None
    giving = asyncio.create_task(_give(process, given))
    telling = asyncio.create_task(process.stderr.read(_TELLS))
    try:
        content = await _up_to(process.stdout, limits.most)
        if content is None:
            return Outcome("failed", why="result_too_large")
        code = await process.wait()
        return _outcome(code, content, (await telling).decode("utf-8", "replace"))
    finally:
        for task in (giving, telling):
            task.cancel()


async def _give(process: Process, given: bytes) -> None:
    assert process.stdin is not None
    with suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(given)
        await process.stdin.drain()
        process.stdin.close()


async def _up_to(stream: asyncio.StreamReader, most: int) -> bytes | None:
    """All of it, or None when it is more than `most` bytes."""
    pieces, length = [], 0
    while piece := await stream.read(MIB):
        length += len(piece)
        if length > most:
            return None
        pieces.append(piece)
    return b"".join(pieces)


def _outcome(code: int, content: bytes, told: str) -> Outcome:
    if code == child.DONE:
        return Outcome("done", content)
    if code == child.OUT_OF_MEMORY or (code == -signal.SIGABRT and "memory allocation" in told):
        return Outcome("out_of_memory")
    if code in (-signal.SIGXCPU, -signal.SIGKILL):
        return Outcome("timed_out")
    return Outcome("failed", why=content.decode("ascii", "replace")[:64] if code == child.REFUSED else "killed")


async def _end(process: Process) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


__all__ = ["ORDINARY", "Limits", "Outcome", "Pool", "State"]
