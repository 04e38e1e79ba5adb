"""What a disclosure would say in public, and what the public could then work out.

Rule: a preview lists every number that becomes derivable by subtraction, so that two people sign what they know they
give away. People of other programmes that are still held back are in no number at all.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Literal

import orjson

from shared.errors import conflict, invalid

Figure = Literal["helped_to_escape", "settled_in_canada"]
State = Literal["proposed", "published", "rejected", "expired"]

STATES: Mapping[str, State] = {
    "open": "proposed",
    "approved": "published",
    "rejected": "rejected",
    "expired": "expired",
}
"""What became of a proposal, by what became of its approval."""

FIGURES: tuple[Figure, ...] = ("helped_to_escape", "settled_in_canada")
DEFINITIONS: Mapping[Figure, str] = {
    "helped_to_escape": "persons whose arrival outside the country of danger was confirmed",
    "settled_in_canada": "persons with a confirmed hand-over in Canada and an open settlement plan",
}
SMALL = 5
OPEN_FOR = timedelta(days=7)


@dataclass(frozen=True)
class Counted:
    """A person whom a figure may count now; through: by way of the programme that would be disclosed."""

    figure: Figure
    through: bool


@dataclass(frozen=True)
class Value:
    """A figure as it would be published; published_before: as a disclosure said it last, else as it counts today."""

    figure: Figure
    value: int
    published_before: int


@dataclass(frozen=True)
class Cell:
    """A number that nobody publishes but that follows; small: it would be suppressed if it were published."""

    cell: str
    value: int
    small: bool


@dataclass(frozen=True)
class Preview:
    """What two people sign."""

    figures: tuple[Value, ...]
    derivable: tuple[Cell, ...]
    as_of: date
    source: str
    opens: bool = False
    """Whether the programme itself is disclosed with them: everybody may know of it and of who came through it."""

    def canonical(self) -> bytes:
        """The bytes that an approval is bound to."""
        return orjson.dumps(asdict(self), option=orjson.OPT_SORT_KEYS)


@dataclass(frozen=True)
class Disclosure:
    """A proposal to say figures in public."""

    id: str
    programme_id: str
    approval_id: str
    state: State
    proposed_by: str
    expires_at: datetime

    @property
    def version(self) -> int:
        """One decision ends it, so there are two."""
        return 1 if self.state == "proposed" else 2


def digest(content: bytes) -> str:
    """What a signer repeats to show which content they saw: SHA-256, 64 hex digits."""
    return hashlib.sha256(content).hexdigest()


def check_proposal(
    figures: Sequence[Figure], as_of: date, today: date, *, opens: bool = False, programme_open: bool
) -> None:
    """Errors: Refusal invalid for a figure named twice, an opening without all of them, or a date to come; conflict
    when nothing is sealed."""
    if len(set(figures)) < len(figures):
        raise invalid("figures_malformed", "Name each figure once.")
    if opens and set(figures) != set(FIGURES):
        raise invalid("figures_missing", "A programme is opened together with all of its figures.")
    if as_of > today:
        raise invalid("as_of_in_future", "Nothing can be said as of a day to come.")
    if programme_open:
        raise conflict("not_sealed", "The figures of an open programme are counted as they come.")


def preview(
    figures: Sequence[Figure], people: Iterable[Counted], released: Mapping[Figure, int], as_of: date, source: str
) -> Preview:
    """people: who would count in `figures` by `as_of`, and who counts in the other today; released: said before."""
    through, outside = dict.fromkeys(FIGURES, 0), dict.fromkeys(FIGURES, 0)
    for person in people:
        (through if person.through else outside)[person.figure] += 1
    values = tuple(
        Value(figure, through[figure] + outside[figure], released.get(figure, outside[figure]))
        for figure in sorted(figures)
    )
    today = {figure: released.get(figure, through[figure] + outside[figure]) for figure in FIGURES}
    public = {**today, **{value.figure: value.value for value in values}}
    cells = [cell for value in values for cell in _cells_of(value, through, outside, released)]
    cells.append(_cell("helped_to_escape but not settled_in_canada", _rest(public)))
    if set(figures) == set(FIGURES):
        cells += _cells_between(through, outside)
    return Preview(values, tuple(cells), as_of, source)


def _cells_of(
    value: Value, through: Mapping[Figure, int], outside: Mapping[Figure, int], released: Mapping[Figure, int]
) -> list[Cell]:
    figure = value.figure
    cells = [
        _cell(f"{figure} through the programme", through[figure]),
        _cell(f"{figure} outside the programme", outside[figure]),
    ]
    if figure in released:
        cells.append(_cell(f"{figure} since the last disclosure", value.value - value.published_before))
    return cells


def _cells_between(through: Mapping[Figure, int], outside: Mapping[Figure, int]) -> list[Cell]:
    return [
        _cell("helped_to_escape but not settled_in_canada through the programme", _rest(through)),
        _cell("helped_to_escape but not settled_in_canada outside the programme", _rest(outside)),
    ]


def _rest(numbers: Mapping[Figure, int]) -> int:
    return numbers["helped_to_escape"] - numbers["settled_in_canada"]


def _cell(name: str, value: int) -> Cell:
    return Cell(name, value, value < SMALL)
