"""`lodestar bus`: provisioning, looking, purging, sending again, reconciling."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from deploy import bus
from deploy.commands.folder import DEFAULT, Folder, Given, databases, operator_seed, recall
from deploy.commands.services import Service
from shared.contracts.topology import LODESTAR
from shared.database import Transaction, opened
from shared.messaging.outbox import reopen_published

app = typer.Typer(help="The bus as the contracts declare it; needs the operator's credential.", no_args_is_help=True)

Url = Annotated[str | None, typer.Option(envvar="LODESTAR_NATS_URL", help="The bus; default: the one of --dir.")]
Seed = Annotated[
    Path | None, typer.Option(envvar="LODESTAR_OPERATOR_SEED_FILE", help="The operator's nkey seed; default: of --dir.")
]
Monitoring = Annotated[
    list[str] | None,
    typer.Option(help="Monitoring address of each server, to see that it syncs before it acknowledges."),
]


def _bus(folder: Path, url: str | None, seed: Path | None) -> tuple[str, Path]:
    if url is not None and seed is not None:
        return url, seed
    plan = recall(folder)
    return url or plan.nats.url, seed or operator_seed(plan)


@app.command("apply")
def apply(
    folder: Folder = DEFAULT,
    url: Url = None,
    seed: Seed = None,
    monitoring: Monitoring = None,
    replicas: Annotated[int, typer.Option(min=1, max=5, help="Copies of each stream; 3 in production.")] = 1,
) -> None:
    """Make streams and durables what the contracts declare; doing it again changes nothing."""
    where, key = _bus(folder, url, seed)
    watched = monitoring or [recall(folder).nats.monitoring_url]
    size = 256 * 1024 * 1024 if url is None else 2 * 1024**3
    asyncio.run(bus.apply(where, key, LODESTAR, stream_bytes=size, replicas=replicas, monitoring_urls=watched))
    typer.echo(f"{len(bus.publishers(LODESTAR))} streams and {len(LODESTAR.durables)} durables are as declared.")


@app.command("show")
def show(folder: Folder = DEFAULT, url: Url = None, seed: Seed = None) -> None:
    """How much each stream holds, and how far each reader is."""
    table = Table("stream", "messages", "reader", "not delivered", "not acknowledged", "reading")
    for stream in asyncio.run(bus.show(*_bus(folder, url, seed), LODESTAR)):
        table.add_row(stream.name, str(stream.messages))
        for reader in stream.durables:
            waits = "yes" if reader.waiting else "nobody"
            table.add_row("", "", reader.name, str(reader.pending), str(reader.ack_pending), waits)
    Console().print(table)


@app.command("permissions")
def permissions() -> None:
    """What each credential may publish and subscribe to, as JSON for the server's configuration."""
    typer.echo(orjson.dumps(bus.permissions(LODESTAR), option=orjson.OPT_INDENT_2).decode())


@app.command("purge")
def purge(
    stream: Annotated[str | None, typer.Argument(help="Which stream, such as INTAKE.")] = None,
    subject: Annotated[str | None, typer.Argument(help="Which subjects, such as intake.*.*.<case id>.")] = None,
    erased: Annotated[bool, typer.Option("--erased", help="What the ledgers of erasures name.")] = False,
    folder: Folder = DEFAULT,
    url: Url = None,
    seed: Seed = None,
    database: Given = None,
) -> None:
    """Delete the events of a key from a stream. What must be unreadable at once is done by destroying its key."""
    if erased:
        _purge_erased(_bus(folder, url, seed), databases(folder, database))
        return
    if stream is None or subject is None:
        raise typer.BadParameter("name a stream and a subject, or --erased")
    asyncio.run(bus.purge(*_bus(folder, url, seed), stream, subject))
    typer.echo(f"Purged {subject} from {stream}.")


def _purge_erased(where: tuple[str, Path], urls: Mapping[str, str]) -> None:
    """Exits 1 when something has to wait: some consumer has not applied all that would be gone."""
    purges = asyncio.run(bus.purge_erased(*where, urls, LODESTAR))
    waiting = [purge for purge in purges if purge.waits_for]
    for one in waiting:
        typer.echo(f"{one.key} of {one.publisher} waits for {', '.join(one.waits_for)}")
    typer.echo(f"{len(purges) - len(waiting)} keys purged, {len(waiting)} wait.")
    if waiting:
        raise typer.Exit(1)


@app.command("republish")
def republish(
    service: Annotated[Service, typer.Argument(help="Whose events.")],
    since: Annotated[datetime, typer.Option("--from", help="Everything published since this instant, in UTC.")],
    folder: Folder = DEFAULT,
    database: Annotated[
        str | None, typer.Option(envvar="LODESTAR_DATABASE_URL", help="The service's database; default: of --dir.")
    ] = None,
) -> None:
    """Send events again from the outbox, after a stream was lost or damaged; what was applied stays applied once."""
    start = datetime.fromisoformat(f"{since.isoformat()}+00:00")
    url = database or databases(folder, None)[service.value]
    again = asyncio.run(_with(url, lambda tx: reopen_published(tx, start)))
    typer.echo(f"{again} events of {service.value} go out again as soon as its relay looks, within five seconds.")


@app.command("reconcile")
def reconcile(folder: Folder = DEFAULT, database: Given = None) -> None:
    """Compare what publishers sent with what consumers applied; exits 1 when something is missing."""
    gaps = asyncio.run(bus.reconcile(databases(folder, database), LODESTAR))
    for gap in gaps:
        why = "stands at a parked event" if gap.parked else "behind"
        typer.echo(f"{gap.consumer} has {gap.applied} of {gap.sent} events of {gap.publisher} for {gap.key}: {why}")
    if gaps:
        raise typer.Exit(1)
    typer.echo("Everything that was sent was applied.")


async def _with(url: str, job: Callable[[Transaction], Awaitable[Any]]) -> Any:
    async with opened(url) as its:
        return await its.transact(job)
