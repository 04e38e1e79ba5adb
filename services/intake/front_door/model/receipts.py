"""Receipts: seven words by which somebody comes back to what they asked, and nobody else can.

Rule: a receipt is a number of 84 random bits; its words are only how people carry it, and in whichever script they are
read it is the same number. What separates words, and how a letter is marked or written, does not matter.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from services.intake.front_door.model.words import LETTERS, WORDS, Script, numbers, words
from shared.errors import invalid

COUNT = 7
BITS_OF_A_WORD = 12
BYTES = 11
"""84 bits in whole bytes."""

ASKED = (1, 4)
"""Which words, counted from nought, somebody gives back to show that they have kept the receipt."""

SCRIPT_OF: dict[str, Script] = {"ru": "cyrillic", "ar": "arabic"}
"""The script in which a language gives receipts; Latin in every other."""

_SAME_LETTER = str.maketrans("أإآٱىیئکةهھےؤ", "اااايييكهههيو")
_SAME_LETTER.update(str.maketrans("ёйэы", "еиеи"))


@dataclass(frozen=True, repr=False)
class Receipt:
    """A receipt. number: below 2**84; never shown, printed or kept."""

    number: int

    def __post_init__(self) -> None:
        if not 0 <= self.number < WORDS**COUNT:
            raise ValueError("a receipt has 84 bits")

    @property
    def secret(self) -> bytes:
        return self.number.to_bytes(BYTES, "big")

    def words(self, script: Script) -> tuple[str, ...]:
        places = range(BITS_OF_A_WORD * (COUNT - 1), -1, -BITS_OF_A_WORD)
        return tuple(words(script)[self.number >> place & (WORDS - 1)] for place in places)


class UnreadableError(Exception):
    """These are not seven words of ours. word: which one, counted from 1; None when their number is wrong."""

    def __init__(self, word: int | None) -> None:
        super().__init__()
        self.word = word


def new_receipt(random_below: Callable[[int], int]) -> Receipt:
    """A receipt that nobody has; random_below: a cryptographic source, such as `secrets.randbelow`."""
    return Receipt(random_below(WORDS**COUNT))


def script_of(language: str) -> Script:
    return SCRIPT_OF.get(language, "latin")


def read(text: str) -> Receipt:
    """The receipt that somebody typed, in any script. Errors: UnreadableError."""
    letters = folded(text)
    if len(letters) != COUNT * LETTERS:
        raise UnreadableError(None)
    number = 0
    for place in range(COUNT):
        known = numbers().get(letters[place * LETTERS : (place + 1) * LETTERS])
        if known is None:
            raise UnreadableError(place + 1)
        number = number << BITS_OF_A_WORD | known
    return Receipt(number)


def check_kept(receipt: Receipt, given: tuple[str, ...], script: Script) -> None:
    """Errors: Refusal invalid `words_differ` unless the words that were asked for are given."""
    asked = [receipt.words(script)[place] for place in ASKED]
    if [folded(word) for word in given] != asked:
        raise invalid("words_differ", "These are not the words that were asked for.")


def folded(text: str) -> str:
    """Its letters alone: without case, accents, blanks, hyphens, and forms that are one letter to who writes them."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    bare = "".join(sign for sign in decomposed if unicodedata.category(sign) in ("Ll", "Lo"))
    return bare.translate(_SAME_LETTER)
