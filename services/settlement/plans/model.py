"""A settlement plan and the needs on it.

Rule: a person has at most one open plan, and a plan closes only when every need on it was met or could not be.
"""

from dataclasses import dataclass
from typing import Literal

from shared.errors import conflict

PlanState = Literal["open", "closed"]
NeedKind = Literal["employment", "language", "counselling", "housing", "health", "legal", "schooling", "income"]
NeedState = Literal["open", "referred", "met", "not_met"]
Outcome = Literal["met", "not_met"]

UNSETTLED: frozenset[NeedState] = frozenset({"open", "referred"})


@dataclass(frozen=True)
class Content:
    """What is personal about a need; stored encrypted under the person's key. service: whom it was referred to."""

    kind: NeedKind
    note: str
    service: str | None = None
    outcome_note: str | None = None


@dataclass(frozen=True)
class Need:
    """Something that a person needs to settle."""

    id: str
    plan_id: str
    state: NeedState
    content: Content
    version: int


@dataclass(frozen=True)
class Plan:
    """The plan of a person, with its needs in the order in which they were added."""

    id: str
    case_id: str
    person_id: str
    state: PlanState
    needs: tuple[Need, ...]
    version: int

    def need(self, need_id: str) -> Need:
        return next(need for need in self.needs if need.id == need_id)


def check_open(plan: Plan) -> None:
    """Errors: Refusal conflict when the plan is closed."""
    if plan.state == "closed":
        raise conflict("plan_closed", "This plan is closed.")


def check_unsettled(need: Need) -> None:
    """Errors: Refusal conflict when it is known already how the need ended."""
    if need.state not in UNSETTLED:
        raise conflict("need_settled", f"This need was written down as {need.state}.")


def check_closable(plan: Plan) -> None:
    """Errors: Refusal conflict when it is closed already, or a need is still open."""
    check_open(plan)
    if any(need.state in UNSETTLED for need in plan.needs):
        raise conflict("needs_open", "Settle every need of this plan first.")
