"""A bus and a pair of services for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.bus import Bus, running_bus
from tests.support.databases import database_url
from tests.support.ledger import TOPOLOGY, Site


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[Bus]:
    with running_bus(tmp_path / "bus", TOPOLOGY) as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def make_sites(bus: Bus, folder: Path, kind: str) -> tuple[Site, Site]:
    """Ledger and mirror, prepared, with the bus provisioned."""
    await bus.provision()
    sites = []
    for service in ("ledger", "mirror"):
        site = Site(service, folder, database_url(kind, folder, service), bus.url, bus.seed(service))
        await site.prepare()
        sites.append(site)
    return sites[0], sites[1]


@pytest.fixture
async def sites(bus: Bus, tmp_path: Path, kind: str) -> tuple[Site, Site]:
    return await make_sites(bus, tmp_path, kind)
