"""How like two names are: 1 for spellings of one name, towards 0 for names of different people.

Rule: words are compared in pairs, each with its best partner, whatever their order; what only one of the names has
besides is neither for nor against. A difference costs little where transliterations differ: vowels, voiced and
unvoiced, breath; and nothing where one side does not write its vowels.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import permutations

from shared.names.sounds import GLIDES, SAME, UNITS, VOWELS, WORDS, by_german_rules
from shared.names.writing import Word, words

_VOWEL, _BREATH, _GLIDE = 0.2, 0.3, 0.4
"""What a vowel, a breath and a w or j weigh beside a consonant, which weighs 1."""

_KIN = 0.3
"""What it costs to write a consonant by another of its kind."""

_WRITTEN_ALIKE = {
    **dict.fromkeys(("kh", "h"), "h"),
    **dict.fromkeys(("gh", "g"), "g"),
    **dict.fromkeys(("ck", "q", "k"), "k"),
    **dict.fromkeys(("ph", "f"), "f"),
    **dict.fromkeys(("tsch", "tch", "tsh", "cz", "ch"), "ch"),
    **dict.fromkeys(("schtsch", "shch", "szcz", "sch", "sz", "sh"), "sh"),
    **dict.fromkeys(("dzh", "dsch", "dj", "zh", "j"), "zh"),
    **dict.fromkeys(("tz", "ts"), "ts"),
    **dict.fromkeys(("ou", "o", "u"), "u"),
    **dict.fromkeys(("i", "y"), "i"),
    **dict.fromkeys(("a", "e"), "a"),
    **dict.fromkeys(("w", "v"), "v"),
}

_CLOSE = {
    frozenset(pair)
    for pair in (
        ("c", "ts"),
        ("c", "k"),
        ("c", "zh"),
        ("zh", "i"),
        ("zh", "h"),
        ("zh", "g"),
        ("th", "s"),
        ("th", "t"),
        ("dh", "d"),
        ("dh", "z"),
        ("v", "u"),
        ("f", "v"),
        ("ch", "h"),
        ("d", "z"),
        ("g", "h"),
    )
}


def likeness(one: str, other: str) -> float:
    """0 to 1. Names of one word are like names of one word only; a name without letters is like none."""
    fewer, more = sorted((_telling(one), _telling(other)), key=len)
    if not fewer or len(fewer) == 1 != len(more):
        return _compound(fewer, more)
    return max(_paired(fewer, more), _compound(fewer, more))


def _telling(name: str) -> tuple[Word, ...]:
    told = words(name)
    return tuple(told if len(told) <= WORDS else [*told[: WORDS - 1], told[-1]])


def _compound(fewer: Sequence[Word], more: Sequence[Word]) -> float:
    """A name of two with a hyphen may be written as two words."""
    taken = [tuple(part for word in told for part in (word.parts or (word,)))[:WORDS] for told in (fewer, more)]
    if taken == [tuple(fewer), tuple(more)] or min(map(len, taken)) < 2:
        return 0.0
    return _paired(*sorted(taken, key=len))


def _paired(fewer: Sequence[Word], more: Sequence[Word]) -> float:
    table = [[_alike(one, other) for other in more] for one in fewer]
    ways = permutations(range(len(more)), len(fewer))
    return max(_whole([table[row][column] for row, column in enumerate(way)]) for way in ways)


def _whole(found: Sequence[float]) -> float:
    """One word that does not fit at all is not made good by others that do."""
    return (sum(found) / len(found) + min(found)) / 2


def _alike(one: Word, other: Word) -> float:
    """As written, and by German rules where they may be."""
    voiceless = one.voiceless or other.voiceless
    written = _near(one.latin, other.latin, voiceless)
    german = by_german_rules(one.latin), by_german_rules(other.latin)
    return written if german == (one.latin, other.latin) else max(written, _near(*german, voiceless))


@lru_cache(4096)
def _near(one: str, other: str, voiceless: bool) -> float:
    first, second = (_units(latin, voiceless) for latin in (one, other))
    weight = max(sum(map(_weight, first)), sum(map(_weight, second)))
    return 0.0 if not weight else max(0.0, 1 - _distance(first, second) / weight)


def _units(latin: str, voiceless: bool) -> list[str]:
    units: list[str] = []
    for unit in UNITS.findall(GLIDES[0].sub("y", latin)):
        alike = _WRITTEN_ALIKE.get(unit, unit)
        doubled = not voiceless and units and units[-1] == alike
        if not doubled and not (voiceless and alike in VOWELS):
            units.append(alike)
    return units


def _distance(one: Sequence[str], other: Sequence[str]) -> float:
    above = [0.0]
    for unit in other:
        above.append(above[-1] + _weight(unit))
    for unit in one:
        row = [above[0] + _weight(unit)]
        for place, there in enumerate(other):
            row.append(
                min(above[place] + _swap(unit, there), above[place + 1] + _weight(unit), row[place] + _weight(there))
            )
        above = row
    return above[-1]


@lru_cache(4096)
def _swap(one: str, other: str) -> float:
    if one == other:
        return 0.0
    if one in VOWELS and other in VOWELS:
        return _VOWEL / 2
    if frozenset((one, other)) in _CLOSE or SAME.get(one, one) == SAME.get(other, other):
        return _KIN
    return 1.0


def _weight(unit: str) -> float:
    if unit in VOWELS:
        return _VOWEL
    return _BREATH if unit == "h" else _GLIDE if unit in {"v"} else 1.0
