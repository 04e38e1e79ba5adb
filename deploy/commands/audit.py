"""`lodestar audit`: whether the audit logs are whole, what they hold, and who saw what of whom."""

import asyncio
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from deploy.audit import read_rows, verify
from deploy.commands.asking import every
from deploy.commands.folder import DEFAULT, Folder, Given, databases
from deploy.commands.services import Service
from deploy.local.errors import LocalError
from deploy.local.house import SERVICES

app = typer.Typer(help="The audit logs of the services; ids only, no personal data.", no_args_is_help=True)

WIDE = 150

Services = Annotated[list[Service] | None, typer.Argument(help="Which services; default: all.")]
Since = Annotated[datetime | None, typer.Option(help="Only what was written at or after this instant, in UTC.")]


@app.command("verify")
def verify_logs(services: Services = None, folder: Folder = DEFAULT, database: Given = None) -> None:
    """Walk the chain of each log and compare it with what the other services heard of it; exits 1 when a log is not
    as it was written."""
    verdicts = asyncio.run(verify(databases(folder, database), _names(services)))
    for verdict in verdicts:
        for finding in verdict.findings:
            typer.echo(f"{verdict.service}: {finding}")
        if not verdict.findings:
            waiting = f", {verdict.unlinked} not linked yet" if verdict.unlinked else ""
            heard = f"the others heard of {verdict.heard} heads" if verdict.heard else "nobody heard of it yet"
            typer.echo(f"{verdict.service}: {verdict.links} rows hold together{waiting}; {heard}.")
    if any(verdict.findings for verdict in verdicts):
        raise typer.Exit(1)


@app.command("export")
def export(services: Services = None, since: Since = None, folder: Folder = DEFAULT, database: Given = None) -> None:
    """Write the logs as JSON lines, each row with its link and hash, for a system that collects them."""
    urls = databases(folder, database)
    for service in _names(services):
        asyncio.run(_export(service, urls[service], _utc(since)))


@app.command("who-saw")
def who_saw(
    subject: Annotated[str, typer.Argument(help="The id of a person, a case, or anything else.")],
    since: Since = None,
    folder: Folder = DEFAULT,
) -> None:
    """Who did or saw what about somebody, in all services; the look itself is on their logs."""
    rows = sorted(
        ((row["at"], service, row) for service in SERVICES for row in _about(folder, service, subject, _utc(since))),
        key=lambda found: found[:2],
    )
    table = Table("at", "service", "actor", "kind", "did", "case")
    for at, service, row in rows:
        did = f"{row['verb']} (denied)" if row["denied"] else row["verb"]
        table.add_row(at, service, row["actor_id"], row["actor_kind"], did, row["case_id"] or "")
    screen = Console(width=None if sys.stdout.isatty() else WIDE)
    screen.print(table if table.row_count else "Nobody did or saw anything of it.")


def _names(services: Sequence[Service] | None) -> Sequence[str]:
    return [service.value for service in services] if services else SERVICES


def _utc(since: datetime | None) -> datetime | None:
    return None if since is None else since.replace(tzinfo=UTC)


def _about(folder: Folder, service: str, subject: str, since: datetime | None) -> Iterator[dict[str, Any]]:
    query: dict[str, str | int] = {"subject": subject}
    if since is not None:
        query["since"] = since.isoformat()
    return every(folder, "auditor", service, "/audit", query)


async def _export(service: str, url: str, since: datetime | None) -> None:
    async for row in read_rows(url, since):
        line = {
            "service": service,
            "link": row.number,
            "hash": row.hash.hex(),
            "at": row.at,
            "actor_id": row.actor_id,
            "actor_kind": row.actor_kind,
            "verb": row.verb,
            "case_id": row.case_id,
            "subjects": _subjects(row),
            "correlation_id": row.correlation_id,
            "denied": row.denied,
        }
        typer.echo(orjson.dumps(line, option=orjson.OPT_UTC_Z).decode())


def _subjects(row: Any) -> Any:
    try:
        return orjson.loads(row.subjects)
    except ValueError as error:
        raise LocalError(f"the row of link {row.number} cannot be read", "see: lodestar audit verify") from error
