"""What goes to a government for people of a case, and what comes back.

Rule: a submission holds its places from the moment it is submitted until it is decided; on the waitlist it holds
none. What was decided is not withdrawn: the government knows, and the way in is open or shut.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from shared.errors import conflict, invalid

State = Literal["waitlisted", "submitted", "more_information", "accepted", "refused", "withdrawn"]
Outcome = Literal["accepted", "refused", "more_information"]
Shown = Literal["pathway_open", "submitted", "accepted", "refused", "withdrawn"]

HOLDING: frozenset[State] = frozenset({"submitted", "more_information"})
PENDING: frozenset[State] = HOLDING | {"waitlisted"}
LIVE: frozenset[State] = PENDING | {"accepted"}

SHOWN: Mapping[State, Shown] = {
    "waitlisted": "pathway_open",
    "submitted": "submitted",
    "more_information": "submitted",
    "accepted": "accepted",
    "refused": "refused",
    "withdrawn": "withdrawn",
}
_FARTHEST: tuple[Shown, ...] = ("pathway_open", "submitted", "accepted")


@dataclass(frozen=True)
class Submission:
    """People of a case put forward to a programme; queued_at orders the waitlist."""

    id: str
    programme_id: str
    case_id: str
    person_ids: tuple[str, ...]
    state: State
    queued_at: datetime
    version: int

    @property
    def size(self) -> int:
        return len(self.person_ids)


def shown(standing: Collection[Shown], told: Shown) -> Shown:
    """How far a person has come: by the farthest of their ways that stands, else as the last one ended."""
    return max(standing, key=_FARTHEST.index) if standing else told


def check_decision(state: State, outcome: Outcome, from_date: date | None) -> None:
    """Errors: Refusal invalid when an acceptance lacks its date, or something else has one; conflict when not asked."""
    if (outcome == "accepted") != (from_date is not None):
        raise invalid(
            "from_date_malformed", "An acceptance says from which date on people may enter; nothing else does."
        )
    if state not in HOLDING or state == outcome:
        raise conflict("wrong_state", f"A submission that is {state} cannot become {outcome}.")


def check_withdrawal(state: State) -> None:
    """Errors: Refusal conflict when it was decided or withdrawn already."""
    if state not in PENDING:
        raise conflict("wrong_state", f"A submission that is {state} cannot be withdrawn.")
