"""Beds for people of a case: held, slept in, left, or let go.

Rule: the beds of live holds and stays are never more than the house has, a house never shelters more cases at once
than may share it, and nobody has two beds.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from services.logistics.safe_houses.model.houses import House
from shared.errors import conflict, invalid

StayState = Literal["held", "sheltered", "left", "hold_expired", "released"]

LONGEST_HOLD = timedelta(days=14)


@dataclass(frozen=True)
class Stay:
    """person_ids: who has a bed by it, or had one when it ended."""

    id: str
    case_id: str
    house_id: str
    person_ids: tuple[str, ...]
    state: StayState
    expires_at: datetime
    version: int


@dataclass(frozen=True)
class Occupancy:
    """What is taken of a house now: beds, and by which cases."""

    beds: int
    case_ids: frozenset[str]


def check_expiry(expires_at: datetime, now: datetime) -> None:
    """Errors: Refusal invalid when a hold would end at once, or block a bed for over two weeks."""
    if not now < expires_at <= now + LONGEST_HOLD:
        raise invalid("expiry_out_of_range", "A hold ends in the future and lasts at most 14 days.")


def check_room(house: House, taken: Occupancy, case_id: str, beds: int) -> None:
    """Errors: Refusal conflict when the house is not open, full, or shared by as many cases as it may be."""
    if house.state != "active":
        raise conflict("house_not_active", "This house takes nobody in at present.")
    if taken.beds + beds > house.beds:
        raise conflict("house_full", "This house has not as many free beds.")
    if len(taken.case_ids | {case_id}) > house.max_cases:
        raise conflict("house_not_shared", "This house cannot be shared by another case.")


def check_bedless(person_ids: Collection[str], sheltered: Collection[str]) -> None:
    """Errors: Refusal conflict when somebody has a bed already."""
    if set(person_ids) & set(sheltered):
        raise conflict("has_a_bed", "Somebody named has a live hold or stay already.")


def check_arrival(stay: Stay, house: House, now: datetime) -> None:
    """Errors: Refusal conflict when there is no live hold, or the house has become unsafe."""
    check_state(stay, "held")
    if stay.expires_at <= now:
        raise conflict("hold_expired", "The hold is over; hold beds again.")
    if house.state not in {"active", "paused"}:
        raise conflict("house_not_active", "This house takes nobody in at present.")


def check_state(stay: Stay, needed: StayState) -> None:
    """Errors: Refusal conflict."""
    if stay.state != needed:
        raise conflict("wrong_state", f"This stay is {stay.state}.")
