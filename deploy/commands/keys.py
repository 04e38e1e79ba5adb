"""`lodestar keys`: what keys a service has, and turning them over while it runs.

Rule: what is done here is done by the service's own program, `python -m services.NAME keys`, with its own settings;
an operator of a cluster calls that one, step by step.
"""

import os
import subprocess
import sys
from enum import StrEnum
from typing import Annotated

import typer

from deploy.commands.folder import DEFAULT, Folder, recall
from deploy.commands.services import ServiceArgument
from shared.rekeying import EXPLAINED, RETIRE, ROTATE

app = typer.Typer(help="The keys of a service: how old they are, and turning them over.", no_args_is_help=True)

Part = StrEnum("Part", ["wrapping", "own", "blind", "sealing"])
PartArgument = Annotated[Part, typer.Argument(help="Which key: see docs/operations.md.")]
StepOption = Annotated[str | None, typer.Option(help=f"Only one step of: {', '.join(EXPLAINED)}.")]
Explain = Annotated[bool, typer.Option("--explain", help="Say what each step does and what it waits for; do nothing.")]


@app.command("show")
def show(service: ServiceArgument, folder: Folder = DEFAULT) -> None:
    """How many keys of each kind the master file of a service holds, and since when the one in use is used."""
    _run(folder, service.value, "show")


@app.command("rotate")
def rotate(
    service: ServiceArgument,
    part: PartArgument,
    folder: Folder = DEFAULT,
    step: StepOption = None,
    explain: Explain = False,
) -> None:
    """Have a new key, use it, bring everything over to it and drop the old one, while the service runs."""
    if explain:
        _explain(service.value, "rotate", part.value)
    else:
        _run(folder, service.value, "rotate", part.value, *([] if step is None else ["--step", step]))


@app.command("retire")
def retire(service: ServiceArgument, part: PartArgument, folder: Folder = DEFAULT, explain: Explain = False) -> None:
    """Drop what is no longer used: sealing keys 35 days after they retired, others once nothing needs them."""
    if explain:
        _explain(service.value, "retire", part.value)
    else:
        _run(folder, service.value, "retire", part.value)


@app.command("front-door")
def front_door(
    step: Annotated[str, typer.Argument(help="show, add, use or retire: see docs/operations.md.")],
    folder: Folder = DEFAULT,
) -> None:
    """The secret under which the public front door makes receipts: show, or turn it over step by step."""
    command = [sys.executable, "-m", "services.intake.front_door", "secret", step]
    settings = recall(folder).front_door_environment(owner=True)
    done = subprocess.run(command, env={**os.environ, **settings}, check=False)  # noqa: S603
    raise typer.Exit(done.returncode)


def _explain(service: str, action: str, part: str) -> None:
    typer.echo(f"With the settings of {service}, one after the other; each waits by itself for every running process:")
    for step in (ROTATE if action == "rotate" else RETIRE)[part]:
        typer.echo(f"  python -m services.{service} keys {action} {part} --step {step}\n      {EXPLAINED[step]}")


def _run(folder: Folder, service: str, *arguments: str) -> None:
    command = [sys.executable, "-m", f"services.{service}", "keys", *arguments]
    done = subprocess.run(command, env={**os.environ, **recall(folder).environment(service)}, check=False)  # noqa: S603
    raise typer.Exit(done.returncode)
