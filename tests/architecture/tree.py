"""Where things stand in the checkout, for tests that read it."""

import ast
from collections.abc import Iterator
from pathlib import Path

from shared.contracts.topology import LODESTAR

ROOT = Path(__file__).parents[2]
SERVICES = LODESTAR.services
ROOMS = ("model", "store", "actions", "routes")


def home(service: str) -> Path:
    return ROOT / "services" / service


def slices(service: str) -> list[Path]:
    """The slices of a service: its packages."""
    return sorted(door.parent for door in home(service).glob("*/__init__.py"))


ALL_SLICES = [folder for service in SERVICES for folder in slices(service)]


def slice_name(folder: Path) -> str:
    return f"{folder.parent.name}.{folder.name}"


def sources(*folders: str) -> list[Path]:
    """Every Python file under these folders of the checkout."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """The dotted names that a file imports; of `from a import b` it is `a.b`."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
