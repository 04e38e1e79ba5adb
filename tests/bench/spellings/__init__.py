"""Invented people by the thousand, and how each of their names is spelt by the tables and by habit.

`tables.toml` has the tables, `common.toml` spellings that people choose, `people.toml` the names.
"""

import random
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
BY_TABLE = ("icao_9303", "bgn_pcgn", "iso_9", "duden")
_VOWELS = frozenset("аеёиоуыэюя")
_OPENING = _VOWELS | frozenset("йъь")


@cache
def _data(name: str) -> Mapping[str, Any]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))


def crowd(size: int, dice: random.Random) -> list[str]:
    """That many different names; some say their family name first."""
    found: dict[str, None] = {}
    peoples = list(_data("people").values())
    shares = [len(people["given"]) * len(people["family"]) for people in peoples]
    while len(found) < size:
        (people,) = dice.choices(peoples, shares)
        found.setdefault(_called(people, dice))
    return list(found)


def _called(people: Mapping[str, list[str]], dice: random.Random) -> str:
    given, family = dice.choice(people["given"]), dice.choice(people["family"])
    return f"{given} {family}" if dice.random() < 0.8 else f"{family} {given}"


def spell(name: str, table: str, dice: random.Random) -> str | None:
    """The name by one of `BY_TABLE` or `common`; None when the table does not have its letters."""
    if table == "common":
        return _by_habit(name, dice)
    rules = _data("tables")[table]
    words = [_by_table(word, rules) for word in name.split()]
    return None if any(word is None for word in words) else " ".join(word for word in words if word)


def _by_table(word: str, rules: Mapping[str, Mapping[str, str]]) -> str | None:
    written, word, place = [], word.lower(), 0
    while place < len(word):
        sign = word[place : place + 2]
        latin = rules.get("groups", {}).get(sign)
        if latin is None:
            sign = word[place]
            latin = _by_position(sign, word[place - 1 : place], word[place + 1 : place + 2], rules)
        if latin is None:
            return None
        written.append(latin)
        place += len(sign)
    return "".join(written).capitalize()


def _by_position(sign: str, before: str, after: str, rules: Mapping[str, Mapping[str, str]]) -> str | None:
    """One letter by what stands beside it; empty: nothing does."""
    if before in _OPENING or before in {"", "-"}:
        if (latin := rules.get("open", {}).get(sign)) is not None:
            return latin
        if before in _VOWELS and after in _VOWELS and sign in rules.get("between_vowels", {}):
            return rules["between_vowels"][sign]
    return rules["letters"].get(sign, sign if sign == "-" else None)


def _by_habit(name: str, dice: random.Random) -> str:
    known = _data("common")["names"]
    for whole, spellings in known.items():
        if " " in whole and whole in name:
            name = name.replace(whole, dice.choice(spellings).replace(" ", "\u00a0"))
    return " ".join(_word_by_habit(word, known, dice) for word in name.split(" ")).replace("\u00a0", " ")


def _word_by_habit(word: str, known: Mapping[str, list[str]], dice: random.Random) -> str:
    if word in known:
        return dice.choice(known[word])
    habits, ending = _data("common")["habits"], ""
    for last, spellings in _data("common")["endings"].items():
        if word.endswith(last):
            word, ending = word.removesuffix(last), dice.choice(spellings)
    icao = _data("tables")["icao_9303"]["letters"]
    chosen: dict[str, str] = {}

    def choose(sign: str) -> str:
        return chosen.setdefault(sign, dice.choice(habits.get(sign, [icao.get(sign, sign)])))

    return ("".join(choose(sign) for sign in word.lower()) + ending).capitalize()
