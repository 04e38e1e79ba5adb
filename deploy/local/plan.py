"""Where a local installation lives: addresses, ports, files, and the settings of every program of it.

Rule: nothing is touched here; it is only said where everything is.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from deploy.local.keys import client_secret_path, jwks_path, seed_path
from deploy.local.nats_server import LOOPBACK, NatsServer
from deploy.local.state import StateFolder
from shared.contracts.topology import LODESTAR

SERVICES = LODESTAR.services
DESK = "desk"
FRONT_DOOR = "front_door"
ISSUER = "issuer"
WITNESS_EVERY_S = 5.0
"""Heads of the audit logs are told more often than in production, where somebody waits for them."""

Databases = Mapping[str, tuple[str, str]]
"""Per service the address of its database and of its key store."""


@dataclass(frozen=True)
class Plan:
    """Where a local installation lives, and from when its clock goes; `None` is the real time.

    replicas: processes per service; the second of a service listens 20 ports above the first.
    desk: whether the desk and the issuer at which people sign in are part of it. front_door: whether the public one is.
    """

    state: StateFolder
    port_base: int = 8700
    clock: datetime | None = None
    replicas: int = 1
    databases: Databases = field(default_factory=dict)
    program: Sequence[str] = (sys.executable, "-m")
    module: str = "services.{service}"
    desk: bool = True
    front_door: bool = True

    @property
    def nats(self) -> NatsServer:
        return NatsServer(self.state, self.port_base, self.port_base + 1)

    def url(self, service: str, replica: int = 0) -> str:
        return f"http://{LOOPBACK}:{self.port(service, replica)}"

    def port(self, service: str, replica: int = 0) -> int:
        return self.port_base + 10 + SERVICES.index(service) + 20 * replica

    def metrics_port(self, service: str, replica: int = 0) -> int:
        return self.port(service, replica) + 5

    @property
    def issuer_url(self) -> str:
        return f"http://{LOOPBACK}:{self.port_base + 6}"

    @property
    def desk_url(self) -> str:
        return f"http://{LOOPBACK}:{self.port_base + 14}"

    @property
    def desk_metrics_port(self) -> int:
        return self.port_base + 19

    @property
    def desk_callback(self) -> str:
        """Where the issuer sends people back to."""
        return f"{self.desk_url}/signed-in"

    @property
    def front_door_url(self) -> str:
        return f"http://{LOOPBACK}:{self.port_base + 7}"

    @property
    def front_door_metrics_port(self) -> int:
        return self.port_base + 8

    @property
    def front_door_secret(self) -> Path:
        return self.state.keys / "front_door.secret"

    def _front_door_database(self) -> tuple[str, str]:
        """As intake reaches it, and as the front door itself does."""
        local = f"sqlite:///{self.state.database_of(FRONT_DOOR)}"
        return self.databases.get(FRONT_DOOR, (local, local))

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
            "issuer": self.issuer_url,
            "port": str(self.port(service, replica)),
            "witness_every_s": str(WITNESS_EVERY_S),
            "metrics_port": str(self.metrics_port(service, replica)),
            "clock": "system" if self.clock is None else "moved",
        }
        if service == "intake":
            settings["referral_key_file"] = str(self.referral_key)
            settings["door_url"] = self._front_door_database()[0] if self.front_door else ""
        return _variables(settings)

    def desk_environment(self) -> dict[str, str]:
        """The settings of the desk, as environment variables; it has no place on the bus."""
        local = f"sqlite:///{self.state.database_of(DESK)}"
        settings = {
            "environment": "local",
            "database_url": self.databases.get(DESK, (local, ""))[0],
            "master_file": str(self.master(DESK)),
            "issuer": self.issuer_url,
            "client_secret_file": str(client_secret_path(self.state.keys)),
            "address": self.desk_url,
            "port": str(self.port_base + 14),
            "metrics_port": str(self.desk_metrics_port),
        }
        return _variables(settings | {f"{service}_url": self.url(service) for service in SERVICES})

    def front_door_environment(self, *, owner: bool = False) -> dict[str, str]:
        """The settings of the public front door, as environment variables; owner: to migrate its database."""
        owners, own = self._front_door_database()
        settings = {
            "environment": "local",
            "database_url": owners if owner else own,
            "secret_file": str(self.front_door_secret),
            "recipients_file": str(self.recipients),
            "port": str(self.port_base + 7),
            "metrics_port": str(self.front_door_metrics_port),
        }
        return _variables(settings)


def _variables(settings: Mapping[str, str]) -> dict[str, str]:
    return {f"LODESTAR_{name.upper()}": value for name, value in settings.items()}
