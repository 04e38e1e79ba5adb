"""The command line of one program: `python -m services.NAME serve` and `migrate`.

Rule: what an operator can run into is one clear line and a non-zero exit, never a stack trace.
"""

import argparse
import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from pydantic import ValidationError

from shared.database import FOUNDATION, opened
from shared.database.migrations import migrate
from shared.errors import Refusal
from shared.key_files import key_files
from shared.observability import configure_logging
from shared.rekeying import EXPLAINED, RETIRE, ROTATE, Rekeying
from shared.runtime import Blueprint, NotMigratedError, serve
from shared.settings import Program, ServiceSettings
from shared.vault import create_tables
from shared.vault.locking import alone
from shared.vault.masters import MasterFile
from shared.vault.rotation import described

P = TypeVar("P", bound=Program)
S = TypeVar("S", bound=ServiceSettings)


def run(name: str, settings_type: type[S], compose: Callable[[S], Blueprint]) -> None:
    """A service: read the command and the environment, then do it."""

    async def migrate_service(settings: S, target: str) -> None:
        await _migrate(compose(settings), settings, target)

    async def turn_keys(settings: S, chosen: argparse.Namespace) -> None:
        await _keys(compose(settings), settings, chosen)

    command(name, settings_type, lambda settings: serve(compose(settings), settings), migrate_service, turn_keys)


def command(
    name: str,
    settings_type: type[P],
    serve: Callable[[P], None],
    migrate: Callable[[P, str], Coroutine[Any, Any, None]],
    keys: Callable[[P, argparse.Namespace], Coroutine[Any, Any, None]] | None = None,
    secret: Callable[[P, str], Coroutine[Any, Any, None]] | None = None,
) -> None:
    """Any program: `serve` until SIGTERM, `migrate` to a target, or turn over its `keys` or its `secret` where it has
    some."""
    parser = argparse.ArgumentParser(prog=f"services.{name}")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="serve until SIGTERM")
    to = commands.add_parser("migrate", help="bring the databases to a revision")
    to.add_argument("target", nargs="?", default="head", help="head, base or a revision; default head")
    if keys is not None:
        _add_keys(commands.add_parser("keys", help="what keys there are, and turning them over beside what runs"))
    if secret is not None:
        turning = commands.add_parser("secret", help="what secrets there are, and turning them over beside what runs")
        turning.add_argument("step", choices=["show", "add", "use", "retire"])
    chosen = parser.parse_args()
    try:
        settings = settings_type()  # type: ignore[call-arg]
        configure_logging(name, settings.log_level)
        if chosen.command == "serve":
            serve(settings)
        elif chosen.command == "keys" and keys is not None:
            asyncio.run(keys(settings, chosen))
        elif chosen.command == "secret" and secret is not None:
            asyncio.run(secret(settings, chosen.step))
        else:
            asyncio.run(migrate(settings, chosen.target))
    except ValidationError as error:
        for wrong in error.errors():
            variable = "_".join(map(str, wrong["loc"])).upper()
            sys.stderr.write(f"{name}: LODESTAR_{variable}: {wrong['msg']}\n")
        sys.exit(2)
    except Refusal as refusal:
        sys.stderr.write(f"{name}: {refusal.code.replace('_', ' ')}: {refusal.detail}\n")
        sys.exit(1)
    except (NotMigratedError, OSError) as error:
        sys.stderr.write(f"{name}: {error}\n")
        sys.exit(1)


def _add_keys(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=["create", "envelop", "show", "rotate", "retire"])
    parser.add_argument("part", nargs="?", choices=list(ROTATE))
    parser.add_argument("--step", choices=list(EXPLAINED), help="only this step")


async def _keys(blueprint: Blueprint, settings: ServiceSettings, chosen: argparse.Namespace) -> None:
    files = key_files(settings)
    if chosen.action == "create":
        files.master.create()
        return
    if chosen.action == "envelop":
        with alone(files.master.path):
            files.master.write(MasterFile(files.master.path).read(), replace=True)
        return
    if chosen.action == "show" or chosen.part is None:
        for part, count, since in described(files.master):
            sys.stdout.write(f"{part:9} {count} of them, the one in use since {since}\n")
        return
    steps = (ROTATE if chosen.action == "rotate" else RETIRE)[chosen.part]
    async with opened(settings.database_url) as database, opened(settings.keys_url) as keys:
        tables = [*FOUNDATION.sorted_tables, *blueprint.metadata.sorted_tables]
        rekeying = Rekeying(blueprint.name, files, database, keys, tables, blueprint.blinds)
        async for told in rekeying.go(chosen.part, steps if chosen.step is None else [chosen.step]):
            sys.stdout.write(f"{told}\n")
            sys.stdout.flush()


async def _migrate(blueprint: Blueprint, settings: ServiceSettings, target: str) -> None:
    await migrate(settings.database_url, blueprint.migrations, target)
    async with opened(settings.keys_url) as keys:
        await create_tables(keys)
