"""An appointment: when, where and with whom.

Rule: an interpreter and a room are in one place at a time. An appointment is moved or cancelled with a reason and ends
with an outcome; each turn is kept.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo, available_timezones

from shared.errors import conflict, invalid

Kind = Literal["interview", "medical", "legal", "counselling", "consular", "other"]
State = Literal["booked", "kept", "no_show", "cancelled"]
What = Literal["booked", "moved", "kept", "no_show", "cancelled"]
Outcome = Literal["kept", "no_show"]

LONGEST = timedelta(hours=12)
OUTCOME_WITHIN = timedelta(days=1)
"""After its end somebody has said what came of it."""


@dataclass(frozen=True)
class Terms:
    """What only those on the case read. place: where; room: a room of ours by name; zone: such as Europe/Vilnius."""

    kind: Kind
    place: str
    zone: str
    room: str = ""
    language: str = ""
    purpose: str = ""


@dataclass(frozen=True)
class Turn:
    """What happened to an appointment, with its time after that."""

    what: What
    at: datetime
    by: str
    starts_at: datetime
    ends_at: datetime
    reason: str


@dataclass(frozen=True)
class Appointment:
    """An appointment of a case, or of one person of it."""

    id: str
    case_id: str
    person_id: str | None
    starts_at: datetime
    ends_at: datetime
    interpreter_id: str | None
    state: State
    terms: Terms
    version: int

    @property
    def subject(self) -> str:
        """Whose key encrypts it."""
        return self.person_id or self.case_id

    @property
    def names(self) -> tuple[str, ...]:
        """What the audit log calls it by: its id, and whoever it is about."""
        return (self.id,) if self.person_id is None else (self.id, self.person_id)


def check_times(starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    """Errors: Refusal invalid for a time that is over, ends before it begins, or is longer than half a day."""
    if starts_at <= now:
        raise invalid("in_the_past", "An appointment is later than now.")
    if not timedelta() < ends_at - starts_at <= LONGEST:
        raise invalid("wrong_length", "An appointment ends after it began, within twelve hours.")


def check_zone(zone: str) -> None:
    """Errors: Refusal invalid for a time zone that there is not."""
    if zone not in available_timezones():
        raise invalid("unknown_zone", "Name a time zone such as Europe/Vilnius.")


def local(at: datetime, zone: str) -> datetime:
    """The instant as the clocks there show it."""
    return at.astimezone(ZoneInfo(zone))


def check_open(appointment: Appointment) -> None:
    """Errors: Refusal conflict when it is over or cancelled."""
    if appointment.state != "booked":
        raise conflict("ended", f"This appointment is {appointment.state} already.")


def check_outcome(appointment: Appointment, now: datetime) -> None:
    """Errors: Refusal conflict when it has not begun, or has an end."""
    check_open(appointment)
    if now < appointment.starts_at:
        raise conflict("not_yet", "It has not begun.")
