"""Every service looks like every other, and so does every slice."""

import ast
from pathlib import Path
from typing import TypeGuard

import pytest

from tests.architecture.tree import ALL_SLICES, ROOMS, ROOT, SERVICES, home, imported, slice_name, sources

FRONT = {
    "__init__.py",
    "__main__.py",
    "consumers.py",
    "database.py",
    "migrations",
    "policies.cedar",
    "service.py",
    "settings.py",
}
OWN = {"notify": {"keys.py"}}
"""Modules beside the front that one service has, used by several of its slices."""

FURNITURE = {"templates", "locale", "data"}
BESIDE = {
    "intake.imports": {"sheets"},
    "intake.testimony": {"stripping", "typesetting"},
    "intake.front_door": {
        "__main__",
        "cleaning",
        "locks",
        "migrations",
        "places",
        "secret_file",
        "service",
        "settings",
        "turns",
    },
    "intake.threads": {"porter"},
    "notify.webhooks": {"sending", "signatures"},
}
"""Modules beside the rooms of one slice: a search or a protocol, named for what it does. The public front door is a
program of its own."""

NEIGHBOURLY = {"actions", "model"}
THROUGH_THE_WALL = {
    ("services.intake.cases.routes", "services.intake.people.routes"),
    ("services.intake.requests.routes", "services.intake.cases.routes"),
    ("services.intake.requests.routes", "services.intake.people.routes"),
    ("services.intake.retention.store", "services.intake.requests.store"),
    ("services.intake.retention.store", "services.intake.threads.store"),
    ("services.intake.threads.store", "services.intake.requests.store"),
    ("services.settlement.plans.store", "services.settlement.programmes.store"),
    ("services.settlement.reception.store", "services.settlement.programmes.store"),
}
"""Rooms that use a neighbour's room of the same kind: bodies of one HTTP door, and who is veiled, in one query."""

FOR_EVERYBODY = {"notify.disclosure", "intake.front_door"}
"""Slices whose rows are published, or tell nothing of a case; or are seen by receipt alone, which has no actor."""

MAX_LINES = 300


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_the_same_front(service: str) -> None:
    """Door plate, bus door, composition root, program, settings, policies, history, tables; else slices only."""
    inside = {path.name for path in home(service).iterdir() if path.name != "__pycache__"}
    assert inside - {folder.name for folder in ALL_SLICES if folder.parent == home(service)} == (
        FRONT | OWN.get(service, set())
    )


def test_the_desk_has_rooms_of_its_own() -> None:
    """Pages, templates, clients and sessions: it has no slices, no consumers and no policies."""
    inside = {path.name for path in home("desk").iterdir() if path.name != "__pycache__"}
    front = {"__init__.py", "__main__.py", "database.py", "migrations", "service.py", "settings.py"}
    assert inside == front | {"clients", "locale", "pages", "sessions", "templates"}


@pytest.mark.parametrize("folder", ALL_SLICES, ids=slice_name)
def test_every_slice_has_the_four_rooms(folder: Path) -> None:
    """Model, store, actions and routes, each a module or a package, and beside them only what is named here."""
    inside = {path.stem for path in folder.iterdir() if path.stem not in {"__init__", "__pycache__"}}
    assert inside - FURNITURE - BESIDE.get(slice_name(folder), set()) == set(ROOMS)


@pytest.mark.parametrize("folder", ALL_SLICES, ids=slice_name)
def test_every_slice_says_who_may_see_its_rows(folder: Path) -> None:
    """Each store has a query of what an actor may see, unless everybody may see all of it."""
    room = folder / "store.py"
    files = [room] if room.exists() else sorted((folder / "store").glob("*.py"))
    queries = {node.name for file in files for node in ast.walk(ast.parse(file.read_text())) if _is_function(node)}
    assert ("visible_to" in queries) != (slice_name(folder) in FOR_EVERYBODY)


def _is_function(node: ast.AST) -> TypeGuard[ast.FunctionDef | ast.AsyncFunctionDef]:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def test_slices_use_the_actions_and_models_of_others_only() -> None:
    """What a slice stores and how it answers is its own business; the few exceptions are named, and all in use."""
    used = {
        (_room(_module(path)), _room(target))
        for path in sources("services")
        for target in imported(path)
        if _enters(_module(path), target)
    }
    assert used == THROUGH_THE_WALL


def _module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def _room(module: str) -> str:
    return ".".join(module.split(".")[:4])


def _enters(importer: str, target: str) -> bool:
    """Whether a slice imports another slice of its service, and not by its actions or model."""
    here, there = importer.split("."), target.split(".")
    if here[:2] != there[:2] or len(here) < 4 or len(there) < 4 or here[2] == there[2]:
        return False
    return there[3] in ROOMS and there[3] not in NEIGHBOURLY


def test_no_module_is_longer_than_a_reader_can_keep_in_mind() -> None:
    """Past 300 lines a module is split by words of the domain."""
    long = {_module(path): len(path.read_text().splitlines()) for path in sources("services", "shared", "deploy")}
    assert {name: lines for name, lines in long.items() if lines > MAX_LINES} == {}


def test_no_module_is_a_drawer() -> None:
    """A module named utils or helpers has no subject."""
    assert [path for path in sources("services", "shared", "deploy") if path.stem in {"utils", "helpers", "misc"}] == []


def test_every_module_says_what_lives_there() -> None:
    """The first thing in a module is its docstring."""
    silent = [
        _module(path)
        for path in sources("services", "shared", "deploy", "tests")
        if ast.get_docstring(ast.parse(path.read_text())) is None
    ]
    assert silent == []
