"""Contact with who asked before there is a case: logged, and only as it is safe.

Rule: nobody is contacted but on the channel and in the hours of their safe-contact profile; a person for whom somebody
else asked, only when that was said to be safe. Out of reach is who was tried on it on enough days and never answered.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from services.intake.people.model import safe_contact
from services.intake.people.model.safe_contact import Attempt, Channel, SafeContact
from services.intake.requests.model.asking import OPEN, HelpRequest, Telling
from shared.errors import conflict

Whom = Literal["person", "asker"]
Result = Literal["reached", "no_answer", "somebody_else_answered", "left_a_message"]

TRIED = 3
"""On how many different days somebody is tried before they are out of reach."""

_WHY_NOT = {
    "nothing_agreed": "Nothing was agreed about how they can be reached: what was not named is not safe.",
    "other_channel": "This is not the channel on which contact is safe.",
    "never_call": "They must never be called.",
    "outside_safe_hours": "It is outside the hours in which contact is safe.",
    "nobody_else_asks": "Nobody else is named who asked for this person.",
    "person_not_safe": "It was not said to be safe to contact the person: contact who asked for them.",
}


@dataclass(frozen=True)
class Tried:
    """A contact that was tried. result: what came of it."""

    id: str
    request_id: str
    whom: Whom
    channel: Channel
    result: Result
    note: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Way:
    """How somebody can be reached, and whether now. why_not: a code, None when it is safe."""

    whom: Whom
    contact: SafeContact | None
    why_not: str | None
    safe_at: datetime | None
    discreet: bool


def ways(telling: Telling, now: datetime) -> list[Way]:
    """The person, and who asked for them, if somebody else did."""
    whom: list[Whom] = ["person"] if telling.third_party is None else ["person", "asker"]
    return [_way(telling, who, now) for who in whom]


def check_attempt(request: HelpRequest, telling: Telling, whom: Whom, channel: Channel, now: datetime) -> None:
    """Errors: Refusal conflict with the reason why this contact would not be safe, or when nothing is open."""
    if request.state not in OPEN:
        raise conflict("wrong_state", f"Nobody is contacted about a request that is {request.state}.")
    why_not, attempt = _look(telling, whom, channel, now)
    if why_not is not None:
        later = f" It is safe again at {attempt.safe_at:%Y-%m-%d %H:%M} UTC." if attempt and attempt.safe_at else ""
        raise conflict(why_not, _WHY_NOT[why_not] + (later if why_not == "outside_safe_hours" else ""))


def check_unreachable(request: HelpRequest, telling: Telling, tried: Sequence[Tried]) -> None:
    """tried: oldest first. Errors: Refusal conflict unless they were tried on `TRIED` days since they last answered."""
    if request.state not in OPEN:
        raise conflict("wrong_state", f"A request that is {request.state} waits for nobody.")
    days: set[object] = set()
    for one in tried:
        days = set() if one.result == "reached" else {*days, one.at.astimezone(_zone(telling, one.whom)).date()}
    if len(days) < TRIED:
        raise conflict("tried_too_little", f"Try on {TRIED} different days first; it was tried on {len(days)}.")


def with_safe_contact(telling: Telling, whom: Whom, contact: SafeContact) -> Telling:
    """What was agreed. Errors: Refusal conflict when nobody else asked."""
    if whom == "person":
        return replace(telling, safe_contact=contact)
    if telling.third_party is None:
        raise conflict("nobody_else_asks", _WHY_NOT["nobody_else_asks"])
    return replace(telling, third_party=replace(telling.third_party, safe_contact=contact))


def _contact(telling: Telling, whom: Whom) -> SafeContact | None:
    if whom == "person":
        return telling.safe_contact
    return None if telling.third_party is None else telling.third_party.safe_contact


def _look(telling: Telling, whom: Whom, channel: Channel, now: datetime) -> tuple[str | None, Attempt | None]:
    other = telling.third_party
    if whom == "asker" and other is None:
        return "nobody_else_asks", None
    if whom == "person" and other is not None and not other.contact_person:
        return "person_not_safe", None
    attempt = safe_contact.attempt(_contact(telling, whom), channel, now)
    return (None if attempt.allowed else attempt.why_not[0]), attempt


def _way(telling: Telling, whom: Whom, now: datetime) -> Way:
    contact = _contact(telling, whom)
    why_not, attempt = _look(telling, whom, "phone" if contact is None else contact.channel, now)
    safe_at = None if attempt is None else attempt.safe_at
    return Way(whom, contact, why_not, safe_at, attempt is None or attempt.discreet)


def _zone(telling: Telling, whom: Whom) -> ZoneInfo:
    contact = _contact(telling, whom)
    return ZoneInfo("UTC" if contact is None else contact.zone)
