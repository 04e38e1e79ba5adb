"""How a service is told where it runs: environment variables that begin with `LODESTAR_`.

Rule: read once, in the composition root, and passed on; nobody reads the environment elsewhere. In production every
insecure default is refused at start.
"""

from pathlib import Path
from typing import Literal

from pydantic import model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """What every service needs to know.

    Errors: pydantic.ValidationError naming what is missing, or what production does not allow.
    """

    model_config = SettingsConfigDict(env_prefix="LODESTAR_", extra="ignore")

    environment: Literal["local", "production"] = "production"
    database_url: str
    keys_url: str
    nats_url: str
    nats_seed_file: Path
    master_file: Path
    recipients_file: Path
    jwks: str
    issuer: str
    host: str = "127.0.0.1"
    port: int
    clock: Literal["system", "moved"] = "system"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @model_validator(mode="after")
    def _refuse_insecure_production(self) -> "ServiceSettings":
        if self.environment != "production":
            return self
        insecure = {
            "database_url": self.database_url.startswith("sqlite"),
            "keys_url": self.keys_url.startswith("sqlite"),
            "nats_url": not self.nats_url.startswith("tls://"),
            "issuer": not self.issuer.startswith("https://"),
            "clock": self.clock != "system",
        }
        refused = sorted(name for name, bad in insecure.items() if bad)
        if refused:
            raise ValueError(f"production refuses the local defaults of: {', '.join(refused)}")
        return self
