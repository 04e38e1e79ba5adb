"""Serving and migrating one service, and the snapshots of what all of them promise."""

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from deploy.snapshots import write_snapshots

Service = StrEnum("Service", ["intake", "logistics", "settlement", "notify"])
Program = StrEnum("Program", ["intake", "logistics", "settlement", "notify", "desk"])

ServiceArgument = Annotated[Service, typer.Argument(help="Which service.")]
ProgramArgument = Annotated[Program, typer.Argument(help="Which service, or the desk.")]


def serve(service: ProgramArgument) -> None:
    """Serve one service or the desk in this process until SIGTERM; settings are environment variables LODESTAR_…."""
    _become(service, "serve")


def migrate(
    service: ProgramArgument,
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


def _become(service: Program, *arguments: str) -> None:
    command = [sys.executable, "-m", f"services.{service.value}", *arguments]
    os.execv(sys.executable, command)  # noqa: S606 - the same interpreter, a service named by an enum
