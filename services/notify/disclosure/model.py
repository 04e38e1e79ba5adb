"""The published figures.

Rule: before a disclosure a figure is the number of persons who counted in public, and consent to it, when it last
moved. It moves by no less than the threshold, from what it is and from all that it was, so that no two days differ by
a small number; nothing below the threshold is told, zero included, nor a small difference between two figures. After a
disclosure it is exactly what two people signed. Who does not count yet changes no byte of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
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


@dataclass(frozen=True)
class Outcome:
    """What was told of a person and a figure, and whether they are in its tally: only while they consent to it."""

    told: bool
    counting: bool
    at: datetime


def counted(figure: FigureName, published: int, today: date, threshold: int) -> Figure:
    """A figure before its disclosure: dated to the month, so that no day can be told from another by its date."""
    suppressed = published < threshold
    value = None if suppressed else published
    return Figure(figure, value, suppressed, DEFINITIONS[figure], today.replace(day=1), OWN_RECORDS, False)


def released(release: Release) -> Figure:
    return Figure(
        release.figure, release.value, False, release.definition, release.as_of, release.source, disclosed=True
    )


def apart(figures: Sequence[Figure], threshold: int) -> list[Figure]:
    """The figures as they may stand side by side: who escaped and did not settle must not be a small number either.

    Nobody is a small number too. A signed figure stays: the two who signed it accepted what can be derived from it.
    """
    values = [figure.value for figure in figures if figure.value is not None]
    if len(values) < len(figures) or max(values) - min(values) >= threshold:
        return list(figures)
    settled = [it for it in figures if it.figure == "settled_in_canada" and not it.disclosed]
    unsigned = settled or [it for it in figures if not it.disclosed]
    return [_hidden(it) if it in unsigned else it for it in figures]


def _hidden(figure: Figure) -> Figure:
    return replace(figure, value=None, suppressed=True)
