"""The safe-contact profile: how a person can be reached without harm, and by which words they are known.

Rule: nobody is contacted but on the channel and in the hours that the person named; what was not named is not safe. The
code word and the duress word are told apart by the comparison alone: whoever reads a screen sees neither.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shared import spoken
from shared.errors import conflict, invalid

Channel = Literal[
    "phone", "sms", "email", "signal", "whatsapp", "telegram", "messenger", "receipt", "partner", "in_person"
]
WhyNot = Literal["nothing_agreed", "other_channel", "never_call", "outside_safe_hours"]

WEEK = 7
CALL = timedelta(hours=1)
"""For how long a word that was heard says who is speaking."""

WAITS_FOR_THEM: Channel = "receipt"
"""An answer behind the receipt reaches nobody: the person comes for it when they can, on whatever channel else."""


@dataclass(frozen=True)
class Hours:
    """When contact is safe, by the person's own clock. days: ISO weekdays, 1 is Monday, on which it begins.

    until: not later than `begins` means on the next day; the same hour is a whole day.
    """

    days: tuple[int, ...]
    begins: time
    until: time


@dataclass(frozen=True)
class SafeContact:
    """How a person can be reached. zone: IANA name of their time zone; cover_name: as whom the caller presents
    themselves; somebody_else_reads: messages say nothing of what they are about."""

    channel: Channel
    handle: str
    hours: tuple[Hours, ...]
    zone: str
    language: str
    cover_name: str
    never_call: bool
    somebody_else_reads: bool


@dataclass(frozen=True)
class Profile:
    """The present profile; version: 0 while nothing was agreed. words: whether code and duress word were agreed."""

    person_id: str
    contact: SafeContact | None
    words: bool
    version: int


@dataclass(frozen=True)
class Attempt:
    """Whether somebody may be contacted on a channel at an instant.

    safe_at: the instant itself, or the next one at which the hours allow it; None when no hour ever does.
    discreet: somebody else may read it.
    """

    allowed: bool
    why_not: tuple[WhyNot, ...]
    safe_at: datetime | None
    discreet: bool


@dataclass(frozen=True)
class Words:
    """What the person says when all is well, and what they say when they are forced to say so."""

    code: str
    duress: str


Heard = Literal["code", "duress", "neither"]


def attempt(contact: SafeContact | None, channel: Channel, at: datetime) -> Attempt:
    """Whether a contact on `channel` at `at` (with a time zone) is allowed, and why not."""
    if channel == WAITS_FOR_THEM:
        return Attempt(True, (), at, contact is None or contact.somebody_else_reads)
    if contact is None:
        return Attempt(False, ("nothing_agreed",), None, True)
    reasons: tuple[tuple[WhyNot, bool], ...] = (
        ("other_channel", channel != contact.channel),
        ("never_call", channel == "phone" and contact.never_call),
        ("outside_safe_hours", not _within(contact, at)),
    )
    why_not = tuple(why for why, stands in reasons if stands)
    return Attempt(not why_not, why_not, _next_safe(contact, at), contact.somebody_else_reads)


def check(contact: SafeContact) -> None:
    """Errors: Refusal invalid for an unknown zone, days or hours that are none, or a phone that must not ring."""
    try:
        ZoneInfo(contact.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise invalid("unknown_zone", "Give the time zone by its IANA name, such as Europe/Moscow.") from error
    if not contact.hours or not all(_is_week(hours.days) for hours in contact.hours):
        raise invalid("no_safe_hours", "Name the days and hours in which contact is safe.")
    if contact.never_call and contact.channel == "phone":
        raise invalid("never_call", "Somebody who must never be called needs another channel than the phone.")


def check_words(words: Words) -> None:
    """Errors: Refusal invalid when they cannot be told apart."""
    if spoken.same(words.code, words.duress) or not words.code.strip() or not words.duress.strip():
        raise invalid("words_alike", "Code word and duress word must be two different words.")


def hear(words: Words | None, said: str) -> Heard:
    """Which of the two words was said. Errors: Refusal conflict when none were agreed."""
    if words is None:
        raise conflict("no_words", "No code word was agreed with this person.")
    code, duress = spoken.same(words.code, said), spoken.same(words.duress, said)
    return "duress" if duress else "code" if code else "neither"


def _is_week(days: Sequence[int]) -> bool:
    return bool(days) and all(1 <= day <= WEEK for day in days)


def _within(contact: SafeContact, at: datetime) -> bool:
    local = at.astimezone(ZoneInfo(contact.zone))
    return any(_covers(hours, local) for hours in contact.hours)


def _covers(hours: Hours, local: datetime) -> bool:
    day, yesterday, hour = local.isoweekday(), (local - timedelta(days=1)).isoweekday(), local.time()
    if hours.begins < hours.until:
        return day in hours.days and hours.begins <= hour < hours.until
    return (day in hours.days and hour >= hours.begins) or (yesterday in hours.days and hour < hours.until)


def _next_safe(contact: SafeContact, at: datetime) -> datetime | None:
    if _within(contact, at):
        return at
    zone = ZoneInfo(contact.zone)
    today = at.astimezone(zone).date()
    starts = [
        datetime.combine(today + timedelta(days=ahead), hours.begins, zone).astimezone(at.tzinfo)
        for ahead in range(WEEK + 1)
        for hours in contact.hours
        if (today + timedelta(days=ahead)).isoweekday() in hours.days
    ]
    return min((start for start in starts if start > at), default=None)
