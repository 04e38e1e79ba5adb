"""Supervision: nothing is left running, nothing of others is touched, two do not share a folder."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from deploy.local.child import Child
from deploy.local.errors import LocalError
from deploy.local.leftovers import end_leftovers, remember, running
from deploy.local.nats_server import find_binary
from deploy.local.processes import Supervisor
from deploy.local.state import StateFolder

SLEEP = [sys.executable, "-c", "import time; print('here', flush=True); time.sleep(600)"]
DEAF = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('here', flush=True); time.sleep(600)",
]
SUPERVISOR = """
import asyncio, signal, sys
from pathlib import Path
from deploy.local.processes import Supervisor
from deploy.local.state import StateFolder

async def main():
    async with Supervisor(StateFolder(Path(sys.argv[1]))) as supervisor:
        child = await supervisor.start("nats", sys.argv[2:])
        print(child.pid, flush=True)
        await asyncio.sleep(600)

# Whoever runs the tests in the background may have had Ctrl-C ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
asyncio.run(main())
"""


def alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


async def until(done: Callable[[], bool], seconds: float = 8) -> None:
    async with asyncio.timeout(seconds):
        while not done():
            await asyncio.sleep(0.02)


@pytest.fixture
def other_supervisor(state: StateFolder, free_port: Callable[[], int]) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A supervisor in a process of its own, and the pid of the nats-server that it runs."""
    server = [str(find_binary()), "-a", "127.0.0.1", "-p", str(free_port())]
    with subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, str(state.path), *server], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield process, int(process.stdout.readline())
        process.kill()


async def test_a_child_dies_with_its_killed_parent(other_supervisor: tuple[subprocess.Popen[str], int]) -> None:
    """When the supervisor is killed, the kernel kills its children."""
    parent, child = other_supervisor
    assert alive(child)
    parent.kill()
    await until(lambda: not alive(child))


async def test_an_orderly_end_of_the_supervisor_ends_its_children(
    other_supervisor: tuple[subprocess.Popen[str], int], state: StateFolder
) -> None:
    """After Ctrl-C no child runs and no pid is written down."""
    parent, child = other_supervisor
    parent.send_signal(signal.SIGINT)
    await until(lambda: not alive(child))
    await until(lambda: parent.poll() is not None)
    assert list(state.run.iterdir()) == []


async def test_a_stale_server_of_a_killed_supervisor_is_replaced(
    state: StateFolder, free_port: Callable[[], int]
) -> None:
    """A server that outlived its killed supervisor is ended by the next start, which gets port and folder."""
    argv = [str(find_binary()), "-a", "127.0.0.1", "-p", str(free_port())]
    stale = orphan_of_killed_supervisor(state, argv)
    assert running(state.run) == {"nats": stale}
    async with Supervisor(state) as supervisor:
        assert not alive(stale)
        child = await supervisor.start("nats", argv)
        await until(lambda: "Server is ready" in state.log_of("nats").read_text())
        assert child.running
        assert running(state.run) == {"nats": child.pid}


