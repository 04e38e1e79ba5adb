"""How names are read and sound; expectations worked out by hand from the rules in `shared.names`."""

import random
from collections import Counter, defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.names import SOUNDS, likeness, sounds
from tests.bench.spellings import crowd, spell

LOOKED_AT, FLAGGED, LIKE = 50, 3, 0.65


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Муса Хасханов", ("KSNF MS", "KSKNF MS")),
        ("Khaskhanov, Musa", ("KSNF MS", "KSKNF MS")),
        ("Жанна", ("SN",)),
        ("Жанна Петрова Ли", ("PTRF SN", "L SN", "L PTRF")),
        ("Ann O’Brien", ("AN APRN",)),
        ("Иван", ("AFN",)),
        ("محمد", ("MKMT", "MMT")),
        ("Nour Eddine", ("NRTN",)),
        ("", ()),
        ("42", ()),
        ("al", ("AL",)),
    ],
)
def test_a_name_is_a_few_coarse_sounds(name: str, expected: tuple[str, ...]) -> None:
    """Every two words in alphabetical order, the first readings first; a single word alone."""
    assert sounds(name) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Царнаев", "Tzarnaeff"),
        ("Осман", "Othman"),
        ("Богдан", "Bohdan"),
        ("Юсуф", "Jusuf"),
        ("جمال", "Gamal"),
        ("جمال", "Djamel"),
        ("وليد", "Oualid"),
        ("داود", "Daoud"),
        ("شمس الدين", "Shamsuddin"),
        ("Абдурахман", "Abd al-Rahman"),
        ("Masxadov", "Масхадов"),
        ("Hadžiev", "Хаджиев"),
    ],
)
def test_spellings_of_one_name_meet(one: str, other: str) -> None:
    """They share a sound and are alike."""
    assert set(sounds(one)) & set(sounds(other))
    assert likeness(one, other) >= LIKE


@pytest.mark.parametrize(
    ("one", "other"),
    [("Муса Хасханов", "Musa Aliev"), ("Zelimkhan Bakaev", "Aslan Gelaev"), ("Musa", "Musa Khaskhanov"), ("", "")],
)
def test_names_of_different_people_are_not_alike(one: str, other: str) -> None:
    """One word in common is not enough, nor is none at all."""
    assert likeness(one, other) < LIKE


@given(st.text(max_size=60))
def test_whatever_is_called_a_name_has_a_bounded_number_of_sounds(name: str) -> None:
    """Any text has at most eight sounds, all different, and is not less like itself than anything."""
    found = sounds(name)
    assert len(found) <= SOUNDS
    assert len(set(found)) == len(found)
    assert 0 <= likeness(name, name) <= 1


@pytest.mark.parametrize("table", ["icao_9303", "iso_9", "bgn_pcgn", "common"])
def test_spellings_by_every_table_find_their_person_in_a_crowd(table: str) -> None:
    """Of 150 people out of 1,500 at least 95 in a hundred are among at most three; fewer than two others on average."""
    people, dice = crowd(1500, random.Random(5)), random.Random(6)
    index = defaultdict(list)
    for place, name in enumerate(people):
        for sound in sounds(name):
            index[sound].append(place)
    asked = hit = flagged = 0
    for place in dice.sample(range(len(people)), 150):
        spelling = spell(people[place], table, dice)
        if spelling is None:
            continue
        shared = Counter(other for sound in sounds(spelling) for other in index[sound]).most_common(LOOKED_AT)
        near = sorted(((likeness(spelling, people[other]), other) for other, _ in shared), reverse=True)
        found = [other for alike, other in near if alike >= LIKE][:FLAGGED]
        asked, hit, flagged = asked + 1, hit + (place in found), flagged + len(found)
    assert asked > 100
    assert hit / asked >= 0.95
    assert flagged / asked < 2
