"""`lodestar letters`: letters of the front door that intake could not open, through intake's own API."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from deploy.commands.asking import ask, every
from deploy.commands.folder import DEFAULT, Folder

app = typer.Typer(help="Letters that could not be opened: why, and what to do about them.", no_args_is_help=True)

Letter = Annotated[str, typer.Argument(help="The id that `letters list` shows.")]


@app.command("list")
def list_letters(folder: Folder = DEFAULT) -> None:
    """What was set aside, and why."""
    table = Table("number", "id", "thread", "why", "bytes")
    for item in every(folder, "operator", "intake", "/letters-set-aside", {}):
        table.add_row(str(item["number"]), item["id"], item["thread_id"], item["why"], str(item["size"]))
    Console().print(table if table.row_count else "No letter is set aside.")


@app.command("retry")
def retry(letter: Letter, folder: Folder = DEFAULT) -> None:
    """Have a letter opened again, once its key is back; those of its thread behind it follow."""
    ask(folder, "operator", "intake", "POST", f"/letters-set-aside/{letter}/retry")
    typer.echo("On its way again; it is set aside anew if it still cannot be opened.")


@app.command("discard")
def discard(letter: Letter, folder: Folder = DEFAULT) -> None:
    """Give a letter up for ever: what somebody wrote in it is lost."""
    ask(folder, "operator", "intake", "POST", f"/letters-set-aside/{letter}/discard")
    typer.echo("Discarded; what waited behind it goes on.")
