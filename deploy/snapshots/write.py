"""All snapshots with their places in the checkout.

Rule: a folder that holds only snapshots holds no other file afterwards: what is no longer promised goes.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from deploy.snapshots.apis import asyncapi, composed
from deploy.snapshots.page import events_page
from deploy.snapshots.schemas import schema_of
from shared.contracts.topology import LODESTAR

APIS = Path("docs/api")
SCHEMAS = Path("tests/contracts/snapshots")
PAGE = Path("docs/events.md")


def snapshots() -> Mapping[Path, bytes]:
    """Every snapshot, by its path from the root of the checkout."""
    made = {SCHEMAS / f"{name}.json": _json(schema_of(event)) for name, event in LODESTAR.types.items()}
    for service, runtime in composed().items():
        made[APIS / f"{service}.openapi.json"] = _json(runtime.app().openapi())
        made[APIS / f"{service}.asyncapi.json"] = _json(asyncapi(runtime))
    made[PAGE] = events_page(LODESTAR).encode()
    return made


def write_snapshots(root: Path) -> list[Path]:
    """Write all snapshots under `root`; the files that are new, changed or gone."""
    made = snapshots()
    changed = []
    for folder in (APIS, SCHEMAS):
        (root / folder).mkdir(parents=True, exist_ok=True)
        for stale in sorted((root / folder).glob("*.json")):
            if stale.relative_to(root) not in made:
                stale.unlink()
                changed.append(stale)
    for place, content in made.items():
        path = root / place
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)
            changed.append(path)
    return changed


def _json(content: dict[str, Any]) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)
