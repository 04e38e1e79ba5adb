"""A real nats-server for every test: its own ports, its own folder, the permissions of the real topology."""

import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from nats.aio.client import Client

from deploy.local.keys import ensure_bus_keys, seed_path
from deploy.local.nats_server import NatsServer
from deploy.local.processes import Supervisor
from deploy.local.state import StateFolder
from shared.contracts.topology import LODESTAR, inbox_of


@dataclass
class Bus:
    """A running server with nothing applied to it."""

    state: StateFolder
    server: NatsServer
    supervisor: Supervisor
    errors: list[str] = field(default_factory=list)
    _clients: list[Client] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def monitoring(self) -> list[str]:
        return [self.server.monitoring_url]

    def seed(self, name: str) -> Path:
        return seed_path(self.state.keys, name)

    async def connect(self, name: str) -> Client:
        """With the credential of `name`; what the server complains of is collected in `errors`."""
        client = Client()
        seed = str(self.seed(name))
        await client.connect(self.url, nkeys_seed=seed, inbox_prefix=inbox_of(name), error_cb=self._note)
        self._clients.append(client)
        return client

    @property
    def errors_text(self) -> str:
        return "\n".join(self.errors)

    async def close(self) -> None:
        for client in self._clients:
            await client.close()

    async def _note(self, error: Exception) -> None:
        self.errors.append(str(error).lower())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def free_port() -> Callable[[], int]:
    return _free_port


@pytest.fixture
def state(tmp_path: Path) -> StateFolder:
    return StateFolder(tmp_path / "state").create()


@pytest.fixture
async def bus(state: StateFolder) -> AsyncIterator[Bus]:
    server = NatsServer(state, _free_port(), _free_port())
    async with Supervisor(state) as supervisor:
        await server.start(supervisor, LODESTAR, ensure_bus_keys(state.keys, LODESTAR))
        running = Bus(state, server, supervisor)
        yield running
        await running.close()
