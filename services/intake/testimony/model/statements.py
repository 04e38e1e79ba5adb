"""A statement: what somebody told in an interview, and what it may be used for.

Rule: what was said is never overwritten: a correction is a further version beside it. A use that is not consented to,
or no longer, is none; a withdrawal counts at once for everything that is not frozen yet.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, get_args

from shared.errors import conflict, invalid

Use = Literal["statistics", "anonymised_report", "named_story", "court"]
USES: tuple[Use, ...] = get_args(Use)

Harm = Literal[
    "detention", "torture", "sexual_violence", "extortion", "threats", "outing", "family_violence", "killing", "other"
]
HARMS: tuple[Harm, ...] = get_args(Harm)


@dataclass(frozen=True)
class Happening:
    """What was done, coded for counting. region: coarse, never a village or a street."""

    harm: Harm
    region: str
    year: int


@dataclass(frozen=True)
class Interview:
    """Who asked, through whom, when and roughly where. language: BCP 47, as it was spoken."""

    interviewer_id: str
    interpreter_id: str | None
    language: str
    held_on: date
    place: str


@dataclass(frozen=True)
class Words:
    """One version of what was said. number: from 1. why: what a correction corrects."""

    id: str
    number: int
    original: str
    translation: str
    happenings: tuple[Happening, ...]
    why: str
    written_by: str
    written_at: datetime


@dataclass(frozen=True)
class UseConsent:
    """One use that was consented to. proof: how they said so."""

    use: Use
    expires_on: date | None
    proof: str
    given_at: datetime
    withdrawn_at: datetime | None

    def holds(self, today: date) -> bool:
        """On the day it expires it no longer does."""
        return self.withdrawn_at is None and (self.expires_on is None or today < self.expires_on)


@dataclass(frozen=True)
class Statement:
    """A statement without its words. person_id: None when who spoke stays unknown to the case. behind: it was taken
    behind a veil, and is there for who may look."""

    id: str
    case_id: str
    person_id: str | None
    interview: Interview
    taken_by: str
    taken_at: datetime
    behind: bool
    version: int

    @property
    def key(self) -> str:
        """Under whose key it stands: the person's, or its own."""
        return self.person_id or self.id

    @property
    def names(self) -> tuple[str, ...]:
        """What the audit log calls it by: whoever asks who looked at a person finds who read what they said."""
        return (self.id,) if self.person_id is None else (self.id, self.person_id)


def check_interview(interview: Interview, happenings: Collection[Happening], today: date) -> None:
    """Errors: Refusal invalid for what lies in the future."""
    if interview.held_on > today or any(it.year > today.year for it in happenings):
        raise invalid("in_the_future", "An interview, or what it tells of, cannot lie in the future.")


def live(consents: Collection[UseConsent], today: date) -> tuple[Use, ...]:
    """The uses that are consented to on `today`, in the order of `USES`."""
    held = {it.use for it in consents if it.holds(today)}
    return tuple(use for use in USES if use in held)


def check_consent(expires_on: date | None, today: date) -> None:
    """Errors: Refusal invalid when it would be expired when given."""
    if expires_on is not None and expires_on <= today:
        raise invalid("expired", "This consent would be expired already.")


def withdrawn(consents: Mapping[str, UseConsent], uses: Collection[Use]) -> list[str]:
    """The ids of those consents that end when these uses are taken back; no use named means all.

    Errors: Refusal conflict when there is nothing to take back.
    """
    ended = [it for it, one in consents.items() if one.withdrawn_at is None and (not uses or one.use in uses)]
    if not ended:
        raise conflict("not_live", "There is no consent to take back.")
    return ended
