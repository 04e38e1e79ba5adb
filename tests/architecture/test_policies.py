"""Policies and code speak of the same actions."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, SERVICES, home

ASKS = {"permit", "permit_in_case", "allows"}
SHARED_DOORS = [ROOT / f"shared/web/{door}.py" for door in ("audit", "glass", "parked", "timeline")]
"""Routes that every service has, so every policy file knows their actions."""

DOORS_OF_SOME = {"runs.routes(": ROOT / "shared/runs.py"}
"""What stands behind a route that a service may have, by how its composition root names the route."""


def named(service: str) -> set[str]:
    """The actions in a service's policies."""
    return set(re.findall(r'Action::"(\w+)"', (home(service) / "policies.cedar").read_text()))


def code_of(service: str) -> list[Path]:
    rooms = [path for path in home(service).rglob("*.py") if "migrations" not in path.parts]
    root = (home(service) / "service.py").read_text()
    return sorted([*rooms, *SHARED_DOORS, *(path for door, path in DOORS_OF_SOME.items() if door in root)])


def passing_on(service: str) -> dict[str, int]:
    """Functions of a service that pass on their parameter `action`, by name, and the place of it."""
    return {
        function.name: place
        for path in code_of(service)
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for place, argument in enumerate(function.args.args)
        if argument.arg == "action"
    }


def asked(path: Path, passing: Mapping[str, int]) -> Iterator[str]:
    """The actions that a file asks the policies about, as patterns: directly, or through what passes them on."""
    for call in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)):
        name = _called(call)
        if name in ASKS:
            yield from _texts(call.args[:2], [keyword.value for keyword in call.keywords if keyword.arg == "see"])
        elif name in passing:
            yield from _texts(call.args[passing[name] : passing[name] + 1])


def _called(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def _texts(*expressions: list[ast.expr]) -> Iterator[str]:
    for expression in (one for some in expressions for one in some):
        if isinstance(expression, ast.Constant) and isinstance(expression.value, str):
            yield re.escape(expression.value)
        elif isinstance(expression, ast.JoinedStr):
            parts = expression.values
            yield "".join(re.escape(str(p.value)) if isinstance(p, ast.Constant) else r"\w+" for p in parts)


def test_the_roles_of_the_policies_are_explained() -> None:
    """docs/security.md has a line for every role that a policy knows, and for no other."""
    text = "".join((home(service) / "policies.cedar").read_text() for service in SERVICES)
    asked = re.findall(r"roles\.contains(?:Any)?\(\[?([^\])]+)|\[([^\]]+)\]\.containsAll\(principal\.roles", text)
    known = {role for either in asked for role in re.findall(r'"(\w+)"', "".join(either))}
    table = (ROOT / "docs/security.md").read_text().split("## Roles")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == known


@pytest.mark.parametrize("service", SERVICES)
def test_every_action_asked_about_has_a_policy(service: str) -> None:
    """An action without a policy would be refused to everybody for ever."""
    actions, passing = named(service), passing_on(service)
    patterns = {pattern for path in code_of(service) for pattern in asked(path, passing)}
    assert {pattern for pattern in patterns if not any(re.fullmatch(pattern, name) for name in actions)} == set()


@pytest.mark.parametrize("service", SERVICES)
def test_every_policy_is_asked_about(service: str) -> None:
    """A policy that no code asks about protects nothing, though it reads as if it did."""
    passing = passing_on(service)
    patterns = {pattern for path in code_of(service) for pattern in asked(path, passing)}
    assert {name for name in named(service) if not any(re.fullmatch(pattern, name) for pattern in patterns)} == set()
