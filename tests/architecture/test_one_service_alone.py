"""A service needs `shared`, its own folder and third-party packages; nothing else of the house."""

import asyncio
import shutil
import signal
import sys
import sysconfig
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from deploy.local.house import DESK, Plan, ensure_keys
from deploy.local.state import StateFolder
from shared.contracts.topology import LODESTAR
from tests.architecture import alone
from tests.architecture.tree import ROOT, SERVICES
from tests.support.bus import free_port, running_bus

READY_S = 60.0
STOP_S = 10.0


def copy_out(service: str, folder: Path) -> Path:
    """A folder with `shared` and one service."""
    house = folder / "house"
    skip = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "shared", house / "shared", ignore=skip)
    shutil.copytree(ROOT / "services" / service, house / "services" / service, ignore=skip)
    shutil.copy(ROOT / "services" / "__init__.py", house / "services")
    return house


async def start(house: Path, service: str, command: str, environment: Mapping[str, str]) -> Process:
    """The service's own program, with nothing of this process but the interpreter and the packages."""
    others = ",".join(name for name in (*SERVICES, DESK) if name != service.partition(".")[0])
    arguments = [str(house), sysconfig.get_paths()["purelib"], service, others, command]
    return await asyncio.create_subprocess_exec(
        sys.executable, "-I", "-S", alone.__file__, *arguments, cwd=house, env=environment, stdout=PIPE, stderr=STDOUT
    )


async def ended(process: Process) -> tuple[int | None, str]:
    """Exit code, and everything that it said."""
    said, _ = await process.communicate()
    return process.returncode, said.decode()


@asynccontextmanager
async def serving(house: Path, service: str, environment: Mapping[str, str]) -> AsyncIterator[Process]:
    """The service serves; killed at the end if it still runs."""
    process = await start(house, service, "serve", environment)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def ready(http: httpx.AsyncClient, process: Process, metrics: str) -> None:
    """Return when the service says that it can work, and that it is on the bus."""
    async with asyncio.timeout(READY_S):
        while True:
            if process.returncode is not None:
                raise AssertionError((await ended(process))[1])
            try:
                if (await http.get("/health/ready")).status_code == 200 and await on_the_bus(http, metrics):
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.05)


async def on_the_bus(http: httpx.AsyncClient, metrics: str) -> bool:
    return "\nlodestar_bus_connected 1.0\n" in (await http.get(metrics)).text


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_starts_without_the_others(service: str, tmp_path: Path) -> None:
    """Copied out of the house, it migrates its databases, joins the bus, answers, and ends well when it is told to."""
    house = copy_out(service, tmp_path)
    with running_bus(tmp_path / "state", LODESTAR) as bus:
        await bus.provision()
        plan = Plan(bus.state)
        ensure_keys(plan)
        port, metrics_port = str(free_port()), str(free_port())
        ports = {"LODESTAR_PORT": port, "LODESTAR_METRICS_PORT": metrics_port}
        environment = {**plan.environment(service), "LODESTAR_NATS_URL": bus.url, **ports}
        code, said = await ended(await start(house, service, "migrate", environment))
        assert code == 0, said
        async with (
            serving(house, service, environment) as process,
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http,
        ):
            await ready(http, process, f"http://127.0.0.1:{metrics_port}/metrics")
            assert (await http.get("/metrics")).status_code == 404
            assert (await http.get("/openapi.json")).json()["info"]["title"] == f"Lodestar {service}"
            process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(STOP_S):
                code, said = await ended(process)
            assert code == 0, said


async def test_the_desk_starts_without_services_issuer_and_bus(tmp_path: Path) -> None:
    """It has no credential of the bus; it answers with its sign-in page, and ends well when it is told to."""
    house, plan = copy_out(DESK, tmp_path), Plan(StateFolder(tmp_path / "state").create())
    ensure_keys(plan)
    port, metrics_port = str(free_port()), str(free_port())
    environment = {**plan.desk_environment(), "LODESTAR_PORT": port, "LODESTAR_METRICS_PORT": metrics_port}
    assert not [name for name in environment if "NATS" in name or "RECIPIENTS" in name or "KEYS" in name]
    code, said = await ended(await start(house, DESK, "migrate", environment))
    assert code == 0, said
    async with (
        serving(house, DESK, environment) as process,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http,
    ):
        async with asyncio.timeout(READY_S):
            while not await answers(http, process):
                await asyncio.sleep(0.05)
        assert "<h1>Sign in</h1>" in (await http.get("/sign-in")).text
        assert (await http.get("/metrics")).status_code == 404
        metrics = (await http.get(f"http://127.0.0.1:{metrics_port}/metrics")).text
        assert 'lodestar_http_requests_total{method="GET",route="/sign-in",status="200"} 1.0' in metrics
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(STOP_S):
            code, said = await ended(process)
        assert code == 0, said


async def test_the_front_door_starts_with_nothing_of_intake_but_itself(tmp_path: Path) -> None:
    """Copied out with `shared` alone it migrates, answers with its first page, and ends well; no address of the bus, of
    intake or of its keys is among its settings."""
    house, plan = tmp_path / "house", Plan(StateFolder(tmp_path / "state").create())
    skip = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "shared", house / "shared", ignore=skip)
    shutil.copytree(ROOT / "services/intake/front_door", house / "services/intake/front_door", ignore=skip)
    shutil.copy(ROOT / "services/__init__.py", house / "services")
    shutil.copy(ROOT / "services/intake/__init__.py", house / "services/intake")
    ensure_keys(plan)
    port, metrics_port = str(free_port()), str(free_port())
    environment = {**plan.front_door_environment(), "LODESTAR_PORT": port, "LODESTAR_METRICS_PORT": metrics_port}
    assert not [name for name in environment if "NATS" in name or "MASTER" in name or "KEYS" in name or "JWKS" in name]
    code, said = await ended(await start(house, "intake.front_door", "migrate", environment))
    assert code == 0, said
    async with (
        serving(house, "intake.front_door", environment) as process,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http,
    ):
        async with asyncio.timeout(READY_S):
            while not await answers(http, process):
                await asyncio.sleep(0.05)
        assert "<h1>Здесь можно попросить о помощи</h1>" in (await http.get("/ru")).text
        assert (await http.get("/metrics")).status_code == 404
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(STOP_S):
            code, said = await ended(process)
        assert code == 0, said


async def answers(http: httpx.AsyncClient, process: Process) -> bool:
    """Whether it says that it can work."""
    if process.returncode is not None:
        raise AssertionError((await ended(process))[1])
    try:
        return (await http.get("/health/ready")).status_code == 200
    except httpx.HTTPError:
        return False
