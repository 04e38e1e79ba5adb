"""The states of a case and where it can go from each.

Rule: a case moves along `NEXT` only, and from exactly what was seen of it.
"""

from dataclasses import dataclass
from typing import Literal

from shared.errors import conflict, stale

CaseState = Literal["verifying", "verified", "not_verified", "triaged", "planned", "closed"]

Standing = Literal["suspended", "supported"]
"""How a case rests. supported: in place, without a journey; it is looked at again like a suspended one."""

PAUSED = frozenset(
    {"verify_case", "decide_verification", "decide_head_review", "triage_case", "plan_case", "approve_plan"}
)
"""What is not done while a case is suspended, by the policies' actions."""

NEXT: dict[CaseState, frozenset[CaseState]] = {
    "verifying": frozenset({"verified", "not_verified", "closed"}),
    "verified": frozenset({"triaged", "closed"}),
    "not_verified": frozenset({"verifying", "closed"}),
    "triaged": frozenset({"triaged", "planned", "closed"}),
    "planned": frozenset({"triaged", "planned", "closed"}),
    "closed": frozenset({"verifying"}),
}


@dataclass(frozen=True)
class Case:
    """The people processed together."""

    id: str
    code_name: str
    state: CaseState
    request_id: str | None
    version: int
    standing: Standing | None = None


def check_seen(case: Case, version: int) -> None:
    """Errors: Refusal stale when the case is no longer what was seen."""
    if case.version != version:
        raise stale("stale_version", f"You saw version {version}; the present one is {case.version}.")


def check_going_on(case: Case, action: str) -> None:
    """Errors: Refusal conflict for what stands still while a case is suspended."""
    if case.standing == "suspended" and action in PAUSED:
        raise conflict("case_suspended", "This case is suspended; take it up again first.")


def advance(case: Case, to: CaseState) -> None:
    """Errors: Refusal conflict when the case cannot go from where it is to `to`."""
    if to not in NEXT[case.state]:
        raise conflict("wrong_state", f"A case that is {case.state} cannot become {to}.")
