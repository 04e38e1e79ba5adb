"""The words of receipts: 4,096 for each of three scripts, made by a rule and not collected by anybody.

Rule: a word is three syllables of a consonant and a vowel, and the third follows from the first two, so that any two
words of a script differ in two letters at least: one wrong letter never makes another word, nor do two syllables
that change places. Words that hold a sound which hurts are left out. The lists never change: a change of the rule would
turn every receipt that was ever given into another one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice, product
from typing import Literal

WORDS = 4096
LETTERS = 6
"""Letters of a word, in every script."""

Script = Literal["latin", "cyrillic", "arabic"]


@dataclass(frozen=True)
class Alphabet:
    """Consonants and vowels of which words are made, as many as a prime each; hurts: what no word may hold."""

    consonants: str
    vowels: str
    hurts: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.consonants) not in (17, 23) or len(self.vowels) not in (3, 5):
            raise ValueError("the third syllable needs primes")


_LATIN_HURTS = (
    "puta puto pute nazi pede pedo pida homo fag gay geni kaka poop pipi tete teta tito bite nigi nige niga kike kuli"
    " sida dago paki sade rape rapi raba mata mato kule kulo kona zobi zebi neke niki nike batar vola kilu kila dura"
    " suka sutana hura hure hora vigo furo dali sado merde bumi gula susi buta jihad satan rata puki judi jude"
)
_CYRILLIC_HURTS = (
    "хуи хуе хуа хуо суки сука суке педи педо пиде пидо пида муда муде муди жопа жопу жопе жид гаде гада гаду гнид хач"
    " дура дуре дуро лохи лоха лохо сисе сиси попа попо писа писи писе чуре чуро рабы раба рабу рабе бабе кака геи гоме"
    " гомо шиз тупо тупи дохи дохн убит убе мора моги моги труп кате пака смер хера херо херу сата вора вору вори"
    " наци фаги каки ебу еба ебо ебе ебл лоху голу тюр суди суда казн гробе беси бесо чича пута путе"
)
_ARABIC_HURTS = (
    "نيك طيز طيزي زوب زاب كوس لوط خول خوال قاحاب قاحيب شيع سون يهود داعاش داعيش جاها جيها كوف كاف ماتا ماتو موتا موتي"
    " قات قاتا قاتي ذبح خان خاي عار عاري حيوان زان زاني سيحا سيحو شاد شاذ فاجي فاجو ناجاس حارام نار ناري عيدا"
)

ALPHABETS: Mapping[Script, Alphabet] = {
    "latin": Alphabet("bdfghjklmnprstvyz", "aeiou", tuple(_LATIN_HURTS.split())),
    "cyrillic": Alphabet("бвгджзклмнпрстфхч", "аеиоу", tuple(_CYRILLIC_HURTS.split())),
    "arabic": Alphabet("بتثجحخدرزسشصضطعغفقكلمنه", "اوي", tuple(_ARABIC_HURTS.split())),
}


@cache
def words(script: Script) -> tuple[str, ...]:
    """The words of a script in the order of their numbers."""
    found = tuple(islice(_made(ALPHABETS[script]), WORDS))
    if len(found) < WORDS:
        raise ValueError(f"{script} has too few words")
    return found


@cache
def numbers() -> Mapping[str, int]:
    """The number of every word of every script."""
    return {word: number for script in ALPHABETS for number, word in enumerate(words(script))}


def _made(alphabet: Alphabet) -> Iterator[str]:
    consonants, vowels = alphabet.consonants, alphabet.vowels
    every = (range(len(consonants)), range(len(vowels)))
    for one, a, two, b in product(*every, *every):
        three, c = (one + 2 * two) % len(consonants), (a + 2 * b) % len(vowels)
        word = consonants[one] + vowels[a] + consonants[two] + vowels[b] + consonants[three] + vowels[c]
        if not any(hurt in word for hurt in alphabet.hurts):
            yield word
