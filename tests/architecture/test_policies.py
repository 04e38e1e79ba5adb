"""Policies and code speak of the same actions."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, SERVICES, home

ASKS = {"permit", "allows"}
SHARED_DOORS = [ROOT / "shared/web/parked.py", ROOT / "shared/web/timeline.py"]
"""Routes that every service has, so every policy file knows their actions."""


def named(service: str) -> set[str]:
    """The actions in a service's policies."""
    return set(re.findall(r'Action::"(\w+)"', (home(service) / "policies.cedar").read_text()))


def code_of(service: str) -> list[Path]:
    rooms = [path for path in home(service).rglob("*.py") if "migrations" not in path.parts]
    return sorted([*rooms, *SHARED_DOORS])


def asked(path: Path) -> Iterator[str]:
    """The actions that a file asks the policies about, as patterns: directly, or through a function that passes on
    its parameter `action`."""
    tree = ast.parse(path.read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for call in calls:
        if _called(call) in ASKS:
            yield from _texts(call.args[:2], [keyword.value for keyword in call.keywords if keyword.arg == "see"])
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            places = [place for place, argument in enumerate(function.args.args) if argument.arg == "action"]
            for call in calls:
                if places and _called(call) == function.name:
                    yield from _texts(call.args[places[0] : places[0] + 1], [])


def _called(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def _texts(*expressions: list[ast.expr]) -> Iterator[str]:
    for expression in (one for some in expressions for one in some):
        if isinstance(expression, ast.Constant) and isinstance(expression.value, str):
            yield re.escape(expression.value)
        elif isinstance(expression, ast.JoinedStr):
            parts = expression.values
            yield "".join(re.escape(str(p.value)) if isinstance(p, ast.Constant) else r"\w+" for p in parts)


@pytest.mark.parametrize("service", SERVICES)
def test_every_action_asked_about_has_a_policy(service: str) -> None:
    """An action without a policy would be refused to everybody for ever."""
    actions = named(service)
    patterns = {pattern for path in code_of(service) for pattern in asked(path)}
    assert {pattern for pattern in patterns if not any(re.fullmatch(pattern, name) for name in actions)} == set()


@pytest.mark.parametrize("service", SERVICES)
def test_every_policy_is_asked_about(service: str) -> None:
    """A policy that no code asks about protects nothing, though it reads as if it did."""
    patterns = {pattern for path in code_of(service) for pattern in asked(path)}
    assert {name for name in named(service) if not any(re.fullmatch(pattern, name) for pattern in patterns)} == set()
