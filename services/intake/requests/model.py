"""An unverified ask, and what may become of it.

Rule: a duplicate is flagged by the system and merged by a person; nothing that was received disappears.
"""

import re
from dataclasses import dataclass
from typing import Literal

from shared.errors import conflict, invalid

Channel = Literal["web", "phone", "messenger", "partner"]
AskedBy = Literal["self", "relative", "partner"]
RequestState = Literal["new", "in_scope", "out_of_scope", "merged", "accepted"]


@dataclass(frozen=True)
class Telling:
    """What was told; stored encrypted under the request's key. country: ISO 3166-1 alpha-2."""

    name: str
    contact: str
    country: str
    story: str


@dataclass(frozen=True)
class HelpRequest:
    """A request for help, without what was told."""

    id: str
    state: RequestState
    channel: Channel
    language: str
    asked_by: AskedBy
    emergency: bool
    referral_id: str | None
    merged_into: str | None
    case_id: str | None
    version: int


def normal_contact(contact: str) -> str:
    """A contact as compared for duplicates: without case, blanks and the punctuation of phone numbers."""
    return re.sub(r"[\s().-]", "", contact).lower()


def check_screening(request: HelpRequest) -> None:
    """Errors: Refusal conflict when it was screened before."""
    if request.state != "new":
        raise conflict("wrong_state", f"A request that is {request.state} cannot be screened.")


def check_accept(request: HelpRequest) -> None:
    """Errors: Refusal conflict unless it was found in scope."""
    if request.state != "in_scope":
        raise conflict("wrong_state", f"A request that is {request.state} cannot become a case.")


def check_merge(request: HelpRequest, into: HelpRequest) -> None:
    """Errors: Refusal invalid for itself; conflict when either of them was merged or ended otherwise."""
    if request.id == into.id:
        raise invalid("same_request", "A request cannot be merged into itself.")
    if request.state not in {"new", "in_scope"} or into.state not in {"new", "in_scope", "accepted"}:
        raise conflict("wrong_state", "Only open requests can be merged, and only into one that goes on.")
