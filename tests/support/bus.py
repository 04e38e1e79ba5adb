"""A real nats-server for tests: started in under a second, killed at will, its data kept."""

import json
import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from socket import socket

from deploy import bus
from deploy.local.keys import ensure_bus_keys, seed_path
from deploy.local.nats_server import NatsServer, find_binary
from deploy.local.state import StateFolder
from shared.contracts.topology import Topology


def free_port() -> int:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Bus:
    """A nats-server with the topology's users, sync always unless told otherwise."""

    folder: Path
    topology: Topology
    sync: str = "always"
    process: subprocess.Popen[bytes] | None = None
    starts: int = field(default=0)

    def __post_init__(self) -> None:
        self.state = StateFolder(self.folder).create()
        self.public_keys = ensure_bus_keys(self.state.keys, self.topology)
        self.server = NatsServer(self.state, free_port(), free_port())

    @property
    def url(self) -> str:
        return self.server.url

    def seed(self, name: str) -> str:
        return seed_path(self.state.keys, name).read_text().strip()

    def start(self) -> None:
        configuration = self.server.configuration(self.topology, self.public_keys)
        if self.sync != "always":
            del configuration["jetstream"]["sync_interval"]
        self.server.config_path.write_text(json.dumps(configuration))
        log = self.state.log_of("nats").open("ab")
        command = [str(find_binary()), "-c", str(self.server.config_path)]
        self.process = subprocess.Popen(command, stdout=log, stderr=log)
        self.starts += 1
        self._await_health()

    def _await_health(self) -> None:
        for _ in range(400):
            try:
                with urllib.request.urlopen(f"{self.server.monitoring_url}/healthz", timeout=1):
                    return
            except OSError:
                time.sleep(0.025)
        raise AssertionError("nats-server did not answer within 10 s")

    def kill(self) -> None:
        """As a power cut would, for the process."""
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait()

    async def provision(self) -> None:
        operator = seed_path(self.state.keys, bus.OPERATOR)
        await bus.apply(
            self.url,
            operator,
            self.topology,
            stream_bytes=256 * 1024 * 1024,
            require_sync_always=self.sync == "always",
            monitoring_urls=[self.server.monitoring_url],
        )


@contextmanager
def running_bus(folder: Path, topology: Topology, *, sync: str = "always") -> Iterator[Bus]:
    made = Bus(folder, topology, sync)
    made.start()
    try:
        yield made
    finally:
        made.stop()
