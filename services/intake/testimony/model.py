"""A published number and where it comes from.

Rule: a claim is never overwritten; a later or different one stands beside it, each with its definition, as-of date
and source.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from shared.errors import invalid

Qualifier = Literal["exactly", "at_least", "more_than", "about"]


@dataclass(frozen=True)
class Claim:
    """topic: a code such as `detained`, under which claims are compared."""

    id: str
    topic: str
    qualifier: Qualifier
    value: int
    definition: str
    as_of: date
    source: str
    verified: bool


def check_new(claim: Claim, today: date) -> None:
    """Errors: Refusal invalid for a date in the future."""
    if claim.as_of > today:
        raise invalid("as_of_in_future", "A claim cannot be as of a day that has not come.")


def disagree(claims: list[Claim]) -> bool:
    """Whether the sources on one topic tell different numbers."""
    return len({(claim.qualifier, claim.value) for claim in claims}) > 1
