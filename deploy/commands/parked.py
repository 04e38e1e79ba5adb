"""`lodestar parked`: events that could not be handled, through the services' own APIs."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from deploy.commands.asking import ask, every
from deploy.commands.folder import DEFAULT, Folder
from deploy.commands.services import Service
from deploy.local.house import SERVICES

app = typer.Typer(help="Events that could not be handled: why, and what to do about them.", no_args_is_help=True)

ServiceArgument = Annotated[Service, typer.Argument(help="Which service parked it.")]
Parked = Annotated[str, typer.Argument(help="The id that `parked list` shows.")]


@app.command("list")
def list_parked(folder: Folder = DEFAULT) -> None:
    """What stands parked in which service, and why."""
    table = Table("service", "id", "event", "revision", "reason", "since")
    for service in SERVICES:
        for item in every(folder, "operator", service, "/parked", {}):
            row = (item["id"], item["event"], str(item["revision"]), item["reason"], item["parked_at"])
            table.add_row(service, *row)
    Console().print(table if table.row_count else "Nothing is parked.")


@app.command("replay")
def replay(service: ServiceArgument, parked: Parked, folder: Folder = DEFAULT) -> None:
    """Try a parked event again; those that wait behind it follow."""
    ask(folder, "operator", service.value, "POST", f"/parked/{parked}/replay")
    typer.echo("Applied, and what waited behind it.")


@app.command("discard")
def discard(service: ServiceArgument, parked: Parked, folder: Folder = DEFAULT) -> None:
    """Give a parked event up for ever; those that wait behind it go on."""
    ask(folder, "operator", service.value, "POST", f"/parked/{parked}/discard")
    typer.echo("Discarded; what waited behind it goes on.")
