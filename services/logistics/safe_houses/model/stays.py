"""Beds for people of a case: held, slept in, left, or let go.

Rule: the beds of live holds and stays are never more than the house has, a house never shelters more cases at once
than may share it, and nobody has two beds.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from services.logistics.safe_houses.model.houses import House
from shared.errors import conflict, invalid
from shared.veil import Veil, behind

StayState = Literal["held", "sheltered", "left", "hold_expired", "released"]

LONGEST_HOLD = timedelta(days=14)


@dataclass(frozen=True)
class Leaving:
    """Somebody of a case gave a bed in a house back because their journey left: by whose act, and when."""

    case_id: str
    house_id: str
    stay_id: str
    person_id: str
    by: str
    at: datetime


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


def hidden_leavings(leavings: Collection[Leaving], veils: Mapping[str, Veil], actor_id: str) -> list[Leaving]:
    """Those that the actor may not know of: who left together is hidden together."""
    together: dict[tuple[str, str, datetime], list[Veil]] = defaultdict(list)
    for it in leavings:
        together[it.case_id, it.by, it.at] += [veils[it.person_id]] if it.person_id in veils else []
    return [it for it in leavings if behind(together[it.case_id, it.by, it.at], actor_id, it.by, it.at)]


def as_before(stay: Stay, hidden: Collection[Leaving], now: datetime) -> Stay:
    """The stay for whoever may not know of these leavings: as it was, and as its hold would have run out since."""
    if not hidden:
        return stay
    over = stay.state in ("left", "released")
    people = {it.person_id for it in hidden} | (set() if over else set(stay.person_ids))
    version = stay.version - len({it.at for it in hidden})
    state: StayState = "sheltered" if stay.state in ("left", "sheltered") else "held"
    if state == "held" and stay.expires_at <= now:
        state, version = "hold_expired", version + 1
    return replace(stay, person_ids=tuple(sorted(people)), state=state, version=version)


def with_hidden(taken: Occupancy, hidden: Collection[Leaving]) -> Occupancy:
    """What is taken of a house for whoever may not know of these leavings."""
    return Occupancy(taken.beds + len(hidden), taken.case_ids | {it.case_id for it in hidden})


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
