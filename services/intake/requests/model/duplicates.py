"""Possible duplicates, and requests that go on as one.

Rule: a duplicate is flagged by the system and merged by a person; a merge can be undone, and what is merged keeps its
own receipt, thread and log. What somebody found to be of two people is not flagged again, and not merged, until that is
taken back.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.intake.requests.model.asking import OPEN, HelpRequest, RequestState
from shared.errors import conflict, invalid
from shared.names import likeness

LOOKED_AT = 50
"""How many requests of a similar sound are opened and compared, those that share most first."""

FLAGGED = 3
"""How many of them somebody is shown."""

LIKE = 0.65
"""How like names have to be, from 0 to 1; `make bench` shows what this finds and what it flags besides."""


@dataclass(frozen=True)
class Candidate:
    """Another request that may be the same person's. same_contact: it can be reached the same way."""

    request_id: str
    same_contact: bool
    name: str


@dataclass(frozen=True)
class Merge:
    """A request that was merged into another one: which state it had, and until when it was so."""

    id: str
    request_id: str
    into_id: str
    state_before: RequestState
    by: str
    at: datetime


def possible_duplicates(name: str, others: Iterable[Candidate]) -> list[str]:
    """The ids of at most `FLAGGED` of them: same contact first, then the names that are most alike."""
    found = [(other.same_contact, likeness(name, other.name), other.request_id) for other in others]
    near = [one for one in found if one[0] or one[1] >= LIKE]
    return [request_id for _, _, request_id in sorted(near, key=lambda one: (-one[0], -one[1]))[:FLAGGED]]


def check_merge(request: HelpRequest, into: HelpRequest) -> None:
    """Errors: Refusal invalid for itself; conflict when either of them was merged or ended otherwise."""
    if request.id == into.id:
        raise invalid("same_request", "A request cannot be merged into itself.")
    if request.state not in OPEN or into.state not in {*OPEN, "accepted"}:
        raise conflict("wrong_state", "Only open requests can be merged, and only into one that goes on.")


def check_same(into_id: str, apart: Collection[str]) -> None:
    """apart: what is known to be of somebody else. Errors: Refusal conflict `two_people`."""
    if into_id in apart:
        raise conflict("two_people", "A colleague found that these are two people: take that back first.")


def check_apart(request: HelpRequest, other: HelpRequest, together: Collection[str], apart: Collection[str]) -> None:
    """together: what goes on as one with the request. Errors: Refusal invalid for itself; conflict when they go on as
    one, or it is known."""
    if request.id == other.id:
        raise invalid("same_request", "A request is of one person.")
    if other.id in together:
        raise conflict("merged", "These go on as one: part them first.")
    if other.id in apart:
        raise conflict("two_people", "This is known already.")


def check_taking_back(other_id: str, apart: Collection[str]) -> None:
    """Errors: Refusal conflict `not_apart`."""
    if other_id not in apart:
        raise conflict("not_apart", "Nobody found that these are two people.")


def check_unmerge(request: HelpRequest) -> None:
    """Errors: Refusal conflict when it is merged into nothing."""
    if request.state != "merged":
        raise conflict("not_merged", "This request is not merged into another one.")


def gone_with(request_id: str, merges: Sequence[Merge]) -> set[str]:
    """The request and all that were merged into it, one after the other."""
    found = {request_id}
    while more := {merge.request_id for merge in merges if merge.into_id in found} - found:
        found |= more
    return found
