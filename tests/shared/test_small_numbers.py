"""Tables in which small numbers are suppressed: what follows from the rest, in one release and between two."""

from collections.abc import Iterator, Mapping
from itertools import product

from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared.small_numbers import TOTAL, Place, Tally, steady, table

ROWS, COLUMNS = ("a", "b"), ("x", "y")
CELLS = tuple(product(ROWS, COLUMNS))


def test_a_small_number_takes_another_one_with_it() -> None:
    """3 would follow from 20 less 17, so a second cell of its row and of its column goes, and one more for those."""
    told = table(dict(zip(CELLS, (17, 3, 9, 30), strict=True)), ROWS, COLUMNS)
    assert {place: number for place, number in told.items() if TOTAL in place} == {
        ("a", TOTAL): 20,
        ("b", TOTAL): 39,
        (TOTAL, "x"): 26,
        (TOTAL, "y"): 33,
        (TOTAL, TOTAL): 59,
    }
    assert [told[it] for it in CELLS] == [None] * 4


def test_nothing_is_suppressed_where_nothing_is_small() -> None:
    """A table of large numbers is told whole."""
    told = table(dict(zip(CELLS, (17, 13, 9, 30), strict=True)), ROWS, COLUMNS)
    assert [told[it] for it in CELLS] == [17, 13, 9, 30]
    assert None not in told.values()


def test_two_small_numbers_that_must_be_equal_are_not_told_by_their_sum() -> None:
    """A row of 1 and 1 has a total of 2, which is suppressed; a cell that could differ by one only is not enough."""
    told = table({("a", "x"): 1, ("a", "y"): 1, ("b", "x"): 50, ("b", "y"): 50}, ROWS, COLUMNS)
    assert told["a", TOTAL] is None
    assert told["b", "x"] is None or told[TOTAL, "x"] is None


@settings(max_examples=40, deadline=None)
@given(st.tuples(*[st.integers(0, 5)] * 4))
@example((3, 0, 0, 3))
@example((2, 2, 2, 2))
def test_whoever_adds_and_subtracts_finds_no_small_number(numbers: tuple[int, ...]) -> None:
    """By trying every table that fits what is told: each suppressed cell could be any of more than three numbers."""
    threshold = 3
    told = table(dict(zip(CELLS, numbers, strict=True)), ROWS, COLUMNS, threshold=threshold)
    assert all(number is None or number >= threshold for number in told.values())
    fitting = list(tables_that_fit(told))
    for cell in (it for it, number in told.items() if number is None):
        could_be = {grid[cell] for grid in fitting}
        assert max(could_be) - min(could_be) >= threshold


def tables_that_fit(told: Mapping[Place, int | None]) -> Iterator[dict[Place, int]]:
    for numbers in product(range(10), repeat=4):
        grid: dict[Place, int] = dict(zip(CELLS, numbers, strict=True))
        for row in ROWS:
            grid[row, TOTAL] = sum(grid[row, column] for column in COLUMNS)
        for column in COLUMNS:
            grid[TOTAL, column] = sum(grid[row, column] for row in ROWS)
        grid[TOTAL, TOTAL] = sum(numbers)
        if all(number in (None, grid[place]) for place, number in told.items()):
            yield grid


def test_two_releases_differ_by_no_small_number() -> None:
    """A cell stands until it has moved by five from all that it was; cells that are new count from nothing."""
    first = steady({("a", "x"): 7, ("a", "y"): 12}, {})
    assert {place: it.published for place, it in first.items()} == {("a", "x"): 7, ("a", "y"): 12}
    second = steady({("a", "x"): 9, ("a", "y"): 18, ("b", "x"): 2}, first)
    assert [it.published for it in second.values()] == [7, 18, 0]
    third = steady({("a", "x"): 13, ("a", "y"): 13, ("b", "x"): 6}, second)
    assert [it.published for it in third.values()] == [13, 18, 6]
    assert third["a", "y"] == Tally(13, 18, (12,))
