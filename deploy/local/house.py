"""Everything on one machine: the bus, the clock, one process per service on SQLite, the desk and its issuer.

Rule: what is started here is what operators run, with other addresses; keys and data are made once and used again, and
nothing started here outlives it.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from secrets import token_bytes

import httpx
import orjson
from joserfc.jwk import ECKey

from deploy import bus
from deploy.local.clock_server import ClockServer
from deploy.local.errors import LocalError
from deploy.local.keys import (
    DevelopmentIssuer,
    ensure_bus_keys,
    ensure_client_secret,
    seed_path,
)
from deploy.local.nats_server import refuse_taken
from deploy.local.plan import DESK, FRONT_DOOR, ISSUER, SERVICES, Plan
from deploy.local.processes import Supervisor
from deploy.local.state import write_private
from shared.contracts.topology import LODESTAR
from shared.vault import MasterKeys, public_entry
from shared.vault.locking import alone

STREAM_BYTES = 256 * 1024 * 1024
READY_S = 60.0

__all__ = ["DESK", "FRONT_DOOR", "SERVICES", "Plan", "ensure_keys", "migrate", "ready", "running", "start_service"]


@asynccontextmanager
async def running(plan: Plan) -> AsyncIterator[Supervisor]:
    """Everything up and ready; stopped at the end, the clock first, while the bus still hears it go, then the processes
    in the reverse order. Errors: LocalError, Refusal."""
    async with Supervisor(plan.state) as supervisor:
        public_keys = ensure_keys(plan)
        for service in SERVICES:
            for replica in range(plan.replicas):
                refuse_taken(plan.port(service, replica))
                refuse_taken(plan.metrics_port(service, replica))
        if plan.front_door:
            refuse_taken(plan.port_base + 7)
            refuse_taken(plan.front_door_metrics_port)
        if plan.desk:
            await _start_issuer(plan, supervisor)
        await plan.nats.start(supervisor, LODESTAR, public_keys)
        operator = seed_path(plan.state.keys, bus.OPERATOR)
        monitoring = [plan.nats.monitoring_url]
        await bus.apply(plan.nats.url, operator, LODESTAR, stream_bytes=STREAM_BYTES, monitoring_urls=monitoring)
        async with _clock(plan):
            await asyncio.gather(*(migrate(plan, name) for name in _programs(plan)))
            for service in SERVICES:
                for replica in range(plan.replicas):
                    await start_service(plan, supervisor, service, replica)
            if plan.front_door:
                await start_front_door(plan, supervisor)
            if plan.desk:
                command = [*plan.program, f"services.{DESK}", "serve"]
                await supervisor.start(DESK, command, plan.desk_environment(), restart=True)
            await ready(plan)
            yield supervisor


@asynccontextmanager
async def _clock(plan: Plan) -> AsyncIterator[None]:
    if plan.clock is None:
        yield
        return
    async with ClockServer(plan.nats.url, seed_path(plan.state.keys, bus.CLOCK), plan.state.clock, plan.clock):
        yield


def ensure_keys(plan: Plan) -> dict[str, str]:
    """Make the keys that are missing; the public bus key of everybody."""
    DevelopmentIssuer.open(plan.state.keys, plan.issuer_url)
    ensure_client_secret(plan.state.keys)
    for service in (*SERVICES, DESK):
        if not plan.master(service).exists():
            MasterKeys.create(plan.master(service))
    with alone(plan.recipients):
        entries = {service: public_entry(MasterKeys.load(plan.master(service))) for service in SERVICES}
        write_private(plan.recipients, orjson.dumps(entries))
    if not plan.front_door_secret.exists():
        write_private(plan.front_door_secret, token_bytes(32))
    if not plan.referral_key.exists():
        made = ECKey.generate_key("P-256", auto_kid=True)
        write_private(plan.referral_key, orjson.dumps(made.as_dict(private=True)))
    key = ECKey.import_key(orjson.loads(plan.referral_key.read_bytes()))
    write_private(plan.referral_public, orjson.dumps(key.as_dict(private=False)))
    return ensure_bus_keys(plan.state.keys, LODESTAR)


async def migrate(plan: Plan, service: str) -> None:
    """Bring the databases of a service, or of the desk, to the head of its migrations. Errors: LocalError."""
    environment, module = _program(plan, service)
    command = [*plan.program, module, "migrate"]
    with plan.state.log_of(f"{service}.migrate").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *command, env={**os.environ, **environment}, stdout=log, stderr=log
        )
        if await process.wait() != 0:
            raise LocalError(f"{service} cannot be migrated", f"see {plan.state.log_of(f'{service}.migrate')}")


async def start_service(plan: Plan, supervisor: Supervisor, service: str, replica: int = 0) -> None:
    """Start one process of a service; it is started again when it dies."""
    name = service if replica == 0 else f"{service}-{replica}"
    command = [*plan.program, plan.module.format(service=service), "serve"]
    await supervisor.start(name, command, plan.environment(service, replica), restart=True)


async def start_front_door(plan: Plan, supervisor: Supervisor) -> None:
    """Start the public front door; it is started again when it dies."""
    command = [*plan.program, f"services.intake.{FRONT_DOOR}", "serve"]
    await supervisor.start(FRONT_DOOR, command, plan.front_door_environment(), restart=True)


async def _start_issuer(plan: Plan, supervisor: Supervisor) -> None:
    told = ["--keys", str(plan.state.keys), "--port", str(plan.port_base + 6), "--redirect", plan.desk_callback]
    for port in (plan.port_base + 6, plan.port_base + 14, plan.desk_metrics_port):
        refuse_taken(port)
    await supervisor.start(ISSUER, [*plan.program, "deploy.local.issuer", *told], restart=True)


async def ready(plan: Plan, timeout_s: float = READY_S) -> None:
    """Return when every process says that it is ready. Errors: LocalError naming one that is not."""
    listening = [(service, plan.url(service, replica)) for service in SERVICES for replica in range(plan.replicas)]
    if plan.front_door:
        listening.append((FRONT_DOOR, plan.front_door_url))
    if plan.desk:
        listening += [(ISSUER, plan.issuer_url), (DESK, plan.desk_url)]
    async with httpx.AsyncClient(timeout=2, trust_env=False) as http:
        for name, url in listening:
            await _ready(http, plan, name, url, timeout_s)


async def _ready(http: httpx.AsyncClient, plan: Plan, name: str, url: str, timeout_s: float) -> None:
    deadline = asyncio.get_running_loop().time() + timeout_s
    while True:
        try:
            if (await http.get(f"{url}/health/ready")).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        if asyncio.get_running_loop().time() > deadline:
            raise LocalError(f"{name} is not ready after {timeout_s:g} s", f"see {plan.state.log_of(name)}")
        await asyncio.sleep(0.05)


def _programs(plan: Plan) -> tuple[str, ...]:
    door = (FRONT_DOOR,) if plan.front_door else ()
    return (*SERVICES, *door, DESK) if plan.desk else (*SERVICES, *door)


def _program(plan: Plan, name: str) -> tuple[dict[str, str], str]:
    """The settings with which a program is migrated, and its module."""
    if name == FRONT_DOOR:
        return plan.front_door_environment(owner=True), f"services.intake.{FRONT_DOOR}"
    return plan.desk_environment() if name == DESK else plan.environment(name), f"services.{name}"
