"""The words of a name in plain Latin letters, from whatever script they are written in.

Rule: one reading per letter (`letters.toml`); where letters can be read in two ways, `shared.names.sounds` does so.
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from anyascii import anyascii

HYPHENS = "-‐‑–־ـ"
_SILENT = frozenset("'’‘ʼʻ`ʹʺ′″”“\"·ʿʾ")
_VOWELS = frozenset("aeiouy")
_TRAVEL_DOCUMENT = re.compile("x(kh|th|dh|sh|ss|dz|tt|zz|ta|ay|aa|ae|h|e|i)")


@dataclass(frozen=True)
class Word:
    """latin: a to z only. voiceless: its vowels were not written. parts: what it is made of when it had a hyphen."""

    latin: str
    voiceless: bool = False
    parts: tuple["Word", ...] = ()


@cache
def _tables() -> Mapping[str, Any]:
    return tomllib.loads(files("shared.names").joinpath("letters.toml").read_text("utf-8"))


@cache
def _letters() -> Mapping[str, str]:
    tables = _tables()
    return {**tables["cyrillic"], **tables["arabic"], **tables["latin"]}


def words(name: str) -> list[Word]:
    """The words that tell, in their order; a word with a hyphen is one, and says its parts."""
    folded = unicodedata.normalize("NFKC", name).casefold().replace(",", " ")
    for hyphen in HYPHENS[1:]:
        folded = folded.replace(hyphen, "-")
    read = [_read(part) for word in _kept_together(folded).split() if (part := word.strip("-"))]
    return _joined([word for word in read if word.latin])


def _kept_together(text: str) -> str:
    """Letters and hyphens stay, silent signs go without a trace, anything else parts words."""
    text = unicodedata.normalize("NFC", text)
    kept = (sign for sign in text if sign not in _SILENT)
    return "".join(sign if sign.isalpha() or sign == "-" or unicodedata.combining(sign) else " " for sign in kept)


def _read(written: str) -> Word:
    parts = [_read_part(part) for part in written.split("-") if part]
    parts = [part for part in _joined(parts) if part.latin]
    if len(parts) == 1:
        return parts[0]
    return Word("".join(part.latin for part in parts), any(part.voiceless for part in parts), tuple(parts))


def _read_part(written: str) -> Word:
    arabic = "؀" <= written[0] <= "ۿ"
    if arabic and written.startswith("ال") and len(written) > 3:
        written = written[2:]
    latin = _latin(written)
    if arabic:
        return Word(_settled(latin), voiceless=True)
    if _TRAVEL_DOCUMENT.search(latin):
        return Word(_settled(_as_in_travel_documents(latin)), voiceless=True)
    return Word(latin, voiceless=len(latin) > 2 and not frozenset("aeiou").intersection(latin))


def _as_in_travel_documents(latin: str) -> str:
    """Arabic letters as ICAO Doc 9303 writes them: an x tells the one that Latin letters share."""
    plain = _TRAVEL_DOCUMENT.sub(lambda found: _tables()["travel_documents"][found[1]], latin)
    return plain[2:] if plain.startswith("al") and len(plain) > 4 else plain


def _latin(written: str) -> str:
    letters = _letters()
    read = []
    for sign in written:
        latin = letters.get(sign)
        if latin is None:
            plain = "".join(part for part in unicodedata.normalize("NFKD", sign) if not unicodedata.combining(part))
            latin = letters.get(plain, plain if plain.isascii() else anyascii(plain).lower())
        read.append(latin)
    return "".join(sign for sign in "".join(read) if "a" <= sign <= "z")


def _settled(latin: str) -> str:
    """Waw between consonants is the vowel u; ye is a vowel wherever it stands, and no sound."""
    settled = [
        "u"
        if sign == "w" and place > 0 and not _VOWELS.intersection(latin[place - 1] + latin[place + 1 : place + 2])
        else sign
        for place, sign in enumerate(latin)
    ]
    return "".join(settled)


def _joined(read: Sequence[Word]) -> list[Word]:
    """Particles go, and those that belong to the next word are written with it."""
    particles = _tables()["particles"]
    left_out, joining, closing = (frozenset(particles[kind]) for kind in ("left_out", "joined", "closing"))
    found: list[Word] = []
    before: Word | None = None
    for word in read:
        if before is not None:
            found.append(Word(before.latin + word.latin, before.voiceless or word.voiceless))
            before = None
        elif word.latin in joining or (word.voiceless and word.latin == "aabd"):
            before = word
        elif found and word.latin in closing | {"dyn"}:
            found[-1] = Word(found[-1].latin + word.latin, found[-1].voiceless or word.voiceless)
        elif word.latin not in left_out:
            found.append(word)
    # A name of particles alone is one all the same.
    return [*found, *([before] if before else [])] or list(read)[:1]
