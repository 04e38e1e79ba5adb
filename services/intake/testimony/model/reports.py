"""A report: what is told in public of many statements, compiled at an instant and then frozen.

Rule: only what is consented to for the use, with its masks, by pseudonym. The same statements, claims and words give
the same bytes, in whatever order they come. Small numbers are suppressed in a report and between its editions. Once
frozen it never changes: what is taken back later is an erratum, and the next edition leaves it out.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import orjson

from services.intake.testimony.model.claims import Claim
from services.intake.testimony.model.masks import Masking, masked
from services.intake.testimony.model.statements import HARMS, Statement, Use, Words
from shared.errors import conflict, invalid
from shared.small_numbers import THRESHOLD, TOTAL, Place, Tally, steady, table

State = Literal["draft", "frozen"]

QUOTED: Use = "anonymised_report"
COUNTED: Use = "statistics"

FIRST_YEAR = 1900

_TABLES = {"by_year": "year", "by_region": "region"}


@dataclass(frozen=True)
class Plan:
    """What a report is to be. topics: of claims that it shows side by side. as_of: nothing later is in it."""

    title: str
    introduction: str
    topics: tuple[str, ...]
    as_of: datetime


@dataclass(frozen=True)
class Report:
    """edition: from 1; earlier_id: the edition before. digest: SHA-256 of what was frozen, in hex; pdf_digest: of the
    PDF that was made of it."""

    id: str
    edition: int
    earlier_id: str | None
    plan: Plan
    created_by: str
    approval_id: str | None
    frozen_at: datetime | None
    digest: str | None
    pdf_id: str | None
    pdf_digest: str | None
    version: int

    @property
    def state(self) -> State:
        return "draft" if self.frozen_at is None else "frozen"


@dataclass(frozen=True)
class Usable:
    """A statement as a report may use it: its words at the instant, and what is consented to of counting and quoting.

    masking: of these words; None when nobody has looked through them.
    """

    statement: Statement
    words: Words
    uses: tuple[Use, ...]
    masking: Masking | None

    @property
    def counted(self) -> bool:
        return COUNTED in self.uses

    @property
    def quoted(self) -> bool:
        return QUOTED in self.uses and self.masking is not None


@dataclass(frozen=True)
class Compiled:
    """content: what is printed. tallies: the numbers that its tables are told with, suppressed ones too; they are kept
    for the next edition and never shown. used: by statement, for which uses."""

    content: Mapping[str, Any]
    tallies: Mapping[str, Mapping[Place, Tally]]
    used: Mapping[str, tuple[Use, ...]]

    def source(self) -> bytes:
        """The bytes that two people agree to, and that are frozen."""
        told = {name: _rows(some) for name, some in self.tallies.items()}
        return orjson.dumps({"content": self.content, "tallies": told}, option=orjson.OPT_SORT_KEYS)


def check_plan(plan: Plan, now: datetime) -> None:
    """Errors: Refusal invalid for an instant that has not come, or from before there was anything to report."""
    if plan.as_of > now:
        raise invalid("as_of_in_future", "A report cannot be as of an instant that has not come.")
    if plan.as_of.year < FIRST_YEAR:
        raise invalid("as_of_too_early", "Nothing was known here by that instant.")


def check_draft(report: Report) -> None:
    """Errors: Refusal conflict when it is frozen."""
    if report.state != "draft":
        raise conflict("frozen", "This report is frozen; what is wrong in it is said in the next edition.")


def check_frozen(report: Report) -> None:
    """Errors: Refusal conflict when it is not."""
    if report.state != "frozen":
        raise conflict("not_frozen", "This report is not frozen yet.")


def check_made(report: Report) -> None:
    """Errors: Refusal conflict while there is no PDF of it."""
    if report.pdf_id is None:
        raise conflict("not_made", "This report has no PDF yet.")


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def compiled(
    report: Report, statements: Collection[Usable], claims: Sequence[Claim], earlier: bytes | None, errata: int
) -> Compiled:
    """What the report says of these. earlier: what was frozen of the edition before; errata: how many it has."""
    usable = sorted(statements, key=lambda it: _order(report.id, it.statement.id))
    before = {} if earlier is None else _tallies(earlier)
    counts = {name: _counts(usable, column) for name, column in _TABLES.items()}
    tallies = {name: steady(it, before.get(name, {})) for name, it in counts.items()}
    witnesses = {it.statement.person_id or it.statement.id for it in usable if it.counted}
    told = steady({(TOTAL, TOTAL): len(witnesses)}, before.get("witnesses", {}))
    content = {
        "title": report.plan.title,
        "introduction": report.plan.introduction,
        "edition": report.edition,
        "as_of": report.plan.as_of.date().isoformat(),
        "threshold": THRESHOLD,
        "witnesses": _large(told[TOTAL, TOTAL].published),
        "left_out": _large(errata) if earlier is not None else None,
        "tables": [_table(name, usable, column, tallies[name]) for name, column in _TABLES.items()],
        "statements": [_quote(number, it) for number, it in enumerate([it for it in usable if it.quoted], start=1)],
        "claims": [_claim(it) for it in claims],
    }
    used = {it.statement.id: _used(it) for it in usable if it.counted or it.quoted}
    return Compiled(content, {**tallies, "witnesses": told}, used)


def content_of(source: bytes) -> dict[str, Any]:
    """What a frozen report says."""
    content: dict[str, Any] = orjson.loads(source)["content"]
    return content


def _used(it: Usable) -> tuple[Use, ...]:
    return tuple(use for use, so in ((COUNTED, it.counted), (QUOTED, it.quoted)) if so)


def _order(report_id: str, statement_id: str) -> str:
    """An order that says nothing of when or by whom something was said, and another one in every edition."""
    return digest(f"{report_id}/{statement_id}".encode())


def _cells(usable: Collection[Usable], column: str) -> dict[Place, set[str]]:
    """By harm and year or region: whose statements tell of it."""
    cells: dict[Place, set[str]] = {}
    for it in usable:
        for told in it.words.happenings if it.counted else ():
            who = it.statement.person_id or it.statement.id
            cells.setdefault((told.harm, str(getattr(told, column))), set()).add(who)
    return cells


def _counts(usable: Collection[Usable], column: str) -> dict[Place, int]:
    return {place: len(who) for place, who in _cells(usable, column).items()}


def _table(name: str, usable: Collection[Usable], column: str, tallies: Mapping[Place, Tally]) -> dict[str, Any]:
    numbers = {place: it.published for place, it in tallies.items()}
    rows = [harm for harm in HARMS if any(place[0] == harm for place in numbers)]
    columns = sorted({place[1] for place in numbers})
    shown = table(numbers, rows, columns, few=_few(_cells(usable, column)))
    lines = [[row, *(shown[row, it] for it in (*columns, TOTAL))] for row in (*rows, TOTAL)]
    return {"name": name, "columns": columns, "rows": lines}


def _few(cells: Mapping[Place, Collection[str]]) -> set[Place]:
    """The totals behind which there are too few people, though they tell of much."""
    people: dict[Place, set[str]] = {}
    for (row, column), who in cells.items():
        for total in ((row, TOTAL), (TOTAL, column), (TOTAL, TOTAL)):
            people.setdefault(total, set()).update(who)
    return {total for total, who in people.items() if len(who) < THRESHOLD}


def _large(number: int) -> int | None:
    return number if number >= THRESHOLD else None


def _quote(number: int, it: Usable) -> dict[str, Any]:
    assert it.masking is not None
    return {
        "pseudonym": f"W{number}",
        "language": it.statement.interview.language,
        "year": it.statement.interview.held_on.year,
        "original": masked(it.words.original, it.masking.spans, "original", QUOTED),
        "translation": masked(it.words.translation, it.masking.spans, "translation", QUOTED),
    }


def _claim(claim: Claim) -> dict[str, Any]:
    checked = claim.verification
    return {
        "topic": claim.topic,
        "qualifier": claim.qualifier,
        "value": claim.value,
        "definition": claim.definition,
        "definition_version": claim.definition_version,
        "as_of": claim.as_of.isoformat(),
        "source": claim.source,
        "verified": None if checked is None else checked.how,
        "errata": [[it.qualifier, it.value, it.note] for it in claim.errata],
    }


def _rows(tallies: Mapping[Place, Tally]) -> list[list[Any]]:
    return [[*place, it.persons, it.published, list(it.earlier)] for place, it in sorted(tallies.items())]


def _tallies(source: bytes) -> dict[str, dict[Place, Tally]]:
    return {name: dict(map(_tally, rows)) for name, rows in orjson.loads(source)["tallies"].items()}


def _tally(row: Sequence[Any]) -> tuple[Place, Tally]:
    kind, column, persons, published, earlier = row
    return (kind, column), Tally(persons, published, tuple(earlier))
