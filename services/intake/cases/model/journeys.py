"""The journey of a person as a function of what each service said.

Rule: a journey is computed from facets, one per owner, so the order in which the services' events arrive changes
nothing.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from typing import Literal

from shared.veil import Veil


@dataclass(frozen=True)
class Facets:
    """How far a person has come, as each owner said last."""

    intake: str = "verifying"
    shelter: str | None = None
    clearance: str | None = None
    travel: str | None = None
    pathway: str | None = None
    settling: str | None = None
    standing: str | None = None
    ending: str | None = None
    life: str | None = None


LaterFacet = Literal["clearance", "travel", "pathway", "settling", "life"]


@dataclass(frozen=True)
class News:
    """How far somebody has come; state: `None` tells nothing that anybody here may be shown."""

    state: str | None
    veiled: bool


@dataclass(frozen=True)
class Later:
    """What was told of a person's later journey: openly, and behind a veil."""

    open: Mapping[str, str]
    behind: Mapping[str, str]

    def after(self, facet: LaterFacet, news: News) -> "Later":
        """With what was told last of one facet."""
        if news.state is None:
            return self
        told: dict[str, str] = {facet: news.state}
        return Later(self.open, {**self.behind, **told}) if news.veiled else Later({**self.open, **told}, self.behind)

    def ended(self, outcome: str | None) -> "Later":
        """With how intake ended it; None when it goes on."""
        going = {facet: state for facet, state in self.open.items() if facet != "ending"}
        return Later(going if outcome is None else {**going, "ending": outcome}, self.behind)

    def seen_by(self, actor_id: str, veils: Collection[Veil]) -> dict[str, str]:
        """The facets as the actor may see them. veils: of everybody on the case; without one nobody looks behind."""
        looks = bool(veils) and not any(veil.hides_from(actor_id) for veil in veils)
        return {**self.open, **self.behind} if looks else dict(self.open)


@dataclass(frozen=True)
class Place:
    """Where a person stands, but for what a veil may hide."""

    person_id: str
    case_id: str
    code_name: str
    facets: Facets

    def seen(self, later: Mapping[str, str]) -> Facets:
        """With what a viewer may see of the later journey."""
        return replace(self.facets, **later)


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
    """The journey's state: the farthest that any owner has told of, unless it ended, or they stay where they are."""
    if facets.life is not None:
        return facets.life
    if facets.intake == "closed":
        return facets.ending or "closed"
    if facets.standing == "supported":
        return "supported_in_place"
    told: list[str | None] = [getattr(facets, facet.name) for facet in fields(facets)]
    reached = [_REACHED.get(state, state) for state in told if state is not None]
    return max((state for state in reached if state in _ORDER), key=_ORDER.index)


def blocked_by(facets: Facets) -> tuple[str, ...]:
    """Codes of what the person waits for now."""
    if facets.intake == "closed" or facets.life is not None or facets.standing == "supported":
        return ()
    if facets.standing == "suspended":
        return ("suspended",)
    if facets.travel is not None:
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
