"""How a service is told where it runs: environment variables that begin with `LODESTAR_`.

Rule: read once, in the composition root, and passed on; nobody reads the environment elsewhere. In production every
insecure default is refused at start.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Limits(BaseModel):
    """How much one process takes: per caller with a token, per address without one, and altogether.

    `*_per_s` is the lasting rate of requests, `*_burst` how many may come at once. bytes: of a body, of all
    headers, of path and query; depth: nesting of JSON; seconds: until an answer begins; at_once: requests present;
    streams: answers that one actor may hold open, which are not counted among those present.
    """

    model_config = ConfigDict(frozen=True)

    actor_per_s: float = Field(default=100.0, gt=0)
    actor_burst: int = Field(default=500, ge=1)
    public_per_s: float = Field(default=2.0, gt=0)
    public_burst: int = Field(default=60, ge=1)
    failed_per_s: float = Field(default=0.2, gt=0)
    failed_burst: int = Field(default=20, ge=1)
    body_bytes: int = Field(default=1024 * 1024, ge=1024)
    head_bytes: int = Field(default=16 * 1024, ge=1024)
    url_bytes: int = Field(default=2048, ge=256)
    depth: int = Field(default=32, ge=1)
    seconds: float = Field(default=30.0, gt=0)
    at_once: int = Field(default=500, ge=1)
    streams: int = Field(default=5, ge=1)


class Program(BaseSettings):
    """What every program needs to know that somebody reaches by HTTP.

    Errors: pydantic.ValidationError naming what is missing, or what production does not allow.
    """

    model_config = SettingsConfigDict(env_prefix="LODESTAR_", env_nested_delimiter="__", extra="ignore")

    environment: Literal["local", "production"] = "production"
    database_url: str
    host: str = "127.0.0.1"
    port: int
    metrics_host: str = "127.0.0.1"
    metrics_port: int
    proxies: str = "127.0.0.1"
    """Whose X-Forwarded-For is believed: addresses, networks, or `*`."""
    limits: Limits = Limits()
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    def insecure(self) -> Mapping[str, bool]:
        """By setting, whether it is a default that production refuses."""
        return {"database_url": self.database_url.startswith("sqlite")}

    @model_validator(mode="after")
    def _refuse_insecure_production(self) -> Self:
        refused = sorted(name for name, bad in self.insecure().items() if bad)
        if self.environment == "production" and refused:
            raise ValueError(f"production refuses the local defaults of: {', '.join(refused)}")
        return self


class Settings(Program):
    """What every program with keys of its own needs to know, and by whom people are signed in."""

    master_file: Path
    master_source: Literal["file", "transit"] = "file"
    """Whether the master file is the secret itself, or closed up under a key of HashiCorp Vault's transit engine."""
    plain_master_file: bool = False
    """Production takes a master file that is the secret itself only from who says so: who keeps the disk secret."""
    kms_url: str = ""
    kms_key: str = ""
    kms_mount: str = "transit"
    kms_token_file: Path | None = None
    kms_ca_file: Path | None = None
    issuer: str

    def insecure(self) -> Mapping[str, bool]:
        return {
            **super().insecure(),
            "issuer": not self.issuer.startswith("https://"),
            "master_source": self.master_source == "file" and not self.plain_master_file,
            "kms_url": self.master_source == "transit" and not self.kms_url.startswith("https://"),
        }

    @model_validator(mode="after")
    def _know_the_kms(self) -> Self:
        if self.master_source == "transit" and not (self.kms_url and self.kms_key and self.kms_token_file):
            raise ValueError("master_source transit needs kms_url, kms_key and kms_token_file")
        return self


class ServiceSettings(Settings):
    """What every service on the bus needs to know."""

    keys_url: str
    nats_url: str
    nats_seed_file: Path
    recipients_file: Path
    jwks: str
    clock: Literal["system", "moved"] = "system"
    witness_every_s: float = 60.0
    """How many seconds lie between two heads of the audit log that are told to the other services."""

    def insecure(self) -> Mapping[str, bool]:
        return {
            **super().insecure(),
            "keys_url": self.keys_url.startswith("sqlite"),
            "jwks": self.jwks.startswith("http://"),
            "nats_url": not self.nats_url.startswith("tls://"),
            "clock": self.clock != "system",
        }