def orphan_of_killed_supervisor(state: StateFolder, argv: list[str]) -> int:
    """The pid of a child that the kernel was not asked to kill, as on systems without a death signal."""
    untied = SUPERVISOR.replace("async def main", "child._die_with_parent = lambda: None\n\nasync def main")
    program = "from deploy.local import child\n" + untied
    with subprocess.Popen([sys.executable, "-c", program, str(state.path), *argv], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    assert alive(pid)
    return pid


def test_a_deaf_leftover_is_killed(state: StateFolder) -> None:
    """A leftover that does not end when asked is killed when the grace is over."""
    with subprocess.Popen(DEAF, start_new_session=True, stdout=subprocess.PIPE) as stale:
        assert stale.stdout is not None
        stale.stdout.readline()
        remember(state.run, "deaf", stale.pid)
        assert end_leftovers(state.run, grace_s=0.2) == ["deaf"]
        assert stale.wait() == -signal.SIGKILL


def test_a_reused_pid_is_left_alone(state: StateFolder) -> None:
    """A process that merely has the pid of an earlier child is not ended."""
    with subprocess.Popen(SLEEP, stdout=subprocess.DEVNULL) as stranger:
        noted = {"pid": stranger.pid, "created": psutil.Process(stranger.pid).create_time() - 3600}
        (state.run / "nats.pid").write_text(json.dumps(noted))
        assert end_leftovers(state.run) == []
        assert stranger.poll() is None
        stranger.kill()


async def test_a_child_that_dies_is_started_again(state: StateFolder) -> None:
    """A child with `restart` that is killed comes back, with a note in its log; one without stays away."""
    async with Supervisor(state) as supervisor:
        kept = await supervisor.start("kept", SLEEP, restart=True)
        once = await supervisor.start("once", SLEEP)
        first, second = kept.pid, once.pid
        assert first
        assert second
        os.kill(first, signal.SIGKILL)
        os.kill(second, signal.SIGKILL)
        await until(lambda: kept.restarts == 1 and kept.running)
        assert kept.pid != first
        assert not once.running
        assert running(state.run) == {"kept": kept.pid}
    assert "kept ended with -9, starts again in 0.2 s" in state.log_of("kept").read_text()


async def test_restarts_slow_down(state: StateFolder) -> None:
    """A child that keeps dying is started again after a delay that doubles."""
    async with Supervisor(state) as supervisor:
        child = await supervisor.start("broken", [sys.executable, "-c", "raise SystemExit(3)"], restart=True)
        await until(lambda: child.restarts == 2)
    log = state.log_of("broken").read_text()
    assert "ended with 3, starts again in 0.2 s" in log
    assert "ended with 3, starts again in 0.4 s" in log


async def test_children_are_stopped_in_reverse_order(state: StateFolder) -> None:
    """The last one started is stopped first; a deaf one is killed after the grace; no zombie is left."""
    supervisor = Supervisor(state, grace_s=0.3)
    supervisor.open()
    first = await supervisor.start("first", SLEEP)
    deaf = await supervisor.start("deaf", DEAF)
    await until(lambda: state.log_of("deaf").read_text() == "here\n")
    pids = [first.pid, deaf.pid]
    ended: list[str] = []
    watch = [asyncio.create_task(note_end(child, ended)) for child in (first, deaf)]
    await supervisor.close()
    await asyncio.gather(*watch)
    assert ended == ["deaf", "first"]
    assert [pid for pid in pids if pid and psutil.pid_exists(pid)] == []


async def test_a_grandchild_ends_with_its_killed_parent(state: StateFolder, tmp_path: Path) -> None:
    """What a child started in its process group ends when the child is killed."""
    note = tmp_path / "grandchild"
    script = (
        f"import subprocess, sys, time; p = subprocess.Popen({SLEEP!r});"
        f"open({str(note)!r}, 'w').write(str(p.pid)); time.sleep(600)"
    )
    async with Supervisor(state) as supervisor:
        child = await supervisor.start("parent", [sys.executable, "-c", script])
        await until(lambda: note.exists() and note.read_text() != "")
        assert child.pid
        os.kill(child.pid, signal.SIGKILL)
        await until(lambda: not alive(int(note.read_text())))


async def test_two_do_not_share_a_folder(state: StateFolder) -> None:
    """A second supervisor of the same folder is refused with the pid of the first, until that one closes."""
    async with Supervisor(state):
        with pytest.raises(LocalError, match=f"in use by process {os.getpid()}$"):
            Supervisor(state).open()
    async with Supervisor(state):
        pass


async def test_a_missing_program_is_one_line(state: StateFolder) -> None:
    """A program that is not there gives one line, and nothing is left behind."""
    async with Supervisor(state) as supervisor:
        with pytest.raises(LocalError, match=r"^ghost cannot be started: /nowhere/ghost: No such file"):
            await supervisor.start("ghost", ["/nowhere/ghost"])
        assert supervisor.children == {}


async def note_end(child: Child, ended: list[str]) -> None:
    assert child.process is not None
    await child.process.wait()
    ended.append(child.name)
