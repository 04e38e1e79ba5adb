"""A duty: something that staff must do by an instant, and the ladder that calls when nobody does it.

Rule: one duty per kind, subject and cause, whatever is told again; once ended it stays ended. A step of the ladder is
reached once and in order. Whoever has left a case has no duties on it: theirs are everybody's who is on it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from shared.errors import conflict, invalid

Kind = Literal[
    "task",
    "appointment",
    "rebook",
    "came_of_age",
    "no_reader",
    "review_rest",
    "consent_unanswered",
    "retriage",
    "review_plan",
    "retention",
    "head_review",
    "answer_transfer",
    "sign",
]
State = Literal["open", "done", "cancelled"]
Step = Literal["reminder", "overdue", "escalated"]
WhoKind = Literal["person", "team", "role", "others", "case", "asked"]

DAY = timedelta(days=1)
FARTHEST = timedelta(days=366 * 25)
SIGN_BEFORE = DAY
"""How long before a proposal expires somebody is called to sign it."""
HEAD_REVIEW_WITHIN = 3 * DAY


@dataclass(frozen=True)
class Ladder:
    """When a duty calls: `remind` before it is due (not at all when zero), when it is due, and `escalate` after.

    by_hand: whoever it falls to says that it is done; else the slice that asked for it does, when it is done.
    """

    remind: timedelta = DAY
    escalate: timedelta = DAY
    by_hand: bool = False


LADDERS: Mapping[Kind, Ladder] = {
    "task": Ladder(by_hand=True),
    "appointment": Ladder(remind=2 * DAY),
    "rebook": Ladder(remind=2 * DAY),
    "came_of_age": Ladder(escalate=timedelta(days=7), by_hand=True),
    "no_reader": Ladder(remind=timedelta(0), escalate=timedelta(hours=1)),
    "review_rest": Ladder(remind=3 * DAY),
    "consent_unanswered": Ladder(timedelta(0), timedelta(hours=1)),
    "retriage": Ladder(),
    "review_plan": Ladder(),
    "retention": Ladder(remind=7 * DAY),
    "head_review": Ladder(),
    "answer_transfer": Ladder(escalate=DAY / 2),
    "sign": Ladder(timedelta(0), DAY / 2),
}
"""Every kind of duty that there is."""


SIGNED: tuple[Kind, ...] = ("sign", "head_review")
"""What waits for a signature."""


@dataclass(frozen=True)
class Subject:
    """What a duty is about; under its key the duty is encrypted. place_id: the case, a request that is none yet, or a
    report, which is about no case."""

    id: str
    place_id: str
    person_id: str | None = None
    request_id: str | None = None
    report_id: str | None = None

    @classmethod
    def case(cls, case_id: str) -> "Subject":
        return cls(case_id, case_id)

    @classmethod
    def person(cls, person_id: str, case_id: str) -> "Subject":
        return cls(person_id, case_id, person_id=person_id)

    @classmethod
    def request(cls, request_id: str) -> "Subject":
        return cls(request_id, request_id, request_id=request_id)

    @classmethod
    def report(cls, report_id: str) -> "Subject":
        return cls(report_id, report_id, report_id=report_id)

    @property
    def case_id(self) -> str | None:
        return None if self.request_id or self.report_id else self.place_id


@dataclass(frozen=True)
class Who:
    """Whose turn it is. id: of the person or team, or the name of the role, of several with commas between; for a case,
    the role wanted on it."""

    kind: WhoKind
    id: str | None = None

    @classmethod
    def person(cls, actor_id: str) -> "Who":
        """Somebody; once they are no longer on the case, everybody who is."""
        return cls("person", actor_id)

    @classmethod
    def team(cls, team_id: str) -> "Who":
        """Whoever is in a team of the case; once it is none of its teams any more, everybody on the case."""
        return cls("team", team_id)

    @classmethod
    def asked(cls, actor_id: str) -> "Who":
        """Somebody who is asked something about a case, on it or not, unless they are recused."""
        return cls("asked", actor_id)

    @classmethod
    def role(cls, role: str) -> "Who":
        """Everybody who has the role and is not recused, assigned or not: they read what the duty says."""
        return cls("role", role)

    @classmethod
    def others(cls, *roles: str) -> "Who":
        """Everybody who has one of the roles, but who asked for it."""
        return cls("others", ",".join(roles))

    @classmethod
    def on_case(cls, role: str | None = None) -> "Who":
        """Everybody assigned to the case, or those of them who have the role."""
        return cls("case", role)


@dataclass(frozen=True)
class Duty:
    """What must be done. cause: the id of what asked for it; step: the last one that was reached."""

    id: str
    kind: Kind
    subject: Subject
    cause: str
    who: Who
    text: str
    due_at: datetime
    step: Step | None
    state: State
    made_by: str
    made_at: datetime
    ended_by: str | None
    ended_at: datetime | None
    note: str
    version: int

    @property
    def by_hand(self) -> bool:
        return LADDERS[self.kind].by_hand


def slot(kind: Kind, subject_id: str, cause: str) -> str:
    """What there is at most one duty of."""
    return f"{kind}/{subject_id}/{cause}"


def following(duty: Duty) -> tuple[Step, datetime] | None:
    """The next step and when it is reached; None at the top. Nobody is reminded of what was made due sooner."""
    ladder = LADDERS[duty.kind]
    steps: list[tuple[Step, datetime]] = [
        ("reminder", duty.due_at - ladder.remind),
        ("overdue", duty.due_at),
        ("escalated", duty.due_at + ladder.escalate),
    ]
    reached = [step for step, _ in steps]
    left = steps[reached.index(duty.step) + 1 :] if duty.step else steps
    if not duty.step and (not ladder.remind or left[0][1] <= duty.made_at):
        left = left[1:]
    return left[0] if left else None


def check_due(due_at: datetime, now: datetime) -> None:
    """Errors: Refusal invalid for what is over already, or too far away to be meant."""
    if due_at <= now:
        raise invalid("due_in_the_past", "A duty is due later than now.")
    if due_at > now + FARTHEST:
        raise invalid("due_too_late", "A duty is due within the next 25 years.")


def check_by_hand(duty: Duty) -> None:
    """Errors: Refusal conflict when it ended already, or ends by itself when what it asks for is done."""
    if duty.state != "open":
        raise conflict("ended", f"This duty is {duty.state} already.")
    if not duty.by_hand:
        raise conflict("ends_by_itself", "This duty ends when what it asks for is done.")


def check_cancelling(duty: Duty, actor_id: str) -> None:
    """Errors: Refusal conflict, as above, or for a duty that somebody else made."""
    check_by_hand(duty)
    if duty.made_by != actor_id:
        raise conflict("not_yours_to_cancel", "Who made a duty cancels it; whoever it falls to can say it is done.")
