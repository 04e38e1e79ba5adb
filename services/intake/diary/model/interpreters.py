"""Who interprets: what they speak, when they can come, and for whom they must not.

Rule: nobody interprets unless a second person vetted them and they signed confidentiality; never for somebody from
their own home town, nor in a case that they are excluded from; and somebody who asked for a woman or a man gets one.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal

from services.intake.diary.model.appointments import local
from shared.errors import conflict, forbidden

Gender = Literal["female", "male", "other"]
State = Literal["candidate", "vetted", "suspended"]
Unfit = Literal[
    "interpreter_not_vetted",
    "interpreter_excluded",
    "interpreter_same_town",
    "interpreter_language",
    "interpreter_gender",
    "interpreter_unavailable",
]


@dataclass(frozen=True)
class Hours:
    """When somebody can come in a week, by the clocks of their own zone. weekday: Monday is 0."""

    weekday: int
    begins: time
    ends: time


@dataclass(frozen=True)
class Away:
    """From the first to the last day they cannot come."""

    first: date
    last: date


@dataclass(frozen=True)
class About:
    """What is known of an interpreter. towns: where they come from and are known; no hours: at any time."""

    name: str
    languages: tuple[str, ...]
    gender: Gender
    towns: tuple[str, ...]
    zone: str
    hours: tuple[Hours, ...] = ()
    away: tuple[Away, ...] = ()


@dataclass(frozen=True)
class Interpreter:
    """Somebody in the register. actor_id: as whom they sign in, if they do; signed_on: confidentiality."""

    id: str
    actor_id: str | None
    state: State
    about: About
    registered_by: str
    signed_on: date | None
    version: int


@dataclass(frozen=True)
class Wishes:
    """What a person asked for: the gender of who interprets, and the towns where nobody must know them."""

    gender: Gender | None = None
    towns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Need:
    """What an appointment asks of an interpreter. genders, towns: what anybody there asked for, or to avoid.

    excluded: who must not interpret in this case.
    """

    language: str
    starts_at: datetime
    ends_at: datetime
    genders: frozenset[Gender]
    towns: tuple[str, ...]
    excluded: frozenset[str]


def check_vetting(interpreter: Interpreter, by: str) -> None:
    """Errors: Refusal forbidden for who registered them, conflict when they are vetted already."""
    if interpreter.registered_by == by:
        raise forbidden("second_person_needed", "Who registered an interpreter cannot vet them.")
    if interpreter.state == "vetted":
        raise conflict("vetted_already", "This interpreter is vetted already.")


def unfit(interpreter: Interpreter, need: Need, alike: Collection[str]) -> Unfit | None:
    """Why somebody cannot interpret there; None when they can. alike: towns of theirs that are those to avoid."""
    about = interpreter.about
    reasons: dict[Unfit, bool] = {
        "interpreter_not_vetted": interpreter.state != "vetted" or interpreter.signed_on is None,
        "interpreter_excluded": interpreter.id in need.excluded,
        "interpreter_same_town": bool(alike),
        "interpreter_language": need.language not in about.languages,
        "interpreter_gender": bool(need.genders - {about.gender}),
        "interpreter_unavailable": not available(about, need.starts_at, need.ends_at),
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def available(about: About, starts_at: datetime, ends_at: datetime) -> bool:
    """Whether they can come from then till then."""
    begins, ends = local(starts_at, about.zone), local(ends_at, about.zone)
    if any(away.first <= day <= away.last for away in about.away for day in (begins.date(), ends.date())):
        return False
    if not about.hours:
        return True
    return begins.date() == ends.date() and any(
        hours.weekday == begins.weekday() and hours.begins <= begins.time() and ends.time() <= hours.ends
        for hours in about.hours
    )
