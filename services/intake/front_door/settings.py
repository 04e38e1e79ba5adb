"""What the front door needs to know.

Rule: no address of the bus, of intake or of its database, no private key and no token is among it.
"""

from pathlib import Path
from typing import Literal

from pydantic import Field

from shared.settings import Limits, Program


class FrontDoorSettings(Program):
    """secret_file: 32 random bytes, readable by its owner only; they find threads, and who has them opens none. While
    they are turned over there are up to three times as many, the ones in use first.

    recipients_file: the public keys of the deployment. granted_role: `migrate` lets this role of PostgreSQL do what the
    front door does and nothing else. exit_url: where the quick exit leads. surge: shorter pages without files, always,
    never, or when more than surge_per_minute ask. hash_*: of argon2id, how much memory, how many rounds, how many at
    once, and how many more may wait. cleaning: how many files are made anew at once; cleaning_queue: how many more may
    wait. waiting: how many may be kept waiting for trying too often. Of all of these, and of limits.at_once, every
    source has its share.
    """

    secret_file: Path
    recipients_file: Path
    granted_role: str = ""
    exit_url: str = Field(default="https://www.wikipedia.org/", pattern="^https://[^ \"'<>]+$")
    surge: Literal["auto", "on", "off"] = "auto"
    surge_per_minute: int = Field(default=60, ge=1)
    hash_memory_kib: int = Field(default=19 * 1024, ge=8)
    hash_rounds: int = Field(default=2, ge=1)
    hash_threads: int = Field(default=2, ge=1)
    hash_queue: int = Field(default=200, ge=1)
    cleaning: int = Field(default=2, ge=1)
    cleaning_queue: int = Field(default=50, ge=1)
    waiting: int = Field(default=500, ge=1)
    limits: Limits = Limits(body_bytes=160 * 1024, at_once=300, seconds=60)
