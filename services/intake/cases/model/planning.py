"""The plan of a case: what is to be reached, and what keeps its people safe meanwhile.

Rule: a plan counts once a supervisor who wrote none of it approved exactly it; what is changed afterwards is a draft
until it is approved anew. How far a goal has come is no change of the plan.
"""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Literal

import orjson

from services.intake.cases.model.lifecycle import Case
from shared.errors import conflict, forbidden, invalid

PlanState = Literal["draft", "approved", "replaced"]
Progress = Literal["open", "reached", "dropped"]

APPROVE_WITHIN = timedelta(days=7)
PLANNED_IN = frozenset({"triaged", "planned"})
REVIEW_AT_UTC = 9
"""The hour of the day at which a review is due."""


@dataclass(frozen=True)
class Goal:
    """What is to be reached, by when and by whom. responsible_id: of staff; None: the people themselves."""

    id: str
    text: str
    due_on: date | None
    responsible_id: str | None


@dataclass(frozen=True)
class SafetyPlan:
    """What the people of the case agreed to do when it gets dangerous."""

    warning_signs: tuple[str, ...] = ()
    safe_places: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Content:
    """What a plan says."""

    goals: tuple[Goal, ...]
    safety: SafetyPlan
    review_on: date | None


@dataclass(frozen=True)
class Plan:
    """A version of a plan; number: from 1."""

    id: str
    case_id: str
    number: int
    state: PlanState
    content: Content
    written_by: str
    written_at: datetime


@dataclass(frozen=True)
class PlanProposal:
    """A draft that waits for a supervisor; id: of its approval."""

    id: str
    plan_id: str
    proposed_by: str
    expires_at: datetime


@dataclass(frozen=True)
class Turn:
    """A goal went on, or not: said by somebody, with a note."""

    goal_id: str
    progress: Progress
    note: str
    said_by: str
    said_at: datetime


def check_writing(case: Case, content: Content, assigned: Collection[str], today: date) -> None:
    """Errors: Refusal conflict for a case that is not triaged; invalid for a plan that nobody can follow."""
    if case.state not in PLANNED_IN:
        raise conflict("wrong_state", f"A case that is {case.state} cannot be planned.")
    if any(goal.responsible_id is not None and goal.responsible_id not in assigned for goal in content.goals):
        raise invalid("not_on_the_case", "Who is responsible for a goal is assigned to the case.")
    if content.review_on is not None and content.review_on <= today:
        raise invalid("review_in_the_past", "A plan is reviewed later than today.")


def check_proposal(plan: Plan | None, today: date) -> Plan:
    """Errors: Refusal conflict when there is no draft, or one that keeps nobody safe or is never looked at again."""
    if plan is None or plan.state != "draft":
        raise conflict("nothing_to_approve", "Write a draft first.")
    safety = plan.content.safety
    if not (safety.warning_signs and safety.safe_places and safety.contacts and safety.steps):
        raise conflict("safety_plan_missing", "Write the safety plan first: signs, places, contacts and what to do.")
    if plan.content.review_on is None or plan.content.review_on <= today:
        raise conflict("review_date_missing", "Say when the plan is looked at again.")
    return plan


def check_supervisor(actor_id: str, authors: Collection[str]) -> None:
    """authors: of every version since the one that counts. Errors: Refusal forbidden for one of them."""
    if actor_id in authors:
        raise forbidden("second_person_needed", "Who wrote a part of it does not approve it.")


def approved(plan: Plan) -> bytes:
    """The bytes that a supervisor approves."""
    return orjson.dumps(["case_plan", plan.id, plan.case_id, asdict(plan.content)])


def review_at(content: Content) -> datetime | None:
    """When the review is due."""
    if content.review_on is None:
        return None
    day = content.review_on
    return datetime.fromisoformat(f"{day.isoformat()}T{REVIEW_AT_UTC:02}:00:00+00:00")
