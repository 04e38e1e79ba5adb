"""Whether two worlds are the same but for their random ids: colour refinement over rows.

Rule: an id means nothing but the places where it stands. A row's text names its ids by their colours, an id's colour
follows from the texts of the rows in which it stands, and so on until no further ids can be told apart; then equal
worlds have equal texts. An id is 32 hex digits anywhere in a cell.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

ID = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")

Picture = dict[str, list[str]]
"""By table the text of each of its rows, sorted."""


@dataclass(frozen=True)
class Row:
    """A row of a table; cells: the text of each column, `None` where it holds nothing."""

    table: str
    cells: Mapping[str, str | None]


def rounds(rows: Sequence[Row]) -> list[Picture]:
    """The picture of a world after each round; the last tells apart all that can be told apart."""
    colours: dict[str, str] = {}
    pictures: list[Picture] = []
    told_apart = 0
    while True:
        texts = [_text(row, colours) for row in rows]
        pictures.append(_sorted(rows, texts))
        colours = _colours(rows, texts)
        if len(set(colours.values())) == told_apart:
            return pictures
        told_apart = len(set(colours.values()))


def picture(rows: Sequence[Row]) -> Picture:
    """What a world looks like when its random ids are not looked at."""
    return rounds(rows)[-1]


def differences(one: Sequence[Row], other: Sequence[Row], most: int = 20) -> list[str]:
    """Where two worlds differ, `-` only in `one`, `+` only in `other`, as early as it shows; empty when they are equal.

    most: lines per table.
    """
    first, second = rounds(one), rounds(other)
    for number in range(max(len(first), len(second))):
        here, there = (pictures[min(number, len(pictures) - 1)] for pictures in (first, second))
        if here != there:
            return [line for table in sorted({*here, *there}) for line in _lines(table, here, there, most)]
    return []


def _lines(table: str, here: Picture, there: Picture, most: int) -> list[str]:
    mine, theirs = Counter(here.get(table, ())), Counter(there.get(table, ()))
    lines = [f"- {table} {text}" for text in sorted((mine - theirs).elements())]
    lines += [f"+ {table} {text}" for text in sorted((theirs - mine).elements())]
    return lines if len(lines) <= most else [*lines[:most], f"  {table}: {len(lines) - most} more"]


def _text(row: Row, colours: Mapping[str, str]) -> str:
    def colour(found: re.Match[str]) -> str:
        return f"<{colours.get(found[0], '')}>"

    cells = {name: "-" if cell is None else ID.sub(colour, cell) for name, cell in row.cells.items()}
    return " ".join(f"{name}={cell}" for name, cell in sorted(cells.items()))


def _sorted(rows: Sequence[Row], texts: Sequence[str]) -> Picture:
    tables: Picture = defaultdict(list)
    for row, text in zip(rows, texts, strict=True):
        tables[row.table].append(text)
    return {table: sorted(found) for table, found in tables.items()}


def _colours(rows: Sequence[Row], texts: Sequence[str]) -> dict[str, str]:
    places: dict[str, list[str]] = defaultdict(list)
    for row, text in zip(rows, texts, strict=True):
        for name, cell in row.cells.items():
            for found in ID.findall(cell or ""):
                places[found].append(f"{row.table}\0{name}\0{text}")
    return {found: sha256("\1".join(sorted(where)).encode()).hexdigest()[:12] for found, where in places.items()}
