"""What is known of a person, entry by entry: dated, with who recorded it and whose word it is.

Rule: nothing is overwritten. What no longer holds is ended by a later entry, and both stay. Of what there is one at a
time, such as the name in use, the newest that was not ended holds. What a person keeps from the other members of their
case is shown in no view of the group, in nobody else's copy and in no document about the group.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal, get_args

from services.intake.people.model.codes import CODES, MARITAL, RELATIONSHIPS, Coded
from services.intake.people.model.people import Facts
from shared.errors import conflict, invalid

Single = Literal[
    "name_in_use",
    "pronouns",
    "name_on_papers",
    "marker_on_papers",
    "born_on",
    "country_of_danger",
    "nationality",
    "marital_status",
    "relationship",
]
Kind = Literal[Single, Coded]
Source = Literal["person", "relative", "partner", "document", "observation", "correction"]

CODED: Mapping[str, Mapping[str, str]] = {
    **{str(kind): codes for kind, codes in CODES.items()},
    "marital_status": MARITAL,
    "relationship": RELATIONSHIPS,
}
COUNTRY = re.compile("[A-Z]{2}")
"""ISO 3166-1 alpha-2."""

STATELESS = "stateless"

TOLD: tuple[Kind, ...] = ("born_on", "country_of_danger")
"""What the other services know as well, and hear anew when it changes."""

SINGLE: tuple[Single, ...] = get_args(Single)


@dataclass(frozen=True)
class Entry:
    """One thing that is known. value: a code, or for what there is one at a time the text itself.

    since: from when on it holds. ends: the entry that this one ends, of the same kind and value. kept: from the other
    members of the case.
    """

    id: str
    person_id: str
    kind: Kind
    value: str
    note: str
    source: Source
    since: date
    kept: bool
    ends: str | None
    recorded_by: str
    recorded_at: datetime


@dataclass(frozen=True)
class Held:
    """An entry with what ended it, if anything did."""

    entry: Entry
    ended: Entry | None


def check(entry: Entry, today: date) -> None:
    """Errors: Refusal invalid for a code that is none, an empty value, or a day that has not come."""
    codes = CODED.get(entry.kind)
    if codes is not None and entry.value not in codes:
        raise invalid("unknown_code", "There is no such code.")
    if entry.kind == "born_on" and not _is_day_until(entry.value, today):
        raise invalid("no_birth_date", "A birth date is a day that has come, such as 1994-02-11.")
    if entry.kind == "country_of_danger" and not COUNTRY.fullmatch(entry.value):
        raise invalid("no_country", "A country is given by its two letters, such as RU.")
    if entry.kind == "nationality" and entry.value != STATELESS and not COUNTRY.fullmatch(entry.value):
        raise invalid("no_country", "A nationality is given by two letters, such as RU, or as stateless.")
    if not entry.value.strip():
        raise invalid("nothing_said", "Say what it is.")
    if entry.since > today:
        raise invalid("in_future", "An entry holds from a day that has come.")


def ending(entry: Entry, by: Entry | None, end: Entry) -> Entry:
    """`end` as the entry that ends `entry`. by: what ended it before.

    Errors: Refusal conflict when it is over, or is itself an end; invalid when it would end before it began.
    """
    if by is not None or entry.ends is not None:
        raise conflict("already_ended", "This entry is over.")
    if end.since < entry.since:
        raise invalid("ends_before_it_begins", "An entry ends on or after the day it began.")
    return replace(end, kind=entry.kind, value=entry.value, kept=entry.kept, ends=entry.id)


def held(entries: Sequence[Entry]) -> list[Held]:
    """Every entry but the ends, in the order given, each with its end."""
    ends = {entry.ends: entry for entry in entries if entry.ends is not None}
    return [Held(entry, ends.get(entry.id)) for entry in entries if entry.ends is None]


def live(entries: Sequence[Entry], kind: Kind) -> list[Entry]:
    """Those of a kind that nothing ended, in the order given."""
    return [it.entry for it in held(entries) if it.entry.kind == kind and it.ended is None]


def shown_to_group(entries: Iterable[Entry]) -> list[Entry]:
    """Without what is kept from the other members."""
    return [entry for entry in entries if not entry.kept]


def present(facts: Facts, entries: Sequence[Entry]) -> Facts:
    """The facts as they were registered, with what was entered since; entries: oldest first."""
    newest: dict[str, Any] = {kind: live(entries, kind)[-1].value for kind in SINGLE if live(entries, kind)}
    if "born_on" in newest:
        newest["born_on"] = date.fromisoformat(newest["born_on"])
    return replace(facts, **newest)


def _is_day_until(text: str, today: date) -> bool:
    try:
        return date.fromisoformat(text) <= today
    except ValueError:
        return False
