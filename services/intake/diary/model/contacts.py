"""Contact that was tried with somebody on a case.

Rule: nobody is tried but as their safe-contact profile allows at that instant; what came of it is written down.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.intake.people.model.safe_contact import Attempt, Channel
from shared.errors import conflict

Result = Literal["reached", "no_answer", "somebody_else_answered", "left_a_message"]


@dataclass(frozen=True)
class Tried:
    """A contact that was tried, and what came of it."""

    id: str
    person_id: str
    case_id: str
    channel: Channel
    result: Result
    note: str
    by: str
    at: datetime


def check_safe(attempt: Attempt) -> None:
    """Errors: Refusal conflict contact_unsafe: not on this channel, or not at this hour."""
    if not attempt.allowed:
        raise conflict("contact_unsafe", f"They must not be contacted like this now: {', '.join(attempt.why_not)}.")
