"""An alert: what staff must look at at once, such as a missed check-in, broken glass or a duty that nobody does.

Rule: one alert per kind and thing that it is about. A further step of a silence opens its alert again, because who
acknowledged the earlier one has not seen this; a report ends it. Nobody settles the alarm that their own act raised.
A mere reminder of a duty is for who is assigned; once it is overdue whoever is on duty sees it too. A word said under
duress holds back what would leave about its case until somebody else gives the all-clear.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from shared.errors import conflict
from shared.veil import Veil

Kind = Literal["check_in_missed", "glass_broken", "duress", "duty"]
State = Literal["open", "acknowledged", "resolved"]
DutyStep = Literal["reminder", "overdue", "escalated"]
Step = Literal["due", "after_15_minutes", "after_30_minutes", "after_60_minutes", "reminder", "overdue", "escalated"]
Severity = Literal["notice", "warning", "urgent", "critical"]

SEVERITY_OF_STEP: dict[Step, Severity] = {
    "due": "notice",
    "after_15_minutes": "warning",
    "after_30_minutes": "urgent",
    "after_60_minutes": "critical",
    "reminder": "notice",
    "overdue": "warning",
    "escalated": "urgent",
}
SEVERITY_OF_KIND: dict[Kind, Severity] = {
    "check_in_missed": "notice",
    "glass_broken": "urgent",
    "duress": "critical",
    "duty": "notice",
}
"""Of an alert that does not climb, or has not begun to."""

_LADDER = list(SEVERITY_OF_STEP)


@dataclass(frozen=True)
class Alert:
    """What staff must look at.

    about_id: what it is about, such as the check-in or the breaking of the glass. service: where it happened. step:
    how far a silence has climbed. raised_by: whose act raised it, where it was one of staff.
    """

    id: str
    case_id: str
    kind: Kind
    about_id: str
    service: str
    journey_id: str | None
    step: Step | None
    raised_by: str | None
    state: State
    raised_at: datetime
    acknowledged_by: str | None
    resolved_at: datetime | None
    version: int

    @property
    def reminder(self) -> bool:
        """Whether it is for who is assigned only."""
        return self.step == "reminder"

    @property
    def severity(self) -> Severity:
        return SEVERITY_OF_KIND[self.kind] if self.step is None else SEVERITY_OF_STEP[self.step]


@dataclass(frozen=True)
class Shown:
    """How openly an alert may be shown: whether the journey is veiled, and who may look all the same.

    may_look: as told with the alert; it holds for those of `person_ids` of whom nothing was told since.
    """

    veiled: bool
    may_look: frozenset[str]
    person_ids: tuple[str, ...]

    def hides_from(self, actor_id: str, veils: Mapping[str, Veil]) -> bool:
        """veils: by person, as settlement told last."""
        told = [veils[person_id] for person_id in self.person_ids if person_id in veils]
        untold = len(told) < len(self.person_ids) or not self.person_ids
        return self.veiled and (
            (untold and actor_id not in self.may_look) or any(veil.hides_from(actor_id) for veil in told)
        )


def silence(alert_id: str, case_id: str, check_in_id: str, journey_id: str, step: Step, at: datetime) -> Alert:
    """The alert about a check-in that nobody made. at: when its first known step was missed."""
    return Alert(
        alert_id,
        case_id,
        "check_in_missed",
        check_in_id,
        "logistics",
        journey_id,
        step,
        None,
        "open",
        at,
        None,
        None,
        1,
    )


def duty(alert_id: str, case_id: str, duty_id: str, step: DutyStep, at: datetime) -> Alert:
    """The alert about something that staff must do."""
    return Alert(alert_id, case_id, "duty", duty_id, "intake", None, step, None, "open", at, None, None, 1)


def broken_glass(alert_id: str, case_id: str, breaking_id: str, service: str, by: str, at: datetime) -> Alert:
    """The alert about somebody who looks into a case that is not theirs."""
    return Alert(alert_id, case_id, "glass_broken", breaking_id, service, None, None, by, "open", at, None, None, 1)


def duress(alert_id: str, case_id: str, about_id: str, journey_id: str | None, by: str, at: datetime) -> Alert:
    """The alert about somebody who was forced to say that all is well: on a journey, or to intake in a call."""
    service = "intake" if journey_id is None else "logistics"
    return Alert(alert_id, case_id, "duress", about_id, service, journey_id, None, by, "open", at, None, None, 1)


def again(alert: Alert) -> Alert:
    """The alert once its cause came again: open, whoever took it before."""
    return replace(alert, state="open", acknowledged_by=None, resolved_at=None)


def climb(alert: Alert, step: Step) -> Alert:
    """The alert after another missed step: never lower than before, and open again."""
    higher = max(alert.step or step, step, key=_LADDER.index)
    return replace(alert, step=higher, state="open", acknowledged_by=None, resolved_at=None)


def resolve(alert: Alert, at: datetime) -> Alert:
    """The alert after the report came; once resolved it stays as it was."""
    return alert if alert.state == "resolved" else replace(alert, state="resolved", resolved_at=at)


def all_clear(alert: Alert, by: str, at: datetime) -> Alert:
    """Somebody made sure that all is well. Errors: Refusal conflict own_alert, not_duress, or not_open: it is over."""
    if alert.raised_by == by:
        raise conflict("own_alert", "Somebody else must look after what you did.")
    if alert.kind != "duress":
        raise conflict("not_duress", "Only a word that was said under duress needs an all-clear.")
    if alert.state == "resolved":
        raise conflict("not_open", "This alert is resolved already.")
    return resolve(alert, at)


def acknowledge(alert: Alert, by: str) -> Alert:
    """Somebody looks after it. Errors: Refusal conflict own_alert, or not_open: that was done, or it is over."""
    if alert.raised_by == by:
        raise conflict("own_alert", "Somebody else must look after what you did.")
    if alert.state != "open":
        raise conflict("not_open", f"This alert is {alert.state} already.")
    return replace(alert, state="acknowledged", acknowledged_by=by)
