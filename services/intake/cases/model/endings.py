"""How a case rests, ends and begins again.

Rule: nobody is given up unheard: out of reach or lost is who was tried on three days in their safe hours. Every end has
an exit assessment and can be taken back, but for who died. A rest has a day on which somebody looks at it again.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from services.intake.cases.model.lifecycle import Case, Standing
from shared.errors import conflict, invalid

Outcome = Literal["completed", "referred_out", "withdrawn", "unreachable", "lost_contact", "deceased", "out_of_scope"]
What = Literal["suspended", "supported", "resumed", "reviewed", "closed", "reopened", "taken_up", "died"]
Safety = Literal["safe", "at_risk", "unknown"]
Met = Literal["met", "partly", "unmet", "passed_on"]

TRIED_ON = 3
LONGEST_REST = timedelta(days=183)
NEEDS_CONTACT: frozenset[Outcome] = frozenset({"unreachable", "lost_contact"})


@dataclass(frozen=True)
class NeedLeft:
    """What somebody needed, and how far it was met."""

    need: str
    met: Met


@dataclass(frozen=True)
class Assessment:
    """How people are when the case ends. said_by_person: the end is what they want, in their own words.

    passed_to: who goes on helping; follow_up: what they can do when it gets worse.
    """

    safety: Safety
    summary: str
    needs: tuple[NeedLeft, ...] = ()
    said_by_person: str = ""
    passed_to: str = ""
    follow_up: str = ""


@dataclass(frozen=True)
class Turn:
    """What happened to a case, by whom and why. assessment: of an end; review_at: of a rest; person_id: who died."""

    id: str
    what: What
    at: datetime
    by: str
    reason: str
    outcome: Outcome | None = None
    assessment: Assessment | None = None
    review_at: datetime | None = None
    person_id: str | None = None


def check_review(review_at: datetime, now: datetime) -> None:
    """Errors: Refusal invalid when it is over already, or further away than half a year."""
    if not now < review_at <= now + LONGEST_REST:
        raise invalid("review_too_late", "Look at it again within half a year.")


def check_rest(case: Case, to: Standing) -> None:
    """Errors: Refusal conflict for a closed case, and when it rests like that already."""
    if case.state == "closed":
        raise conflict("wrong_state", "A closed case is reopened first.")
    if case.standing == to:
        raise conflict("same_standing", f"The case is {to} already.")


def check_rests(case: Case) -> None:
    """Errors: Refusal conflict when nothing was suspended and nobody is supported in place."""
    if case.standing is None:
        raise conflict("goes_on", "This case neither was suspended nor rests in place.")


def check_end(outcome: Outcome, told: Assessment, *, tried_on: int, living: Collection[str], arranged: bool) -> None:
    """tried_on: days on which somebody was tried in vain since they were last reached; living: who is not dead.

    Errors: Refusal conflict or invalid, as each outcome asks.
    """
    if arranged:
        raise conflict("still_arranged", "An appointment is ahead, or has no outcome yet.")
    if outcome in NEEDS_CONTACT and tried_on < TRIED_ON:
        raise conflict("not_tried_enough", f"Try them on {TRIED_ON} days in their safe hours, and write it down.")
    if outcome == "deceased" and living:
        raise conflict("somebody_lives", "Somebody on this case is not known to have died.")
    if outcome == "referred_out" and not told.passed_to:
        raise invalid("passed_to_missing", "Say who goes on helping.")
    if outcome == "withdrawn" and not told.said_by_person:
        raise invalid("said_by_person_missing", "Write down what the person said.")
    if told.safety == "at_risk" and outcome == "completed" and not told.follow_up:
        raise invalid("follow_up_missing", "Somebody still at risk needs to know what they can do.")


def check_ended(case: Case) -> None:
    """Errors: Refusal conflict for a case that goes on, and for a refused one, whose door is its verification."""
    if case.state == "not_verified":
        raise conflict("refused_case", "A refused case is taken up by its verification, with something new.")
    if case.state != "closed":
        raise conflict("wrong_state", f"A case that is {case.state} is not reopened.")


def check_refused(case: Case) -> None:
    """Errors: Refusal conflict for a case that was not refused."""
    if case.state != "not_verified":
        raise conflict("wrong_state", f"A case that is {case.state} is not taken up anew.")


def check_reopening(living: Collection[str]) -> None:
    """Errors: Refusal conflict when nobody is left to help."""
    if not living:
        raise conflict("everybody_deceased", "Everybody on this case has died.")


def days_tried(attempts: Sequence[tuple[datetime, bool]]) -> int:
    """attempts: when, and whether the person was reached, oldest first. On how many days in vain since then."""
    days: set[date] = set()
    for at, reached in attempts:
        days = set() if reached else days | {at.date()}
    return len(days)
