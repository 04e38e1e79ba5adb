"""The comparison of worlds itself: it does not see how random ids are called, and sees everything else.

Rule: expectations by hand, on a world of two cases with their people.
"""

import random
import re
from collections.abc import Sequence

import pytest

from deploy.local.house import SERVICES
from shared.vault import Encrypted
from tests.support.refinement import ID, Row, differences, picture, rounds
from tests.support.world import RANDOM, REAL_TIME, TRIES, domain_tables


def ident(number: int) -> str:
    return f"{number:032x}"


CASES = (ident(1), ident(2))
ADAM, MILA, LEV = ident(11), ident(12), ident(13)

WORLD = [
    Row("cases", {"id": CASES[0], "name": "Kestrel 01"}),
    Row("cases", {"id": CASES[1], "name": "Kestrel 02"}),
    Row("people", {"id": ADAM, "case_id": CASES[0], "facts": f"{ADAM}: Adam"}),
    Row("people", {"id": MILA, "case_id": CASES[0], "facts": f"{MILA}: Mila"}),
    Row("people", {"id": LEV, "case_id": CASES[1], "facts": f"{LEV}: Lev"}),
    Row("stays", {"id": ident(21), "person_id": ADAM, "left_at": None}),
    Row("stays", {"id": ident(22), "person_id": MILA, "left_at": None}),
]


def renamed(world: Sequence[Row], seed: int) -> list[Row]:
    """The same world with other random ids, its rows in another order."""
    dice = random.Random(seed)
    names: dict[str, str] = {}

    def other(found: re.Match[str]) -> str:
        return names.setdefault(found[0], f"{dice.getrandbits(128):032x}")

    rows = [
        Row(row.table, {name: None if cell is None else ID.sub(other, cell) for name, cell in row.cells.items()})
        for row in world
    ]
    return dice.sample(rows, len(rows))


def changed(table: str, number: int, **cells: str | None) -> list[Row]:
    """The world with other values in the row `number` of a table."""
    (place,) = [[at for at, row in enumerate(WORLD) if row.table == table][number]]
    return [*WORLD[:place], Row(table, {**WORLD[place].cells, **cells}), *WORLD[place + 1 :]]


@pytest.mark.parametrize("seed", range(20))
def test_worlds_that_differ_in_names_of_ids_are_equal(seed: int) -> None:
    """Other ids and another order of rows are not a difference."""
    assert differences(WORLD, renamed(WORLD, seed)) == []
    assert picture(WORLD) == picture(renamed(WORLD, seed))


def test_a_changed_value_is_found_where_it_is() -> None:
    """Only the row that holds it is named, not all that hang together with it."""
    assert differences(WORLD, renamed(changed("cases", 1, name="Kestrel 03"), 1)) == [
        "- cases id=<> name=Kestrel 02",
        "+ cases id=<> name=Kestrel 03",
    ]


def test_an_instant_instead_of_nothing_is_found() -> None:
    """Nothing is a value of its own."""
    found = differences(WORLD, renamed(changed("stays", 0, left_at="2017-06-12"), 2))
    assert [line.split(" ")[0] for line in found] == ["-", "+"]


def test_two_swapped_references_are_found() -> None:
    """Mila and Lev in each other's case: every value and every number of rows is as before."""
    swapped = [
        *WORLD[:3],
        Row("people", {**WORLD[3].cells, "case_id": CASES[1]}),
        Row("people", {**WORLD[4].cells, "case_id": CASES[0]}),
        *WORLD[5:],
    ]
    found = differences(WORLD, renamed(swapped, 3))
    assert {"- people", "+ people"} <= {line[:8] for line in found}


def test_a_reference_to_a_twin_is_found() -> None:
    """Adam has both beds: told apart only by counting where his id stands."""
    assert differences(WORLD, renamed(changed("stays", 1, person_id=ADAM), 4))


def test_a_key_of_another_person_is_found() -> None:
    """The same words under somebody else's key."""
    assert differences(WORLD, renamed(changed("people", 0, facts=f"{LEV}: Adam"), 5))


@pytest.mark.parametrize("place", range(len(WORLD)))
def test_a_row_more_or_less_is_found(place: int) -> None:
    """A lost row shows, and so does one that is there twice under another id."""
    assert differences(WORLD, renamed([*WORLD[:place], *WORLD[place + 1 :]], 6))
    twin = Row(WORLD[place].table, {**WORLD[place].cells, "id": ident(99)})
    assert differences(WORLD, renamed([*WORLD, twin], 7))


def test_distant_differences_are_found() -> None:
    """Two rings of three look like one of six, the known limit of refinement; where marks hang tells them apart."""

    def ring(first: int, size: int) -> list[Row]:
        ids = [ident(first + number) for number in range(size)]
        links = [Row("links", {"id": ids[at], "next": ids[(at + 1) % size]}) for at in range(size)]
        return [*links, Row("marks", {"of": ids[0]}), Row("marks", {"of": ids[size // 2]})]

    six = ring(1, 6)
    three = [row for row in [*ring(1, 3), *ring(101, 3)] if row.table == "links"]
    three += [Row("marks", {"of": ident(1)}), Row("marks", {"of": ident(101)})]
    assert differences(six, three) == []
    three[-1] = Row("marks", {"of": ident(2)})
    assert differences(six, three)
    assert len(rounds(six)) > 1


def test_what_is_left_out_is_there() -> None:
    """No table and column that is named as not comparable is a word of yesterday, and no store has lost its secrets."""
    columns = {
        f"{service}.{table.name}": {column.name for column in table.columns}
        for service in SERVICES
        for table in domain_tables(service)
    }
    assert set(columns) >= TRIES
    for table, names in [*REAL_TIME.items(), *RANDOM.items()]:
        assert columns[table] >= names, table
    encrypted = [
        column
        for service in SERVICES
        for table in domain_tables(service)
        for column in table.columns
        if isinstance(column.type, Encrypted)
    ]
    assert len(encrypted) > 25
