"""A published number and where it comes from.

Rule: a claim is never overwritten; a later or different one stands beside it, each with its definition, as-of date
and source. What was wrong in one is said in an erratum behind it; the number that counts is that of the last erratum.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from shared.errors import conflict, invalid

Qualifier = Literal["exactly", "at_least", "more_than", "about"]

Number = tuple[Qualifier, int]


@dataclass(frozen=True)
class Verification:
    """Who checked a number, how and when."""

    by: str
    how: str
    at: datetime


@dataclass(frozen=True)
class Erratum:
    """What was wrong. value: what the number should have been; None: there is no such number."""

    id: str
    claim_id: str
    qualifier: Qualifier
    value: int | None
    note: str
    at: datetime
    by: str


@dataclass(frozen=True)
class Claim:
    """topic: a code such as `detained`, under which claims are compared. definition_version: of those of the topic,
    counted from 1."""

    id: str
    topic: str
    qualifier: Qualifier
    value: int
    definition: str
    definition_version: int
    as_of: date
    source: str
    verification: Verification | None
    recorded_by: str
    recorded_at: datetime
    version: int
    errata: tuple[Erratum, ...] = ()

    @property
    def number(self) -> Number | None:
        """The number that counts now; None when it was taken back."""
        last: Claim | Erratum = self.errata[-1] if self.errata else self
        return None if last.value is None else (last.qualifier, last.value)


@dataclass(frozen=True)
class Told:
    """What sources tell of one topic: one of the different numbers, and which claims tell it."""

    number: Number
    claims: tuple[str, ...]


def check_new(as_of: date, today: date, *, verified: bool, how: str) -> None:
    """Errors: Refusal invalid for a date in the future, and for a check of which nobody says how it was made."""
    if as_of > today:
        raise invalid("as_of_in_future", "A claim cannot be as of a day that has not come.")
    if verified and not how:
        raise invalid("how_missing", "Say how this number was verified.")


def check_unverified(claim: Claim) -> None:
    """Errors: Refusal conflict when it was verified before."""
    if claim.verification is not None:
        raise conflict("verified_before", "This claim was verified before.")


def check_standing(claim: Claim) -> None:
    """Errors: Refusal conflict when it was taken back."""
    if claim.number is None:
        raise conflict("taken_back", "This claim was taken back; record another one.")


def side_by_side(claims: Collection[Claim]) -> list[Told]:
    """The different numbers that are told, smallest first."""
    numbers = sorted({claim.number for claim in claims if claim.number is not None}, key=lambda it: (it[1], it[0]))
    return [Told(number, tuple(it.id for it in claims if it.number == number)) for number in numbers]
