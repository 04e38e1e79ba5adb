"""How a name sounds in any script: few coarse texts, of which two spellings of one name share at least one.

Rule: of every two words one sound each, whatever their order, so that a common first or family name alone connects
nobody. A letter that may be read in two ways is read in both, and what may be written by German rules is read by them
too: j, w, and ch for kh, all in one word alike.
"""

import re
from collections.abc import Iterator
from itertools import chain, combinations, product

from shared.names.writing import Word, words

SOUNDS = 8
"""How many sounds a name has at most."""

WORDS = 4
"""The words of a name that count: the first three and the last."""

UNITS = re.compile(
    "schtsch|tsch|tch|tsh|shch|sch|szcz|cz|sz|sh|zh|dzh|dsch|dj|dz|ts|tz|ch|ph|th|dh|kh|gh|ck|ou|[a-z]",
)
VOWELS = frozenset("aeiouy") | {"ou"}
SAME = {
    **dict.fromkeys(("schtsch", "tsch", "tch", "tsh", "shch", "sch", "szcz", "cz", "sz", "sh", "zh", "ch"), "S"),
    **dict.fromkeys(("dzh", "dsch", "dj", "dz", "ts", "tz", "s", "z"), "S"),
    **dict.fromkeys(("ph", "f", "v"), "F"),
    **dict.fromkeys(("gh", "ck", "k", "q", "g"), "K"),
    **dict.fromkeys(("b", "p"), "P"),
    **dict.fromkeys(("d", "t"), "T"),
    "x": "KS",
}
GLIDES = (re.compile("(?<=[aeiouy])j(?![aeiouy])|(?<=i)j"), re.compile("(?<!d)j(?=[aeiouy])"))
"""A j that is read like y, in the first reading and in the second."""

GERMAN = re.compile("sch|[jw]")
"""What tells that a word may be written by German rules."""

_BY_GERMAN_RULES = re.compile("schtsch|tsch|sch|ch|j|w")
_GERMAN = {"ch": "kh", "j": "y", "w": "v"}

_ARTICLE = re.compile("^[ae]l(?=[^aeiouy]..)")
_SERVANT = re.compile("^(aabd|ebd|abd)[aeiou]*l(?=[^aeiouy])")


def sounds(name: str) -> tuple[str, ...]:
    """At most `SOUNDS` texts, the surest first; none for a name without letters.

    Two names may be the same person's when they share one: two of their words, or the only one of both.
    """
    told = words(name)
    told = told if len(told) <= WORDS else [*told[: WORDS - 1], told[-1]]
    if len(told) == 1:
        return tuple(dict.fromkeys([*readings(told[0]), *_of_parts(told[0])]))[:SOUNDS]
    pairs = list(combinations(told, 2))
    first = chain.from_iterable(_alike(one, other) for one, other in pairs)
    compound = chain.from_iterable(_of_parts(word, told) for word in told)
    rest = chain.from_iterable(_all(one, other) for one, other in pairs)
    found = dict.fromkeys(sound for sound in chain(first, compound, rest) if sound.strip())
    return tuple(found)[:SOUNDS]


def readings(word: Word) -> tuple[str, ...]:
    """The one to three ways in which a word may sound: consonants by kind, and whether it begins with a vowel."""
    latin = _SERVANT.sub("abd", _ARTICLE.sub("", word.latin))
    heard = [
        _heard(latin, second=False, voiceless=word.voiceless),
        _heard(latin, second=True, voiceless=word.voiceless),
        _heard(by_german_rules(latin), second=False, voiceless=word.voiceless),
    ]
    return tuple(dict.fromkeys(one for one in heard if one)) or ("A",)


def by_german_rules(latin: str) -> str:
    """As others write it, if it may be written by German rules; else as it is."""
    if not GERMAN.search(latin):
        return latin
    return _BY_GERMAN_RULES.sub(lambda found: _GERMAN.get(found[0], found[0]), latin)


def _alike(one: Word, other: Word) -> Iterator[str]:
    """Both by their first reading, and both by their last: who spells one by a rule spells the other by it."""
    first, second = readings(one), readings(other)
    yield _both(first[0], second[0])
    yield _both(first[-1], second[-1])


def _all(one: Word, other: Word) -> Iterator[str]:
    return (_both(*pair) for pair in product(readings(one), readings(other)))


def _both(one: str, other: str) -> str:
    return " ".join(sorted((one, other)))


def _of_parts(word: Word, told: list[Word] | None = None) -> Iterator[str]:
    """A name of two with a hyphen is often written as two words."""
    for one, other in combinations(word.parts, 2):
        yield _both(readings(one)[0], readings(other)[0])
    for part, other in product(word.parts, told or ()):
        if other is not word:
            yield _both(readings(part)[0], readings(other)[0])


def _heard(latin: str, *, second: bool, voiceless: bool) -> str:
    if not voiceless:
        latin = GLIDES[second].sub("y", latin)
    units = UNITS.findall(latin)
    codes: list[str] = []
    for place, unit in enumerate(units):
        before = units[place - 1] if place else ""
        after = units[place + 1] if place + 1 < len(units) else ""
        code = _code(unit, before, after, second=second, voiceless=voiceless)
        doubled = not voiceless and codes and codes[-1] == code and before not in VOWELS
        if code and not doubled:
            codes.append(code)
    return "".join(codes)


def _code(unit: str, before: str, after: str, *, second: bool, voiceless: bool) -> str:
    """One unit by what stands beside it; second: by its second reading."""
    if unit in VOWELS:
        return _vowel(unit, before, after, second=second)
    if unit in {"h", "kh"}:
        return _breath(unit, before, after, second=second, voiceless=voiceless)
    if unit in {"ch", "x"} and second:
        return _breath(unit, before, after, second=False, voiceless=False)
    return _readings(unit, before, after, voiceless=voiceless)[second]


def _readings(unit: str, before: str, after: str, *, voiceless: bool) -> tuple[str, str]:
    soft = after in {"e", "i", "y"}
    twice = {
        "c": ("S", "K") if soft else ("K", "S"),
        "g": ("K", "S" if soft or (not before and after in VOWELS) else "K"),
        "j": ("S", "K" if voiceless else "S"),
        "w": ("F", "" if before else "F"),
        "th": ("T", "S"),
        "dh": ("T", "S"),
    }
    once = SAME.get(unit) or unit.upper()
    return twice.get(unit, (once, once))


def _vowel(unit: str, before: str, after: str, *, second: bool) -> str:
    if before:
        return ""
    return "F" if unit in {"u", "ou"} and after in VOWELS and not second else "A"


def _breath(unit: str, before: str, after: str, *, second: bool, voiceless: bool) -> str:
    """Heard before a vowel, and at the beginning; beside a consonant and at the end many leave it out."""
    between = (not before or before in VOWELS) and after in VOWELS
    if voiceless:
        between = not before or not second
        return "K" if between and (after or unit == "kh") else ""
    return "K" if between or (second and (before or after)) else ""
