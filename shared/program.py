"""The command line of one service: `python -m services.NAME serve` and `migrate`.

Rule: what an operator can run into is one clear line and a non-zero exit, never a stack trace.
"""

import argparse
import asyncio
import sys
from collections.abc import Callable
from typing import TypeVar

from pydantic import ValidationError

from shared.database import Database
from shared.database.migrations import migrate
from shared.errors import Refusal
from shared.observability import configure_logging
from shared.runtime import Blueprint, NotMigratedError, serve
from shared.settings import ServiceSettings
from shared.vault import create_tables

S = TypeVar("S", bound=ServiceSettings)


def run(name: str, settings_type: type[S], compose: Callable[[S], Blueprint]) -> None:
    """Read the command and the environment, then do it."""
    parser = argparse.ArgumentParser(prog=f"services.{name}")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="serve HTTP and the bus until SIGTERM")
    to = commands.add_parser("migrate", help="bring the databases to a revision")
    to.add_argument("target", nargs="?", default="head", help="head, base or a revision; default head")
    chosen = parser.parse_args()
    try:
        settings = settings_type()  # type: ignore[call-arg]
        configure_logging(name, settings.log_level)
        blueprint = compose(settings)
        if chosen.command == "serve":
            serve(blueprint, settings)
        else:
            asyncio.run(_migrate(blueprint, settings, chosen.target))
    except ValidationError as error:
        for wrong in error.errors():
            variable = "_".join(map(str, wrong["loc"])).upper()
            sys.stderr.write(f"{name}: LODESTAR_{variable}: {wrong['msg']}\n")
        sys.exit(2)
    except (NotMigratedError, Refusal, OSError) as error:
        sys.stderr.write(f"{name}: {error}\n")
        sys.exit(1)


async def _migrate(blueprint: Blueprint, settings: ServiceSettings, target: str) -> None:
    await migrate(settings.database_url, blueprint.migrations, target)
    keys = Database(settings.keys_url)
    await keys.open()
    await create_tables(keys)
    await keys.close()
