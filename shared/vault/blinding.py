"""How a value is written before it is blinded, so that what people would call the same gives the same image.

Rule: exact values are normalised here, names in `shared.names`, and nowhere else. Images are of a small fixed number
per name (`SOUNDS`), filled up with images of nothing, so that a row does not tell how many words a name has. What
sounds alike is possibly the same and never surely.
"""

import re
import unicodedata
from collections.abc import Sequence

import phonenumbers
from sqlalchemy import func, select

from shared.database import Transaction
from shared.names import SOUNDS, sounds, words
from shared.vault.columns import Blind

__all__ = ["CONTACTS", "SOUNDS", "compared", "contacts", "hold", "same_contact", "sounds", "spelled"]

CONTACTS = 3
"""How many forms a contact has at most."""

SHORTEST = 5
"""Digits of a phone number; fewer are no number of a person."""

TRUNK = re.compile(r"^(?:0+|80(?=[0-9]{9}$)|8(?=[0-9]{10}$))")
"""What is dialled before a number at home: zeros; of eleven digits the 8 of Russia, the 80 of Belarus."""

EXIT = re.compile(r"^(?:00|(?:810|011)(?=[0-9]{10}))")
"""What is dialled before the country of a number: zeros, 8 and 10 in Russia, 011 in North America."""

OPTIONAL = re.compile(r"\(\s*[08]\s*\)")
"""What is dialled at home only, written into a number that tells its country."""

NUMBER = re.compile(r"(?<![\w@+./])\+?\d(?:[\s().\u2010-\u2013/-]*\d){6,}(?![\w@])")
"""A number that stands among words."""

LABEL = re.compile(
    r"^(?:tel|phone|sms|mailto|e-?mail|telegram|tg|signal|whatsapp|wa|viber|instagram|insta|ig|facebook|fb|vk)"
    r"(?:\s*:\s*|\s+(?=[@+]))",
    re.IGNORECASE,
)
"""What people write before a number or a handle to say where it is."""

LINK = re.compile(
    r"^(?:https?://)?(?:www\.|m\.)?"
    r"(?P<site>t\.me|telegram\.me|wa\.me|signal\.me/#p|instagram\.com|facebook\.com|fb\.com|vk\.com|x\.com|twitter\.com)"
    r"/@?(?P<who>[^/?#\s]+)",
    re.IGNORECASE,
)
"""The address of somebody's page, by which handles and numbers are handed on."""

NUMBERS = ("wa.me", "signal.me/#p")
"""Pages that are addressed by a phone number, which begins with its country."""

_KEPT = frozenset("+@_")


def compared(text: str) -> str:
    """A contact or another exact value: without case, blanks, punctuation and forms of the same letter."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in folded if sign.isalnum() or sign in _KEPT)


def spelled(name: str) -> str:
    """How a name is written in Latin letters, whatever its script and the order of its words; empty without letters."""
    return " ".join(sorted(word.latin for word in words(name)))


def contacts(text: str) -> tuple[str, ...]:
    """How somebody can be reached, at most `CONTACTS`: a phone number in E.164 and without its country, where it tells
    its country; else as it is dialled at home, and as if it had told its country; anything else as one handle or
    address. Words around it and the address of a page say where it is, and make no difference.
    """
    told = compared(OPTIONAL.sub("", _bare(text))).lstrip("@")
    if not told.lstrip("+").isdecimal() or len(told) < SHORTEST:
        return (told,) if told else ()
    digits = "".join(str(unicodedata.decimal(sign)) for sign in told if sign.isdecimal())
    abroad = _abroad(EXIT.sub("", digits))
    if (told.startswith("+") or EXIT.match(digits)) and abroad:
        return abroad
    return (TRUNK.sub("", digits), *abroad)


def same_contact(one: str, other: str) -> bool:
    """Whether both may reach the same person; never where each tells its country and the numbers differ."""
    forms, others = contacts(one), contacts(other)
    if forms and others and forms[0].startswith("+") and others[0].startswith("+"):
        return forms[0] == others[0]
    return not set(forms).isdisjoint(others)


def _bare(text: str) -> str:
    """Without the words around it, and the handle or number of a page instead of its address."""
    said = LABEL.sub("", unicodedata.normalize("NFKC", text).strip())
    link = LINK.match(said)
    if link is None:
        among = [] if "@" in said else NUMBER.findall(said)
        return among[0] if len(among) == 1 else said
    sign = "+" if link["site"].casefold() in NUMBERS and not link["who"].startswith("+") else ""
    return sign + link["who"]


def _abroad(digits: str) -> tuple[str, ...]:
    """These digits as a number that begins with a country, in E.164 and without it; nothing when they are none."""
    try:
        number = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        return ()
    if not phonenumbers.is_possible_number(number):
        return ()
    inside = str(number.national_number)
    if len(inside) < SHORTEST:
        return ()
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), inside


async def hold(tx: Transaction, images: Sequence[Blind]) -> None:
    """Nobody else writes the value with these images until this transaction ends.

    A unique index does not see that two images are of one value. Where there is one writer nothing needs to be held.
    """
    if tx.dialect == "postgresql":
        for image in sorted(image.image for image in images):
            number = int.from_bytes(image[:8], "big", signed=True)
            await tx.execute(select(func.pg_advisory_xact_lock(number)))
