"""A safe house and how far it can be relied on.

Rule: a house goes through its states one way, apart from a pause; it is evacuated only when everybody is out, and it
never leaves its people behind by being retired.
"""

from dataclasses import dataclass
from typing import Literal

from shared.errors import conflict

HouseState = Literal["prospect", "vetted", "active", "paused", "compromised", "evacuated", "retired"]

NEXT: dict[HouseState, frozenset[HouseState]] = {
    "prospect": frozenset({"vetted", "retired"}),
    "vetted": frozenset({"active", "retired"}),
    "active": frozenset({"paused", "compromised"}),
    "paused": frozenset({"active", "compromised", "retired"}),
    "compromised": frozenset({"evacuated"}),
    "evacuated": frozenset({"retired"}),
    "retired": frozenset(),
}

EMPTY: frozenset[HouseState] = frozenset({"evacuated", "retired"})
"""States that a house enters only when nobody is in it and nobody is expected."""


@dataclass(frozen=True)
class House:
    """max_cases: how many cases may share it at once; keeper_id: who keeps it."""

    id: str
    code_name: str
    region: str
    beds: int
    max_cases: int
    keeper_id: str | None
    state: HouseState
    version: int


def check_move(house: House, to: HouseState, beds_taken: int) -> None:
    """Errors: Refusal conflict when the house cannot go from where it is to `to`, or people are still in it."""
    if to not in NEXT[house.state]:
        raise conflict("wrong_state", f"A house that is {house.state} cannot become {to}.")
    if to in EMPTY and beds_taken:
        raise conflict("house_occupied", "People are still in this house.")


def beds_free(house: House, taken: int) -> int:
    """taken: as the viewer may know, which can be more than there are."""
    return max(0, house.beds - taken)
