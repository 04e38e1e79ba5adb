"""Who works on a request: a claim is a lease that ends by itself.

Rule: one request, one claimant; a claim is taken over only when it is over, and what somebody else has claimed is
changed by nobody but them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from services.intake.requests.model.asking import OPEN, HelpRequest
from shared.errors import conflict

LEASE = timedelta(hours=1)


@dataclass(frozen=True)
class Handover:
    """What somebody who goes off duty leaves to the next about a request. taken_by: who said that they go on."""

    id: str
    request_id: str
    note: str
    by: str
    at: datetime
    taken_by: str | None
    taken_at: datetime | None
    version: int


class Held(Protocol):
    """Something that is claimed, or not."""

    @property
    def claimed_by(self) -> str | None: ...
    @property
    def claimed_until(self) -> datetime | None: ...


def holder(request: Held, now: datetime) -> str | None:
    """Who has it at present."""
    held = request.claimed_until is not None and now < request.claimed_until
    return request.claimed_by if held else None


def check_claim(request: HelpRequest, actor_id: str, now: datetime) -> None:
    """Errors: Refusal conflict `claimed` while somebody else has it; `wrong_state` when there is nothing to do."""
    if request.state not in OPEN:
        raise conflict("wrong_state", f"A request that is {request.state} needs nobody.")
    check_free(request, actor_id, now)


def check_free(request: HelpRequest, actor_id: str, now: datetime) -> None:
    """Errors: Refusal conflict `claimed` while somebody else has it."""
    if holder(request, now) not in {None, actor_id}:
        raise conflict("claimed", "A colleague is working on this request at present.")


def check_held(request: HelpRequest, actor_id: str, now: datetime) -> None:
    """Errors: Refusal conflict `not_claimed` unless the actor has it."""
    if holder(request, now) != actor_id:
        raise conflict("not_claimed", "You have not claimed this request.")


def check_taking(handover: Handover, actor_id: str) -> None:
    """Errors: Refusal conflict when somebody took it over already, or who wrote it would."""
    if handover.taken_by is not None:
        raise conflict("taken", "A colleague took this over already.")
    if handover.by == actor_id:
        raise conflict("your_own", "Who hands over does not take over from themselves.")
