"""Serving and migrating one service, and the snapshots of what all of them promise."""

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from deploy.snapshots import write_snapshots

Service = StrEnum("Service", ["intake", "logistics", "settlement", "notify"])

ServiceArgument = Annotated[Service, typer.Argument(help="Which service.")]


def serve(service: ServiceArgument) -> None:
    """Serve one service in this process until SIGTERM; its settings are environment variables LODESTAR_…."""
    _become(service, "serve")


def migrate(
    service: ServiceArgument,
    target: Annotated[str, typer.Argument(help="head, base, or a revision to go up or down to.")] = "head",
) -> None:
    """Bring one service's databases to a revision; its settings are environment variables LODESTAR_…."""
    _become(service, "migrate", target)


def snapshot(
    root: Annotated[Path, typer.Option(help="The checkout to write into.")] = Path(),
) -> None:
    """Write OpenAPI, AsyncAPI, JSON Schemas and docs/events.md as the code has them now."""
    for path in write_snapshots(root):
        typer.echo(path)


def _become(service: Service, *arguments: str) -> None:
    command = [sys.executable, "-m", f"services.{service.value}", *arguments]
    os.execv(sys.executable, command)  # noqa: S606 - the same interpreter, a service named by an enum
