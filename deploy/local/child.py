"""One child process: how it is tied to its parent, started and ended.

Rule: the kernel kills it when its parent dies, whatever the parent died of, and it leads a process group of its own,
so that Ctrl-C reaches the supervisor alone and what the child started ends with it.
"""

import asyncio
import ctypes
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.errors import LocalError
from deploy.local.leftovers import kill_group

_PR_SET_PDEATHSIG = 1


@dataclass
class Child:
    """One supervised program. restarts: how often it died by itself and was started again."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    restart: bool
    process: Process | None = None
    restarts: int = 0
    keeper: asyncio.Task[None] | None = field(default=None, repr=False)

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.returncode is None

    @property
    def pid(self) -> int | None:
        """None while it does not run."""
        return self.process.pid if self.process is not None and self.running else None


async def spawn(child: Child, log: Path) -> Process:
    """Start the program, both outputs appended to `log`; raises LocalError when it cannot be."""
    with log.open("ab") as output:
        try:
            return await asyncio.create_subprocess_exec(
                *child.argv,
                env={**os.environ, **child.env},
                stdin=DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=_die_with_parent(),
            )
        except OSError as failed:
            raise LocalError(f"{child.name} cannot be started: {child.argv[0]}: {failed.strerror}") from failed


async def end(process: Process, grace_s: float) -> None:
    """Ask it to end; when it still runs after `grace_s` seconds, kill it with all that it started."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.terminate()
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), grace_s)
    kill_group(process.pid)
    await process.wait()


def _die_with_parent() -> Callable[[], None] | None:
    """What the child does before it becomes the program. Everything is looked up before the fork."""
    if sys.platform != "linux":
        return None
    parent, prctl = os.getpid(), ctypes.CDLL(None).prctl

    def tie() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before the tie was made
            os._exit(1)

    return tie
