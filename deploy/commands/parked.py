"""`lodestar parked`: events that could not be handled, through the services' own APIs."""

from typing import Annotated, Any

import httpx
import typer
from rich.console import Console
from rich.table import Table

from deploy.commands.folder import DEFAULT, Folder, recall
from deploy.commands.services import Service
from deploy.local.errors import LocalError
from deploy.local.house import SERVICES
from deploy.local.keys import DevelopmentIssuer
from deploy.local.story.cast import STAFF, staff_id
from shared.clock import new_id

app = typer.Typer(help="Events that could not be handled: why, and what to do about them.", no_args_is_help=True)

ServiceArgument = Annotated[Service, typer.Argument(help="Which service parked it.")]
Parked = Annotated[str, typer.Argument(help="The id that `parked list` shows.")]


@app.command("list")
def list_parked(folder: Folder = DEFAULT) -> None:
    """What stands parked in which service, and why."""
    table = Table("service", "id", "event", "revision", "reason", "since")
    for service in SERVICES:
        for item in _ask(folder, service, "GET", "/parked")["items"]:
            row = (item["id"], item["event"], str(item["revision"]), item["reason"], item["parked_at"])
            table.add_row(service, *row)
    Console().print(table if table.row_count else "Nothing is parked.")


@app.command("replay")
def replay(service: ServiceArgument, parked: Parked, folder: Folder = DEFAULT) -> None:
    """Try a parked event again; those that wait behind it follow."""
    _ask(folder, service.value, "POST", f"/parked/{parked}/replay")
    typer.echo("Applied, and what waited behind it.")


@app.command("discard")
def discard(service: ServiceArgument, parked: Parked, folder: Folder = DEFAULT) -> None:
    """Give a parked event up for ever; those that wait behind it go on."""
    _ask(folder, service.value, "POST", f"/parked/{parked}/discard")
    typer.echo("Discarded; what waited behind it goes on.")


def _ask(folder: Folder, service: str, method: str, path: str) -> Any:
    plan = recall(folder)
    issuer = DevelopmentIssuer.open(plan.state.keys)
    token = issuer.sign(staff_id("operator"), "staff", STAFF["operator"], service, 60)
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": new_id()}
    try:
        answer = httpx.request(method, plan.url(service) + path, headers=headers, timeout=20, trust_env=False)
    except httpx.TransportError as error:
        raise LocalError(f"{service} does not answer", "start it with: lodestar up") from error
    if answer.is_error:
        problem = answer.json()
        raise LocalError(f"{service}: {problem['code']}", problem.get("detail", ""))
    return answer.json()
