"""The published figures.

Rule: before a disclosure a figure is the number of persons who count in public, and nothing below the threshold is
told, zero included; after it, exactly what two people signed. Who does not count yet changes no byte of it.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

FigureName = Literal["helped_to_escape", "settled_in_canada"]
FIGURES: tuple[FigureName, ...] = get_args(FigureName)

DEFINITIONS: dict[FigureName, str] = {
    "helped_to_escape": "persons whose arrival outside the country of danger was confirmed",
    "settled_in_canada": "persons with a confirmed hand-over in Canada and an open settlement plan",
}
OWN_RECORDS = "this organisation's own records"


@dataclass(frozen=True)
class Figure:
    """What the public reads. as_of: for what day; value: None when suppressed."""

    figure: FigureName
    value: int | None
    suppressed: bool
    definition: str
    as_of: date
    source: str
    disclosed: bool


@dataclass(frozen=True)
class Release:
    """A figure as two people signed it."""

    figure: FigureName
    value: int
    definition: str
    as_of: date
    source: str


def counted(figure: FigureName, persons: int, today: date, threshold: int) -> Figure:
    """A figure before its disclosure: dated to the month, so that no day can be told from another by its date."""
    suppressed = persons < threshold
    value = None if suppressed else persons
    return Figure(figure, value, suppressed, DEFINITIONS[figure], today.replace(day=1), OWN_RECORDS, False)


def released(release: Release) -> Figure:
    return Figure(
        release.figure, release.value, False, release.definition, release.as_of, release.source, disclosed=True
    )


def change_of_tally(before: bool, now: bool) -> int:
    """By how much the number of counted persons changes when one person's outcome is replaced."""
    return int(now) - int(before)
