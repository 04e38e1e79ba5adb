"""`lodestar clock`: the movable clock of a local installation."""

import asyncio
from typing import Annotated

import typer

from deploy.commands.folder import DEFAULT, Folder, operator_seed, recall
from deploy.local.clock_moves import advance_clock, read_clock

app = typer.Typer(help="The movable clock of an installation started with --clock or demo.", no_args_is_help=True)


@app.command("show")
def show(folder: Folder = DEFAULT) -> None:
    """Where the clock stands."""
    plan = recall(folder)
    typer.echo(asyncio.run(read_clock(plan.nats.url, operator_seed(plan))).isoformat())


@app.command("advance")
def advance(
    move: Annotated[str, typer.Argument(help="Seconds to go forward, or an instant such as 2017-06-10T08:00:00Z.")],
    folder: Folder = DEFAULT,
) -> None:
    """Move the clock forward; timers that are due then fire at once."""
    plan = recall(folder)
    typer.echo(asyncio.run(advance_clock(plan.nats.url, operator_seed(plan), move)).isoformat())
