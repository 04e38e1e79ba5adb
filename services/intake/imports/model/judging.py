"""What a row says here, and what is wrong with it.

Rule: nothing is repaired in silence: a value that is not understood makes its row bad, and every bad row is told with
all that is wrong with it, by number, field and reason, never by what it says. Rows that repeat each other's key are bad
but for the first; rows of one group are good or bad together.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

from services.intake.imports.model.mapping import DATES, Mapped
from services.intake.imports.model.reading import MOST_SIGNS, Row
from services.intake.people.model.people import Facts, check_group
from services.intake.requests.model import AskedBy, Channel, Telling
from shared.errors import Refusal

Reason = Literal[
    "cells_differ",
    "column_missing",
    "key_missing",
    "key_repeated",
    "missing",
    "too_long",
    "not_a_code",
    "value_unknown",
    "date_unknown",
    "date_in_future",
    "control_character",
    "no_people",
    "unaccompanied_minor",
    "born_in_future",
    "group_is_bad",
]

ALLOWED: Mapping[str, Collection[str]] = {
    "asked_by": ("self", "relative", "partner"),
    "channel": ("web", "phone", "messenger", "partner", "api"),
}
LENGTH = {
    "name": 200,
    "contact": 200,
    "code_name": 60,
    "name_in_use": 200,
    "pronouns": 40,
    "name_on_papers": 200,
}
CODES = {"country": re.compile("[A-Z]{2}"), "language": re.compile("[a-z]{2,3}")}
NEEDED: Mapping[str, Collection[str]] = {
    "request": ("language", "asked_by", "channel"),
    "case": ("country", "language", "asked_by", "channel", "code_name", "name_in_use", "born_on"),
}
SPACE = {"\n", "\r", "\t"}


@dataclass(frozen=True)
class Fault:
    """What is wrong with a row; field: with which of what it should say, empty for the row as a whole."""

    row: int
    field: str
    reason: Reason


@dataclass(frozen=True)
class Unit:
    """What becomes one request, or one case with its people. key: what makes it the same in a later file."""

    key: str
    rows: tuple[int, ...]
    channel: Channel
    language: str
    asked_by: AskedBy
    telling: Telling
    received_at: datetime | None
    code_name: str = ""
    group: tuple[Facts, ...] = ()


@dataclass(frozen=True)
class Sheet:
    """The good units in order of their first rows, and all that is wrong with the others."""

    rows: int
    units: tuple[Unit, ...]
    faults: tuple[Fault, ...]


def judged(rows: Sequence[Row], mapped: Mapped, today: date) -> Sheet:
    """today: no date of what happened lies behind it."""
    faults: list[Fault] = []
    said: dict[int, dict[str, str]] = {}
    seen: set[str] = set()
    groups: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        key = row.cells.get(mapped.key, "").strip()
        values, wrong = _values(row, mapped, today)
        wrong += _key_faults(row, key, seen, has_group=bool(mapped.group))
        faults += wrong
        said[row.number] = {} if wrong else values
        groups[row.cells.get(mapped.group or mapped.key, "").strip() or key].append(row.number)
        seen.add(key)
    units: list[Unit] = []
    for name, together in groups.items():
        good = [number for number in together if said[number]]
        if mapped.group and len(good) < len(together):
            faults += [Fault(number, "", "group_is_bad") for number in good]
        elif good:
            unit, wrong = _unit(f"{mapped.source}\n{name}", mapped, good, [said[number] for number in good], today)
            faults += wrong
            units += [] if wrong else [unit]
    return Sheet(len(rows), tuple(units), tuple(sorted(faults, key=lambda it: (it.row, it.field, it.reason))))


def _key_faults(row: Row, key: str, seen: set[str], *, has_group: bool) -> list[Fault]:
    if not key:
        return [Fault(row.number, "", "key_missing")]
    return [Fault(row.number, "", "key_repeated")] if key in seen else []


def _values(row: Row, mapped: Mapped, today: date) -> tuple[dict[str, str], list[Fault]]:
    if not row.whole:
        return {}, [Fault(row.number, "", "cells_differ")]
    values: dict[str, str] = dict(mapped.constants)
    faults: list[Fault] = []
    for field, columns in mapped.columns.items():
        if len(columns) == 1 and columns[0] not in row.cells and field not in mapped.defaults:
            faults.append(Fault(row.number, field, "column_missing"))
            continue
        told = [unicodedata.normalize("NFC", row.cells.get(name, "")).strip() for name in columns]
        values[field] = "\n".join(filter(None, told))
    for field, text in mapped.defaults.items():
        values[field] = values.get(field) or text
    for field in list(values):
        values[field], reason = _understood(field, values[field], mapped, today)
        if reason is not None:
            faults.append(Fault(row.number, field, reason))
    known = {fault.field for fault in faults}
    lacking = [it for it in NEEDED[mapped.target] if not values.get(it) and it not in known]
    return values, faults + [Fault(row.number, it, "missing") for it in lacking]


def _understood(field: str, text: str, mapped: Mapped, today: date) -> tuple[str, Reason | None]:
    meant = {key.casefold(): value for key, value in mapped.values.get(field, {}).items()}
    text = meant.get(text.casefold(), text)
    if text and field in DATES:
        return _date(text, mapped.dates.get(field, ("%Y-%m-%d",)), today)
    wrong = _wrong(field, text) if text else None
    return (text, None) if wrong is None else ("", wrong)


def _wrong(field: str, text: str) -> Reason | None:
    if any(unicodedata.category(sign) == "Cc" and sign not in SPACE for sign in text):
        return "control_character"
    if field in ALLOWED and text not in ALLOWED[field]:
        return "value_unknown"
    if field in CODES and not CODES[field].fullmatch(text):
        return "not_a_code"
    return "too_long" if len(text) > LENGTH.get(field, MOST_SIGNS) else None


def _date(text: str, forms: Sequence[str], today: date) -> tuple[str, Reason | None]:
    for form in forms:
        try:
            found = datetime.strptime(text, form).date()
        except ValueError:
            continue
        return (found.isoformat(), None) if found <= today else ("", "date_in_future")
    return "", "date_unknown"


def _unit(
    key: str, mapped: Mapped, numbers: Sequence[int], said: Sequence[Mapping[str, str]], today: date
) -> tuple[Unit, list[Fault]]:
    first = said[0]
    story = "\n\n".join(dict.fromkeys(one["story"] for one in said if one.get("story")))
    name = first.get("name") or first.get("name_on_papers") or first.get("name_in_use", "")
    telling = Telling(name, first.get("contact", ""), first.get("country", ""), story[:MOST_SIGNS])
    received = first.get("received_on")
    at = datetime.combine(date.fromisoformat(received), datetime.min.time(), UTC) if received else None
    group = tuple(map(_facts, said)) if mapped.target == "case" else ()
    unit = Unit(
        key, tuple(numbers), first["channel"], first["language"], first["asked_by"], telling, at,  # type: ignore[arg-type]
        first.get("code_name", ""), group,
    )  # fmt: skip
    try:
        if mapped.target == "case":
            check_group([facts.born_on for facts in group], today)
    except Refusal as refusal:
        return unit, [Fault(number, "", refusal.code) for number in numbers]  # type: ignore[arg-type]
    return unit, []


def _facts(said: Mapping[str, str]) -> Facts:
    languages = tuple(one.strip() for one in said.get("languages", said["language"]).replace(",", ";").split(";"))
    return Facts(
        said["name_in_use"],
        said.get("pronouns", ""),
        said.get("name_on_papers", ""),
        date.fromisoformat(said["born_on"]),
        said["country"],
        tuple(filter(None, languages)),
    )
