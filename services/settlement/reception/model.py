"""The hand-over of a group and the weeks after it.

Rule: both sides confirm, each by somebody else, and each counted as many heads as the manifest names.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from shared.errors import conflict

State = Literal["expected", "confirmed", "ended"]
Side = Literal["escort", "reception"]

LASTS = timedelta(days=42)
CANADA = "CA"


@dataclass(frozen=True)
class Arrival:
    """A person whose arrival was confirmed. country: ISO 3166-1 alpha-2."""

    person_id: str
    country: str
    outside_country_of_danger: bool


@dataclass(frozen=True)
class Reception:
    """A group of a journey; person_ids is the manifest. country is known from the arrival on."""

    id: str
    case_id: str
    journey_id: str
    state: State
    person_ids: tuple[str, ...]
    country: str | None
    arrived_at: datetime | None
    escort_by: str | None
    reception_by: str | None
    confirmed_at: datetime | None
    version: int

    def confirmed_by(self, side: Side) -> str | None:
        return self.escort_by if side == "escort" else self.reception_by


def check_handover(reception: Reception, side: Side, actor_id: str, counted: int) -> None:
    """Errors: Refusal conflict not_arrived, already_confirmed, same_person, head_count_differs."""
    other: Side = "reception" if side == "escort" else "escort"
    if reception.arrived_at is None:
        raise conflict("not_arrived", "This group has not arrived yet.")
    if reception.confirmed_by(side) is not None:
        raise conflict("already_confirmed", "This side has confirmed already.")
    if reception.confirmed_by(other) == actor_id:
        raise conflict("same_person", "Somebody else must confirm for the other side.")
    if counted != len(reception.person_ids):
        raise conflict("head_count_differs", "The head-count is not that of the manifest.")


def completes(reception: Reception, side: Side) -> bool:
    """Whether the confirmation of `side` is the second one."""
    return reception.confirmed_by("reception" if side == "escort" else "escort") is not None
