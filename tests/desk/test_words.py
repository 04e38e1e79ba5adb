"""The language file has a sentence for everything that a page says, and none that no page says."""

import ast
import re
from pathlib import Path
from typing import get_args

import pytest

from services.desk.pages.going_wrong import PAGES
from services.desk.pages.words import HOME, Words
from services.intake.cases.model.journeys import _ORDER, Facets, blocked_by
from services.intake.cases.model.triage import Priority
from services.intake.consent.model import Purpose
from services.intake.service import ACTS
from services.notify.disclosure.model import FigureName
from services.notify.messages.model import Severity, State, Step
from shared.approving import of_case
from shared.web.timeline import LOOKS
from tests.architecture.tree import ROOT

WORDS = Words().all
TURNS = ("propose", "approve", "reject", "expire")
BY_CODE = {"date", "happened", "who"} | {
    section for section in WORDS if f'of("{section}")' in "".join(path.read_text() for path in HOME.rglob("*.html"))
}
"""Sections that are looked up by what a service said."""

TEMPLATES = sorted((HOME / "templates").glob("*.html"))


@pytest.mark.parametrize(
    ("section", "codes"),
    [
        ("state", {*_ORDER, "closed"}),
        ("blocked", {*blocked_by(Facets()), *blocked_by(Facets("verified")), *blocked_by(Facets("triaged"))}),
        (
            "blocked",
            {*blocked_by(Facets("planned", pathway="submitted")), *blocked_by(Facets("planned", pathway="accepted"))},
        ),
        ("priority", set(get_args(Priority))),
        ("purpose", set(get_args(Purpose))),
        ("figure", set(get_args(FigureName))),
        ("alert_state", set(get_args(State))),
        ("severity", set(get_args(Severity))),
        ("step", set(get_args(Step))),
    ],
)
def test_codes_of_the_services_have_words(section: str, codes: set[str]) -> None:
    """Nobody reads `in_transit`."""
    assert codes - set(WORDS[section]) == set()


def verbs_of_cases() -> set[str]:
    """What services write on the log of a case, but for looks; no timeline shows these."""
    calls = (
        node
        for folder in ("services", "shared")
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "audit"
    )
    of_cases = [call.args[0] for call in calls if any(keyword.arg == "case_id" for keyword in call.keywords)]
    return {verb.value for verb in of_cases if isinstance(verb, ast.Constant) and not verb.value.startswith(LOOKS)}


def test_what_happened_to_a_case_has_words() -> None:
    """Also what needs two people: it is proposed, agreed to, rejected, or runs out."""
    acts = {f"{turn}_{act.kind}" for act in ACTS if act.subject is of_case for turn in TURNS}
    assert {"open_case", "write_note"} <= verbs_of_cases()
    assert (verbs_of_cases() | acts) - set(WORDS["happened"]) == set()


def test_a_code_that_is_new_is_still_readable() -> None:
    """A service may be ahead of the desk."""
    assert Words().of("state", "under_the_stars") == "under the stars"


def test_whoever_goes_wrong_finds_back_to_every_page() -> None:
    """A page that stands by itself, but for those of signing in and out, is one to be sent back to."""
    code = "".join(path.read_text() for path in (HOME / "pages").glob("*.py"))
    assert set(re.findall(r'@router\.get\("/([a-z-]+)"\)', code)) - {"sign-in", "signed-in"} == PAGES


def test_every_sentence_is_said_somewhere() -> None:
    """What no template and no page asks for has gone from the language file."""
    said = "".join(path.read_text() for path in TEMPLATES)
    code = "".join(path.read_text() for path in (HOME / "pages").glob("*.py"))
    idle = [
        f"{section}.{name}"
        for section, sentences in WORDS.items()
        for name in sentences
        if section not in BY_CODE and section not in {"services", "menu", "wrong"}
        if not re.search(rf't\.{section}(\.{name}\b|\["{name}"\]|\[how\])', said) and f'"{section}"' not in code
    ]
    assert idle == []


def test_every_sentence_that_a_template_asks_for_is_there() -> None:
    """Also in a branch that is seldom taken."""
    asked = {found for path in TEMPLATES for found in re.findall(r"\bt\.(\w+)\.(\w+)", path.read_text())}
    assert {f"{section}.{name}" for section, name in asked if name not in {*WORDS[section], "items"}} == set()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_sentence_that_a_template_asks_for_is_hidden_by_a_method(path: Path) -> None:
    """`t.testimony.copy` would be the method of a dictionary, whatever the language file says."""
    asked = re.findall(r"\bt\.\w+\.(\w+)(?!\w|\()", path.read_text())
    assert [word for word in asked if hasattr({}, word)] == []
