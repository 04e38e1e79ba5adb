"""The states of a case, who may decide on it, and the journey of a person as a function of what each service said.

Rule: who decides a verification recorded none of its items (two pairs of eyes). A journey is computed from facets,
one per owner, so the order in which the services' events arrive changes nothing.
"""

from collections.abc import Collection
from dataclasses import dataclass, fields
from typing import Literal

from shared.errors import conflict, forbidden

CaseState = Literal["verifying", "verified", "not_verified", "triaged", "planned", "closed"]
ItemKind = Literal["self", "partner", "co_verification"]
ItemResult = Literal["verified", "refuted", "unverifiable"]
Priority = Literal["emergency", "urgent", "normal"]

NEXT: dict[CaseState, frozenset[CaseState]] = {
    "verifying": frozenset({"verified", "not_verified", "closed"}),
    "verified": frozenset({"triaged", "closed"}),
    "not_verified": frozenset({"verifying", "closed"}),
    "triaged": frozenset({"triaged", "planned", "closed"}),
    "planned": frozenset({"triaged", "planned", "closed"}),
    "closed": frozenset({"verifying"}),
}


@dataclass(frozen=True)
class Item:
    """What one check showed, and who recorded it."""

    id: str
    kind: ItemKind
    result: ItemResult
    note: str
    recorded_by: str


@dataclass(frozen=True)
class Case:
    """The people processed together."""

    id: str
    code_name: str
    state: CaseState
    request_id: str
    version: int


def advance(case: Case, to: CaseState) -> None:
    """Errors: Refusal conflict when the case cannot go from where it is to `to`."""
    if to not in NEXT[case.state]:
        raise conflict("wrong_state", f"A case that is {case.state} cannot become {to}.")


def check_decider(decider: str, recorders: Collection[str]) -> None:
    """Errors: Refusal conflict without any item, forbidden for somebody who recorded one."""
    if not recorders:
        raise conflict("nothing_to_decide", "Record at least one verification item first.")
    if decider in recorders:
        raise forbidden("second_person_needed", "Who recorded a verification item cannot decide on it.")


@dataclass(frozen=True)
class Facets:
    """How far a person has come, as each owner said last."""

    intake: str = "verifying"
    shelter: str | None = None
    clearance: str | None = None
    travel: str | None = None
    pathway: str | None = None
    settling: str | None = None


FACETS = tuple(facet.name for facet in fields(Facets))

_ORDER = (
    "verifying",
    "not_verified",
    "verified",
    "triaged",
    "planned",
    "sheltered",
    "pathway_open",
    "submitted",
    "decided",
    "cleared",
    "in_transit",
    "arrived",
    "in_reception",
    "settling",
)
_REACHED = {"accepted": "decided", "refused": "decided", "left": "sheltered"}


def state_of(facets: Facets) -> str:
    """The journey's state: the farthest that any owner has told of; a closed case ends it."""
    if facets.intake == "closed":
        return "closed"
    told: list[str | None] = [getattr(facets, name) for name in FACETS]
    reached = [_REACHED.get(state, state) for state in told if state is not None]
    return max((state for state in reached if state in _ORDER), key=_ORDER.index)


def blocked_by(facets: Facets) -> tuple[str, ...]:
    """Codes of what the person waits for now."""
    if facets.intake == "closed" or facets.travel is not None:
        return ()
    if facets.intake in {"verifying", "not_verified"}:
        return ("verification",)
    if facets.intake == "verified":
        return ("triage",)
    waits = {
        "plan": facets.intake == "triaged",
        "shelter": facets.shelter not in {"sheltered", "left"},
        "pathway": facets.pathway in {None, "refused", "withdrawn"} and facets.clearance is None,
        "decision": facets.pathway == "submitted",
        "papers": facets.pathway == "accepted" and facets.clearance is None,
    }
    return tuple(code for code, blocks in waits.items() if blocks)
