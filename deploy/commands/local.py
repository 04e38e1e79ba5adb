"""Everything on one machine: `up`, `demo`, `token`."""

import asyncio
import signal
from collections.abc import Coroutine
from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any

import httpx
import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from deploy import bus
from deploy.commands.folder import DEFAULT, PORT_BASE, Folder, PortBase, operator_seed, recall, remember
from deploy.commands.services import Service
from deploy.local.errors import LocalError
from deploy.local.house import SERVICES, Plan, running
from deploy.local.keys import DevelopmentIssuer
from deploy.local.state import StateFolder, write_private
from deploy.local.story import BEGIN, Partner, Stage, tell
from deploy.local.story.cast import STAFF, staff_id
from deploy.local.story.chapters import CHAPTERS
from shared.contracts.topology import LODESTAR, stream_of

HOUR_S = 3600
PRINTED = ("helped_to_escape", "settled_in_canada", "before_disclosure", "events")


def up(
    folder: Folder = DEFAULT,
    port_base: PortBase = PORT_BASE,
    clock: Annotated[
        datetime | None, typer.Option(help="Start a movable clock here, in UTC; without it the real time goes.")
    ] = None,
) -> None:
    """Start the bus, the four services and the desk on this machine and keep them running until Ctrl-C."""
    start = None if clock is None else datetime.fromisoformat(f"{clock.isoformat()}+00:00")
    _run(_up(Plan(StateFolder(folder), port_base, start)))


def demo(
    folder: Folder = DEFAULT,
    port_base: PortBase = PORT_BASE,
    leave: Annotated[bool, typer.Option("--exit", help="Stop everything when the story is told.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the ending as one JSON object.")] = False,
) -> None:
    """Start everything and play the story of Chechnya 2017 through the public APIs, with invented people."""
    _run(_demo(Plan(StateFolder(folder), port_base, BEGIN), leave=leave, as_json=as_json))


def token(
    name: Annotated[str, typer.Argument(help=f"Who: {', '.join(STAFF)}.")],
    service: Annotated[Service, typer.Argument(help="For which service.")],
    folder: Folder = DEFAULT,
    hours: Annotated[int, typer.Option(min=1, max=24, help="How long it is good for.")] = 8,
) -> None:
    """Print a token of the development issuer for an invented member of staff."""
    if name not in STAFF:
        raise LocalError(f"nobody here is called {name}", f"choose one of: {', '.join(STAFF)}")
    issuer = DevelopmentIssuer.open(recall(folder).state.keys)
    typer.echo(issuer.sign(staff_id(name), "staff", STAFF[name], service.value, hours * HOUR_S))


def _run(job: Coroutine[Any, Any, None]) -> None:
    """Run until it ends or somebody asks for the end; either way everything is stopped in order."""

    async def stoppable() -> None:
        task = asyncio.ensure_future(job)
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, task.cancel)
        with suppress(asyncio.CancelledError):
            await task

    asyncio.run(stoppable())


async def _up(plan: Plan) -> None:
    async with running(plan):
        remember(plan)
        _show(plan)
        await asyncio.Event().wait()


async def _demo(plan: Plan, *, leave: bool, as_json: bool) -> None:
    screen = Console(stderr=True)
    with screen.status("Starting the bus, four services and the desk …"):
        house = running(plan)
        await house.__aenter__()
    try:
        remember(plan)
        ending = await _tell(plan, screen)
        ending["events"] = await _events(plan)
        if as_json:
            typer.echo(orjson.dumps({name: ending[name] for name in PRINTED}).decode())
        else:
            _show_ending(ending)
        if not leave:
            _show(plan)
            await asyncio.Event().wait()
    finally:
        await house.__aexit__(None, None, None)


async def _tell(plan: Plan, screen: Console) -> dict[str, Any]:
    """Tell the story unless it was told in this folder before; how it ended, read from the public figures."""
    kept = plan.state.path / "ending.json"
    if kept.exists():
        screen.print("The story was told before; its data is here.")
        ending: dict[str, Any] = orjson.loads(kept.read_bytes())
        return ending
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=screen) as progress:
        bar = progress.add_task(CHAPTERS[0][0], total=len(CHAPTERS))

        def told(done: int, following: str) -> None:
            progress.update(bar, completed=done, description=following)

        async with httpx.AsyncClient(timeout=20, trust_env=False) as http, Partner(plan).listening() as partner:
            ended = await tell(Stage(plan, http, told), partner)
    ending = ended.as_json()
    write_private(kept, orjson.dumps(ending))
    return ending


async def _events(plan: Plan) -> dict[str, int]:
    """How many events told the story, without those that go on as long as somebody looks."""
    streams = await bus.show(plan.nats.url, operator_seed(plan), LODESTAR)
    counted = {stream.name: stream.messages - stream.heads for stream in streams}
    return {service: counted.get(stream_of(service), 0) for service in SERVICES}


def _show_ending(ending: dict[str, Any]) -> None:
    screen = Console()
    screen.print(f"\nHelped to escape: [bold]{ending['helped_to_escape']}[/]")
    screen.print(f"Settled in Canada: [bold]{ending['settled_in_canada']}[/]")
    for figure in ending["details"]["figures"]:
        screen.print(f"  {figure['figure']}: {figure['definition']}, as of {figure['as_of']}, {figure['source']}")
    before = ", ".join(f"{name} {'suppressed' if value is None else value}" for name, value in _before(ending))
    screen.print(f"Before the disclosure: {before}")
    screen.print(f"Events: {', '.join(f'{name} {count}' for name, count in ending['events'].items())}")


def _before(ending: dict[str, Any]) -> list[tuple[str, int | None]]:
    return list(ending["before_disclosure"].items())


def _show(plan: Plan) -> None:
    """Where everything listens, and how to be let in."""
    screen = Console()
    table = Table(title="Lodestar is running", title_justify="left")
    for heading in ("service", "address", "API document"):
        table.add_column(heading, no_wrap=True)
    for service in SERVICES:
        table.add_row(service, plan.url(service), f"{plan.url(service)}/openapi.json")
    table.add_row("issuer", plan.issuer_url, "")
    table.add_row("bus", plan.nats.url, plan.nats.monitoring_url)
    screen.print(f"The desk, for people:  [bold]{plan.desk_url}[/]")
    screen.print(f"The public front door: [bold]{plan.front_door_url}[/]")
    screen.print(table)
    issuer = DevelopmentIssuer.open(plan.state.keys)
    for name, roles in STAFF.items():
        for service in SERVICES:
            signed = issuer.sign(staff_id(name), "staff", roles, service, 8 * HOUR_S)
            write_private(plan.state.tokens / f"{name}.{service}.token", signed.encode())
    screen.print(f"A token per role and service lies in {plan.state.tokens}, for example:")
    screen.print(f'  curl -H "Authorization: Bearer $(cat {plan.state.tokens}/officer.intake.token)" \\')
    screen.print(f"       {plan.url('intake')}/board", soft_wrap=True)
    screen.print(f"Roles: {', '.join(STAFF)}.  Another token: lodestar token ROLE SERVICE.  Stop with Ctrl-C.")
