"""A person as settlement knows them from intake.

Rule: a consent that was withdrawn or has expired is none, and one that was never heard of is none either.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from shared.errors import conflict, invalid

FIRST = 1
"""The number of a joining with which a case is opened."""

Purpose = Literal["share_for_protection", "share_with_government", "share_with_partner", "public_statistics"]


@dataclass(frozen=True)
class Facts:
    """What is personal; stored encrypted under the person's key. country_of_danger: ISO 3166-1 alpha-2."""

    principal: bool
    born_on: date
    country_of_danger: str


@dataclass(frozen=True)
class Terms:
    """One consent as intake last told it; expires_on is the first day on which it is none."""

    live: bool
    expires_on: date | None

    def live_on(self, day: date) -> bool:
        return self.live and (self.expires_on is None or day < self.expires_on)


@dataclass(frozen=True)
class Newcomer:
    """A member of a case."""

    id: str
    case_id: str
    facts: Facts
    consents: Mapping[Purpose, Terms]

    def consents_to(self, purpose: Purpose, day: date) -> bool:
        return purpose in self.consents and self.consents[purpose].live_on(day)


def check_members(group: list[Newcomer], case_id: str, person_ids: tuple[str, ...]) -> None:
    """Errors: Refusal invalid when nobody is named, somebody twice, or somebody who is not on the case."""
    if not person_ids or len(set(person_ids)) < len(person_ids):
        raise invalid("people_malformed", "Name each person once.")
    if {person.id for person in group if person.case_id == case_id} != set(person_ids):
        raise invalid("not_of_this_case", "Somebody named is not on this case.")


def check_open(state: str) -> None:
    """Errors: Refusal conflict when intake closed the case, or it rests."""
    if state == "closed":
        raise conflict("case_closed", "This case is closed; have it reopened first.")
    if state in {"suspended", "supported"}:
        raise conflict(f"case_{state}", "This case rests: its people are not put forward until it goes on.")
