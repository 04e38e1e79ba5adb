"""Everything on one machine: the bus, the clock, and one process per service on SQLite.

Rule: what is started here is what operators run, with other addresses; keys and data are made once and used again, and
nothing started here outlives it.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import httpx
import orjson
from joserfc.jwk import ECKey

from deploy import bus
from deploy.local.clock_server import ClockServer
from deploy.local.errors import LocalError
from deploy.local.keys import ISSUER, DevelopmentIssuer, ensure_bus_keys, jwks_path, seed_path
from deploy.local.nats_server import LOOPBACK, NatsServer, refuse_taken
from deploy.local.processes import Supervisor
from deploy.local.state import StateFolder, write_private
from shared.contracts.topology import LODESTAR
from shared.vault import MasterKeys, public_entry

SERVICES = LODESTAR.services
STREAM_BYTES = 256 * 1024 * 1024
READY_S = 60.0

Databases = Mapping[str, tuple[str, str]]
"""Per service the address of its database and of its key store."""


@dataclass(frozen=True)
class Plan:
    """Where a local installation lives, and from when its clock goes; `None` is the real time.

    replicas: processes per service; the second of a service listens 20 ports above the first.
    """

    state: StateFolder
    port_base: int = 8700
    clock: datetime | None = None
    replicas: int = 1
    databases: Databases = field(default_factory=dict)
    program: Sequence[str] = (sys.executable, "-m")
    module: str = "services.{service}"

    @property
    def nats(self) -> NatsServer:
        return NatsServer(self.state, self.port_base, self.port_base + 1)

    def url(self, service: str, replica: int = 0) -> str:
        return f"http://{LOOPBACK}:{self.port(service, replica)}"

    def port(self, service: str, replica: int = 0) -> int:
        return self.port_base + 10 + SERVICES.index(service) + 20 * replica

    def master(self, service: str) -> Path:
        return self.state.keys / f"{service}.master.json"

    @property
    def recipients(self) -> Path:
        return self.state.keys / "recipients.json"

    @property
    def referral_key(self) -> Path:
        return self.state.keys / "intake.referral.jwk"

    @property
    def referral_public(self) -> Path:
        """What partners get, to encrypt their referrals."""
        return self.state.keys / "intake.referral.public.jwk"

    def environment(self, service: str, replica: int = 0) -> dict[str, str]:
        """The settings of one process, as environment variables."""
        local = f"sqlite:///{self.state.database_of(service)}"
        database, keys = self.databases.get(service, (local, local.replace(".sqlite", ".keys.sqlite")))
        settings = {
            "environment": "local",
            "database_url": database,
            "keys_url": keys,
            "nats_url": self.nats.url,
            "nats_seed_file": str(seed_path(self.state.keys, service)),
            "master_file": str(self.master(service)),
            "recipients_file": str(self.recipients),
            "jwks": str(jwks_path(self.state.keys)),
            "issuer": ISSUER,
            "port": str(self.port(service, replica)),
            "clock": "system" if self.clock is None else "moved",
        }
        if service == "intake":
            settings["referral_key_file"] = str(self.referral_key)
        return {f"LODESTAR_{name.upper()}": value for name, value in settings.items()}


@asynccontextmanager
async def running(plan: Plan) -> AsyncIterator[Supervisor]:
    """Everything up and ready; stopped at the end, the clock first, while the bus still hears it go, then the processes
    in the reverse order. Errors: LocalError, Refusal."""
    async with Supervisor(plan.state) as supervisor:
        public_keys = ensure_keys(plan)
        for service in SERVICES:
            for replica in range(plan.replicas):
                refuse_taken(plan.port(service, replica))
        await plan.nats.start(supervisor, LODESTAR, public_keys)
        operator = seed_path(plan.state.keys, bus.OPERATOR)
        monitoring = [plan.nats.monitoring_url]
        await bus.apply(plan.nats.url, operator, LODESTAR, stream_bytes=STREAM_BYTES, monitoring_urls=monitoring)
        async with _clock(plan):
            await asyncio.gather(*(migrate(plan, service) for service in SERVICES))
            for service in SERVICES:
                for replica in range(plan.replicas):
                    await start_service(plan, supervisor, service, replica)
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
    DevelopmentIssuer.open(plan.state.keys)
    for service in SERVICES:
        if not plan.master(service).exists():
            MasterKeys.create(plan.master(service))
    entries = {service: public_entry(MasterKeys.load(plan.master(service))) for service in SERVICES}
    write_private(plan.recipients, orjson.dumps(entries))
    if not plan.referral_key.exists():
        made = ECKey.generate_key("P-256", auto_kid=True)
        write_private(plan.referral_key, orjson.dumps(made.as_dict(private=True)))
    key = ECKey.import_key(orjson.loads(plan.referral_key.read_bytes()))
    write_private(plan.referral_public, orjson.dumps(key.as_dict(private=False)))
    return ensure_bus_keys(plan.state.keys, LODESTAR)


async def migrate(plan: Plan, service: str) -> None:
    """Bring a service's databases to the head of its migrations. Errors: LocalError."""
    command = [*plan.program, f"services.{service}", "migrate"]
    with plan.state.log_of(f"{service}.migrate").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *command, env={**os.environ, **plan.environment(service)}, stdout=log, stderr=log
        )
        if await process.wait() != 0:
            raise LocalError(f"{service} cannot be migrated", f"see {plan.state.log_of(f'{service}.migrate')}")


async def start_service(plan: Plan, supervisor: Supervisor, service: str, replica: int = 0) -> None:
    """Start one process of a service; it is started again when it dies."""
    name = service if replica == 0 else f"{service}-{replica}"
    command = [*plan.program, plan.module.format(service=service), "serve"]
    await supervisor.start(name, command, plan.environment(service, replica), restart=True)


async def ready(plan: Plan, timeout_s: float = READY_S) -> None:
    """Return when every process says that it is ready. Errors: LocalError naming one that is not."""
    async with httpx.AsyncClient(timeout=2, trust_env=False) as http:
        for service in SERVICES:
            for replica in range(plan.replicas):
                await _ready(http, plan, service, replica, timeout_s)


async def _ready(http: httpx.AsyncClient, plan: Plan, service: str, replica: int, timeout_s: float) -> None:
    deadline = asyncio.get_running_loop().time() + timeout_s
    while True:
        try:
            if (await http.get(f"{plan.url(service, replica)}/health/ready")).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        if asyncio.get_running_loop().time() > deadline:
            raise LocalError(f"{service} is not ready after {timeout_s:g} s", f"see {plan.state.log_of(service)}")
        await asyncio.sleep(0.05)
