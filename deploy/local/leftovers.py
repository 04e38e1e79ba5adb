"""Which processes were started in a state folder, and the end of those that outlived a crash.

Rule: a process is known by its pid and the moment it was created, never by the pid alone: the number may long belong
to somebody else, whom nobody here may end.
"""

import json
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from deploy.local.errors import LocalError
from deploy.local.state import write_private

GRACE_SECONDS = 5.0
_SAME_MOMENT_SECONDS = 1.0


def remember(run: Path, name: str, pid: int) -> None:
    """Write down that `name` runs as `pid`; nothing when it is gone already."""
    with suppress(psutil.NoSuchProcess):
        created = psutil.Process(pid).create_time()
        write_private(_file(run, name), json.dumps({"pid": pid, "created": created}).encode())


def forget(run: Path, name: str) -> None:
    _file(run, name).unlink(missing_ok=True)


def running(run: Path) -> dict[str, int]:
    """The pids of what was started here and still lives, by name."""
    found = {file.stem: _alive(file) for file in sorted(run.glob("*.pid"))}
    return {name: pid for name, pid in found.items() if pid is not None}


def end_leftovers(run: Path, grace_s: float = GRACE_SECONDS) -> list[str]:
    """End what an earlier run left behind, asked first and killed after `grace_s` seconds; their names. Raises
    LocalError when one cannot be ended: it would write into the same files."""
    left = running(run)
    for send, patience in ((_terminate, grace_s), (_kill, grace_s)):
        for pid in running(run).values():
            send(pid)
        _wait(lambda: not running(run), patience)
    for name, pid in running(run).items():
        raise LocalError(f"{name} of an earlier run, process {pid}, cannot be ended", "end it by hand, then try again")
    for file in run.glob("*.pid"):
        file.unlink(missing_ok=True)
    return list(left)


def kill_group(pid: int) -> None:
    """Kill a child that leads a process group of its own, with everything that it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _terminate(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGTERM)


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        if os.getpgid(pid) == pid:
            kill_group(pid)
        else:
            os.kill(pid, signal.SIGKILL)


def _alive(file: Path) -> int | None:
    try:
        noted = json.loads(file.read_bytes())
        process = psutil.Process(noted["pid"])
        same = abs(process.create_time() - noted["created"]) < _SAME_MOMENT_SECONDS
        return int(process.pid) if same and process.status() != psutil.STATUS_ZOMBIE else None
    except (OSError, ValueError, KeyError, TypeError, psutil.Error):
        return None


def _wait(done: Callable[[], bool], seconds: float) -> None:
    until = time.monotonic() + seconds
    while not done() and time.monotonic() < until:
        time.sleep(0.02)


def _file(run: Path, name: str) -> Path:
    return run / f"{name}.pid"
