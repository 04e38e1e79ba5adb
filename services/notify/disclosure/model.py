"""The published figures.

Rule: before a disclosure a figure is the number of persons who counted in public when it last moved. It moves by no
less than the threshold, so that no two days differ by a small number; nothing below the threshold is told, zero
included, nor a small difference between two figures. After a disclosure it is exactly what two people signed. Who does
not count yet changes no byte of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
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


@dataclass(frozen=True)
class Tally:
    """How many persons count in a figure; published: how many did when the public number last moved."""

    persons: int
    published: int

    def after(self, before: bool, now: bool, threshold: int) -> "Tally":
        """The tally once a person's outcome `before` is replaced; the public number moves by no less than threshold."""
        persons = self.persons + int(now) - int(before)
        return Tally(persons, persons if abs(persons - self.published) >= threshold else self.published)


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

    A signed figure stays: the two who signed it accepted what can be derived from it.
    """
    escaped = next(figure.value for figure in figures if figure.figure == "helped_to_escape")
    return [_hidden(it) if _tells_too_much(it, escaped, threshold) else it for it in figures]


def _tells_too_much(figure: Figure, escaped: int | None, threshold: int) -> bool:
    if figure.figure != "settled_in_canada" or figure.disclosed or figure.value is None or escaped is None:
        return False
    return 0 < escaped - figure.value < threshold


def _hidden(figure: Figure) -> Figure:
    return replace(figure, value=None, suppressed=True)
