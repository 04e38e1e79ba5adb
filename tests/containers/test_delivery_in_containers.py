"""The same delivery on the images of production: nats and PostgreSQL in containers of their own."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from testcontainers.community.postgres import PostgresContainer
from testcontainers.core.container import DockerContainer
from testcontainers.core.waiting_utils import wait_for_logs

from deploy import bus
from deploy.local.keys import ensure_bus_keys, seed_path
from deploy.local.nats_server import NatsServer
from deploy.local.state import StateFolder
from tests.support.ledger import TOPOLOGY, Count, Site, applied_count, at_work, entry_ids, judge

pytestmark = pytest.mark.needs("engine")

ENTRIES = 300


@pytest.fixture
def state(tmp_path: Path) -> StateFolder:
    return StateFolder(tmp_path / "state").create()


@pytest.fixture
def nats(state: StateFolder) -> Iterator[DockerContainer]:
    keys = ensure_bus_keys(state.keys, TOPOLOGY)
    configuration = NatsServer(state).configuration(TOPOLOGY, keys)
    configuration |= {"listen": "0.0.0.0:4222", "http": "0.0.0.0:8222"}
    configuration["jetstream"]["store_dir"] = "/tmp/nats"
    path = state.nats / "container.conf"
    path.write_text(json.dumps(configuration))
    path.chmod(0o644)
    container = DockerContainer("nats:2.15").with_exposed_ports(4222, 8222)
    container.with_volume_mapping(str(path), "/nats.conf", "ro").with_command("-c /nats.conf")
    with container:
        wait_for_logs(container, "Server is ready", timeout=30)
        yield container


@pytest.fixture
def postgres() -> Iterator[PostgresContainer]:
    with PostgresContainer("postgres:15", driver="asyncpg") as container:
        yield container


def address(container: DockerContainer, scheme: str, port: int) -> str:
    return f"{scheme}://{container.get_container_host_ip()}:{container.get_exposed_port(port)}"


async def test_delivery_in_containers(
    state: StateFolder, nats: DockerContainer, postgres: PostgresContainer, tmp_path: Path
) -> None:
    """What was committed at one service is committed at the other, once, on the images of production."""
    url, watched = address(nats, "nats", 4222), address(nats, "http", 8222)
    operator = seed_path(state.keys, bus.OPERATOR)
    await bus.apply(url, operator, TOPOLOGY, stream_bytes=64 * 1024 * 1024, monitoring_urls=[watched])
    sites = []
    for service in ("ledger", "mirror"):
        database = postgres.get_connection_url() if service == "ledger" else f"sqlite:///{tmp_path}/mirror.db"
        seed = seed_path(state.keys, service).read_text().strip()
        site = Site(service, tmp_path, database, url, seed)
        await site.prepare()
        sites.append(site)
    async with at_work(sites[0]) as ledger, at_work(sites[1]) as mirror:
        entries = entry_ids(ENTRIES)
        await asyncio.gather(*(ledger.write(entry) for entry in entries))
        async with asyncio.timeout(30):
            while await applied_count(mirror.database) < ENTRIES or await ledger.unpublished():
                await asyncio.sleep(0.05)
        assert await judge(ledger.database, mirror.database, set(entries)) == Count(0, 0, 0)
