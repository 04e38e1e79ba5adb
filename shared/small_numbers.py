"""Small numbers: what of a count, or of a table of counts, may be told so that nobody can be counted out of it.

Rule: nothing below the threshold is told, zero included, and nothing from which it follows: not by subtraction within
a table, and not from one release to the next. Pure functions; who asks holds the counts.
"""

import math
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

KEPT = 60
"""Of so many numbers that were public it is remembered that they were."""

THRESHOLD = 5

Place = tuple[str, str]
"""Row and column of a cell."""

TOTAL = "*"
"""The name of the row, and of the column, of totals."""


@dataclass(frozen=True)
class Tally:
    """How many persons count in a figure; published: how many did when the public number last moved.

    earlier: what was public before; who kept it subtracts it too.
    """

    persons: int
    published: int
    earlier: tuple[int, ...] = ()

    def after(self, before: bool, now: bool, threshold: int) -> "Tally":
        """The tally once a person's outcome `before` is replaced; the public number moves by no less than threshold."""
        return self.moved(self.persons + int(now) - int(before), threshold)

    def moved(self, persons: int, threshold: int) -> "Tally":
        """The tally once so many count."""
        told = {*self.earlier, self.published}
        if persons == self.published or any(0 < abs(persons - number) < threshold for number in told):
            return Tally(persons, self.published, self.earlier)
        earlier = tuple(number for number in self.earlier if number not in (persons, self.published))
        return Tally(persons, persons, (*earlier, self.published)[-KEPT:])


def steady(
    counts: Mapping[Place, int], before: Mapping[Place, Tally], threshold: int = THRESHOLD
) -> dict[Place, Tally]:
    """By cell: the number that it is told with. before: what it was told with in the last release, empty for the first.

    A cell moves by no less than the threshold from all that it was, so no two releases differ by a small number,
    however what they tell is added up.
    """
    if not before:
        return {place: Tally(number, number) for place, number in counts.items()}
    places = {*counts, *before}
    return {it: before.get(it, Tally(0, 0)).moved(counts.get(it, 0), threshold) for it in sorted(places)}


def table(
    counts: Mapping[Place, int],
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    threshold: int = THRESHOLD,
    few: Collection[Place] = (),
) -> dict[Place, int | None]:
    """The cells of a table with its totals as they may be told; None is suppressed.

    few: further cells, totals too, behind which there are too few people. What would follow from the rest is suppressed
    as well, until each suppressed cell could be any of more than `threshold` numbers.
    """
    grid = _with_totals(counts, rows, columns)
    hidden = {place for place, number in grid.items() if number < threshold or place in few}
    while unsafe := [it for it in hidden if _range(grid, hidden, it, threshold) < threshold]:
        lines = {(side, it[side]) for it in unsafe for side in (0, 1)}
        open_ones = [it for it in grid if it not in hidden]
        beside = [it for it in open_ones if {(0, it[0]), (1, it[1])} & lines]
        if not open_ones:
            break
        hidden.add(min(beside or open_ones, key=lambda it: (TOTAL in it, grid[it], it)))
    return {place: None if place in hidden else number for place, number in grid.items()}


def _with_totals(counts: Mapping[Place, int], rows: Sequence[str], columns: Sequence[str]) -> dict[Place, int]:
    inner = {(row, column): counts.get((row, column), 0) for row in rows for column in columns}
    sums = {(row, TOTAL): sum(inner[row, column] for column in columns) for row in rows}
    sums |= {(TOTAL, column): sum(inner[row, column] for row in rows) for column in columns}
    return {**inner, **sums, (TOTAL, TOTAL): sum(inner.values())}


def _range(grid: Mapping[Place, int], hidden: Collection[Place], cell: Place, enough: int) -> int:
    """By how much a suppressed cell can differ for a reader who adds and subtracts, at most `enough` up and down.

    In every line the cells make up the total. Taking totals as negative, each line adds up to nothing, so what one
    suppressed cell gains another of its line loses: a flow between rows and columns.
    """
    row, column = ("row", cell[0]), ("column", cell[1])
    others = [it for it in hidden if it != cell]
    more, less = _room(grid, cell)
    up = min(more, _flow(grid, others, column, row, enough))
    return int(up + min(less, _flow(grid, others, row, column, enough)))


def _room(grid: Mapping[Place, int], cell: Place) -> tuple[float, float]:
    """By how much a cell, negative if it is a total, can grow and shrink; no number is below zero."""
    total = (cell[0] == TOTAL) != (cell[1] == TOTAL)
    return (grid[cell], math.inf) if total else (math.inf, grid[cell])


_Node = tuple[str, str]


def _flow(grid: Mapping[Place, int], cells: Sequence[Place], start: _Node, end: _Node, enough: int) -> int:
    """How much can go from one line to another by growing and shrinking these cells, at most `enough`."""
    room: dict[tuple[_Node, _Node], float] = {}
    for cell in cells:
        row, column = ("row", cell[0]), ("column", cell[1])
        room[row, column], room[column, row] = _room(grid, cell)
    gone = 0
    while gone < enough and (path := _path(room, start, end)):
        step = int(min(enough - gone, *(room[edge] for edge in path)))
        for edge in path:
            room[edge] -= step
            room[edge[::-1]] += step
        gone += step
    return gone


def _path(room: Mapping[tuple[_Node, _Node], float], start: _Node, end: _Node) -> list[tuple[_Node, _Node]]:
    """The edges of a shortest way on which there is room; empty when there is none."""
    came: dict[_Node, _Node] = {start: start}
    queue = deque([start])
    while queue and end not in came:
        here = queue.popleft()
        for (one, other), left in room.items():
            if one == here and left >= 1 and other not in came:
                came[other] = here
                queue.append(other)
    path, here = [], end
    while here in came and here != start:
        path.append((came[here], here))
        here = came[here]
    return path
