"""Consent: versioned, expiring, withdrawn.

Rule: what is not consented to is refused; a withdrawn or expired consent is none.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from shared.errors import conflict, invalid

Purpose = Literal["share_for_protection", "share_with_government", "share_with_partner", "public_statistics"]


@dataclass(frozen=True)
class Consent:
    """One purpose of one person."""

    id: str
    person_id: str
    case_id: str
    purpose: Purpose
    live: bool
    expires_on: date | None
    version: int

    def holds(self, today: date) -> bool:
        """Whether it counts on `today`; on the day it expires it no longer does."""
        return self.live and (self.expires_on is None or today < self.expires_on)


def check_new(expires_on: date | None, today: date) -> None:
    """Errors: Refusal invalid when it would be expired when given."""
    if expires_on is not None and expires_on <= today:
        raise invalid("expired", "This consent would be expired already.")


def withdraw(consent: Consent) -> None:
    """Errors: Refusal conflict when there is nothing to withdraw."""
    if not consent.live:
        raise conflict("not_live", "This consent was withdrawn before.")
