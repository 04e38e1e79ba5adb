"""Masking: which passages of a statement are left out for which use.

Rule: a masked passage leaves one mark, the same whatever and however much it hides. To hide more is done by one person,
to uncover anything takes a second. Words that nobody has looked through for masking are quoted nowhere.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import orjson

from services.intake.testimony.model.statements import Use, Words
from shared.errors import invalid

Text = Literal["original", "translation"]

OPEN_FOR = timedelta(days=7)
"""How long a second person has to decide on uncovering."""

MARK = "[…]"
"""What stands for a masked passage."""


@dataclass(frozen=True)
class Span:
    """Characters start to end, without end, of one text, hidden in these uses."""

    text: Text
    start: int
    end: int
    uses: tuple[Use, ...]
    reason: str


@dataclass(frozen=True)
class Masking:
    """All masks of one version. approval_id: of a second person, where one is needed before it stands."""

    id: str
    statement_id: str
    case_id: str
    number: int
    spans: tuple[Span, ...]
    set_by: str
    approval_id: str | None
    stands: bool


def check(spans: Collection[Span], words: Words) -> None:
    """Errors: Refusal invalid when a passage is not in the text."""
    for span in spans:
        if not 0 <= span.start < span.end <= len(getattr(words, span.text)):
            raise invalid("passage_not_in_text", "A passage lies outside the text.")


def uncovers(before: Collection[Span], after: Collection[Span]) -> bool:
    """Whether anything that `before` hides in some use is open in it `after`."""
    return not _covered(before) <= _covered(after)


def stands_alone(before: Mapping[int, Collection[Span]], number: int, after: Collection[Span]) -> bool:
    """Whether one person may set these masks on version `number`. before: what stands, by version.

    Where something was hidden in an earlier version, the first look at a later one takes a second person too.
    """
    if number in before:
        return not uncovers(before[number], after)
    return not any(spans for earlier, spans in before.items() if earlier < number)


def masked(text: str, spans: Collection[Span], which: Text, use: Use) -> str:
    """The text as it reads in a use: passages that touch leave one mark."""
    hidden = {place for kind, held, place in _covered(spans) if (kind, held) == (which, use)}
    shown: list[str] = []
    for place, letter in enumerate(text):
        if place not in hidden:
            shown.append(letter)
        elif place - 1 not in hidden:
            shown.append(MARK)
    return "".join(shown)


def asked(masking: Masking) -> bytes:
    """The bytes that a second person signs."""
    spans = sorted([it.text, it.start, it.end, sorted(it.uses), it.reason] for it in masking.spans)
    return orjson.dumps(["masking", masking.id, masking.statement_id, masking.number, spans])


def _covered(spans: Collection[Span]) -> set[tuple[Text, Use, int]]:
    return {(it.text, use, place) for it in spans for use in it.uses for place in range(it.start, it.end)}
