"""The tables of who may do what: written by hand, read line by line.

    POST /cases/{case_id}/triage (state of what is asked for, if it is not the usual one)
        assigned: done intake_officer caseworker; 403 rest
        rest: 404 rest

Left of the colon stands how somebody stands to what is asked for, right of it what happens to which role. `nobody`
has no role, `others` has every role that only the other services know, `everything` has all; a `machine` is a channel,
a partner or a service whose token names all roles. Without a token every route says 401, but those marked `anybody`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

REST = "rest"

Row = tuple[str, str]
"""A route with its state, and a way to stand to it."""


@dataclass(frozen=True)
class Rule:
    """answers: by role, or for the rest."""

    standings: frozenset[str]
    answers: Mapping[str, str]


class Table:
    """What one file says."""

    def __init__(self, path: Path) -> None:
        self._rules: dict[str, list[Rule]] = {}
        route = ""
        for line in path.read_text(encoding="utf-8").splitlines():
            text = line.partition("#")[0].rstrip()
            if text.startswith(" "):
                self._rules[route].append(_rule(text))
            elif text:
                route = text
                assert route not in self._rules, f"twice: {route}"
                self._rules[route] = []

    def routes(self) -> set[str]:
        """Method, path and state of all that the table knows."""
        return set(self._rules)

    def answer(self, route: str, standing: str, role: str) -> str:
        """What it says of this cell; `missing` when it says nothing."""
        for wanted in (standing, REST):
            for rule in self._rules.get(route, ()):
                if wanted in rule.standings:
                    return rule.answers.get(role) or rule.answers.get(REST, "missing")
        return "missing"


def _rule(text: str) -> Rule:
    standings, _, answers = text.partition(":")
    said: dict[str, str] = {}
    for part in answers.split(";"):
        answer, *roles = part.split()
        said |= dict.fromkeys(roles, answer)
    return Rule(frozenset(standings.replace(",", " ").split()), said)


def lines(found: Mapping[str, Mapping[str, Mapping[str, str]]]) -> Iterator[str]:
    """How the table would say this: by route, standing and role the answer. For who reads a failure."""
    for route, standings in found.items():
        yield route
        same: dict[str, list[str]] = {}
        for standing, answers in standings.items():
            same.setdefault(_said(answers), []).append(standing)
        most = max(same, key=lambda said: len(same[said]))
        for said, names in same.items():
            if said != most or len(same) == 1:
                yield f"    {', '.join(names) if len(same) > 1 else REST}: {said}"
        if len(same) > 1:
            yield f"    {REST}: {most}"


def _said(answers: Mapping[str, str]) -> str:
    by: dict[str, list[str]] = {}
    for role, answer in answers.items():
        by.setdefault(answer, []).append(role)
    most = max(by, key=lambda answer: len(by[answer]))
    parts = [f"{answer} {' '.join(sorted(by[answer]))}" for answer in sorted(by, reverse=True) if answer != most]
    return "; ".join([*parts, f"{most} {REST}"])
