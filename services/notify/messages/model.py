"""An alert: one per missed check-in, climbing as the silence lasts.

Rule: a further step opens an alert again, because who acknowledged the earlier one has not seen this; a report ends
it, and an alarm is rather raised twice than never.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from shared.errors import conflict

State = Literal["open", "acknowledged", "resolved"]
Step = Literal["due", "after_15_minutes", "after_30_minutes", "after_60_minutes"]
Severity = Literal["notice", "warning", "urgent", "critical"]

CHECK_IN_MISSED = "check_in_missed"

SEVERITY: dict[Step, Severity] = {
    "due": "notice",
    "after_15_minutes": "warning",
    "after_30_minutes": "urgent",
    "after_60_minutes": "critical",
}
_LADDER = list(SEVERITY)


@dataclass(frozen=True)
class Alert:
    """What staff must look at. raised_at: when the first step was missed."""

    id: str
    case_id: str
    kind: str
    check_in_id: str
    journey_id: str
    step: Step
    state: State
    raised_at: datetime
    acknowledged_by: str | None
    resolved_at: datetime | None
    version: int

    @property
    def severity(self) -> Severity:
        return SEVERITY[self.step]


def climb(alert: Alert, step: Step) -> Alert:
    """The alert after another missed step: never lower than before, and open again."""
    higher = max(alert.step, step, key=_LADDER.index)
    return replace(alert, step=higher, state="open", acknowledged_by=None, resolved_at=None)


def resolve(alert: Alert, at: datetime) -> Alert:
    """The alert after the report came; once resolved it stays as it was."""
    return alert if alert.state == "resolved" else replace(alert, state="resolved", resolved_at=at)


def acknowledge(alert: Alert, by: str) -> Alert:
    """Somebody looks after it. Errors: Refusal conflict when that was done, or it is over."""
    if alert.state != "open":
        raise conflict("not_open", f"This alert is {alert.state} already.")
    return replace(alert, state="acknowledged", acknowledged_by=by)
