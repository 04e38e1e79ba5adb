"""No number under five follows from the public figures: not from one day, not from any two, not side by side."""

from datetime import date
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from services.notify.disclosure.model import Figure, Release, apart, counted, released
from shared.small_numbers import Tally

DAY = date(2017, 5, 1)
SMALL = {1, 2, 3, 4}


def public(escaped: Tally | int, settled: Tally | int) -> list[int | None]:
    """What the public reads: a tally is counted, a number is signed."""
    figures: list[Figure] = []
    for name, number in (("helped_to_escape", escaped), ("settled_in_canada", settled)):
        if isinstance(number, Tally):
            figures.append(counted(name, number.published, DAY, 5))  # type: ignore[arg-type]
        else:
            figures.append(released(Release(name, number, "as signed", DAY, "records")))  # type: ignore[arg-type]
    return [figure.value for figure in apart(figures, 5)]


@given(st.lists(st.integers(0, 40), max_size=80))
def test_no_two_months_differ_by_a_small_number(history: list[int]) -> None:
    """Whoever keeps every figure that was ever public, and people come and go, subtracts no one to four."""
    tally, seen = Tally(0, 0), []
    for persons in history:
        tally = tally.moved(persons, 5)
        value, _ = public(tally, Tally(0, 0))
        if value is not None:
            seen.append(value)
    assert all(value >= 5 for value in seen)
    assert not {abs(one - other) for one, other in combinations(set(seen), 2)} & SMALL


def test_a_number_that_falls_and_rises_does_not_come_back_one_higher() -> None:
    """Ten, five, and then eleven would tell of one person: it stays five until it can be ten, or fifteen."""
    tally, told = Tally(0, 0), []
    for persons in (10, 5, 11, 14, 10, 15):
        tally = tally.moved(persons, 5)
        told.append(tally.published)
    assert told == [10, 5, 5, 5, 10, 15]


@given(st.integers(0, 40), st.integers(0, 40), st.booleans(), st.booleans())
def test_side_by_side_no_small_number_follows_that_nobody_signed(
    escaped: int, settled: int, one_signed: bool, other_signed: bool
) -> None:
    """Who escaped and did not settle is at least five, or one of the two is not told; nobody is small as well."""
    one = escaped if one_signed else Tally(escaped, escaped)
    other = settled if other_signed else Tally(settled, settled)
    shown = public(one, other)
    assert (shown[0] == escaped) or not one_signed
    assert (shown[1] == settled) or not other_signed
    if None not in shown and not (one_signed and other_signed):
        assert abs(escaped - settled) >= 5
