"""What commands share: the state folder of a local installation, and what it says about how it runs."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer

from deploy.local.errors import LocalError
from deploy.local.house import SERVICES, Plan
from deploy.local.keys import seed_path
from deploy.local.state import StateFolder, write_private

DEFAULT = Path(".lodestar")
PORT_BASE = 8700

Folder = Annotated[Path, typer.Option("--dir", help="The folder that holds everything of a local installation.")]
PortBase = Annotated[
    int, typer.Option("--port-base", min=1024, max=65_400, help="The bus listens here, the services 10 to 13 above.")
]

Given = Annotated[
    list[str] | None,
    typer.Option("--database", help="SERVICE=ADDRESS of every service's database; default: those of --dir."),
]


def remember(plan: Plan) -> None:
    """Write down how the installation runs, for the other commands."""
    kept = {"port_base": plan.port_base, "clock": None if plan.clock is None else plan.clock.isoformat()}
    write_private(plan.state.path / "installation.json", orjson.dumps(kept))


def recall(folder: Path) -> Plan:
    """The installation in `folder`. Errors: LocalError when there is none."""
    path = folder / "installation.json"
    if not path.exists():
        raise LocalError(f"there is no installation in {folder}", "start one with: lodestar up")
    kept = orjson.loads(path.read_bytes())
    clock = None if kept["clock"] is None else datetime.fromisoformat(kept["clock"])
    return Plan(StateFolder(folder), kept["port_base"], clock)


def databases(folder: Path, given: Sequence[str] | None) -> dict[str, str]:
    """The address of every service's database. Errors: LocalError when none is given and there is no installation."""
    if given:
        return dict(entry.split("=", 1) for entry in given)
    plan = recall(folder)
    return {service: plan.environment(service)["LODESTAR_DATABASE_URL"] for service in SERVICES}


def operator_seed(plan: Plan) -> Path:
    """The credential that may provision, purge and move the clock."""
    return seed_path(plan.state.keys, "operator")
