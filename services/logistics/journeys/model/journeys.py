"""A journey of a group.

Rule: a group moves only whole, or as a recorded split says, and only when every traveller is cleared; an arrival is
confirmed only when the head count equals the manifest.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Literal

from shared.errors import conflict, invalid
from shared.veil import Veil, behind

JourneyState = Literal["planned", "departed", "arrived", "received", "cancelled"]

UNDER_WAY: tuple[JourneyState, ...] = ("planned", "departed")


@dataclass(frozen=True)
class Route:
    """One leg as planned; places: IATA codes. expected_by: when its check-in is awaited."""

    from_place: str
    to_place: str
    departs_at: datetime
    expected_by: datetime


@dataclass(frozen=True)
class Plan:
    """destination_country: ISO 3166-1 alpha-2. duress_word: said when somebody is forced to say that all is well."""

    person_ids: tuple[str, ...]
    routes: tuple[Route, ...]
    destination_country: str
    duress_word: str | None


@dataclass(frozen=True)
class Journey:
    """The travel of the people named; its legs and destination are read apart.

    planned_by: whose plan it is; of journeys planned before that was written down nobody's.
    """

    id: str
    case_id: str
    person_ids: tuple[str, ...]
    state: JourneyState
    version: int
    planned_by: str | None
    planned_at: datetime


def check_routes(routes: Sequence[Route]) -> None:
    """Errors: Refusal invalid when legs do not follow each other, in place or in time."""
    for leg in routes:
        if leg.expected_by <= leg.departs_at:
            raise invalid("expected_before_departure", "A leg is expected to end after it begins.")
    for leg, following in pairwise(routes):
        if leg.to_place != following.from_place:
            raise invalid("legs_do_not_meet", "Each leg begins where the one before ends.")
        if following.departs_at <= leg.departs_at:
            raise invalid("legs_out_of_order", "Each leg begins after the one before.")


def check_whole(manifest: Collection[str], members: Collection[str], apart: Collection[Collection[str]]) -> None:
    """apart: the groups that recorded splits let travel apart.

    Errors: Refusal conflict when the travellers are neither the whole group, nor one side of a recorded split, nor
    those whom no split names.
    """
    rest = set(members).difference(*apart)
    sides = [set(members), rest, *(set(side) for side in apart), *(set(members) - set(side) for side in apart)]
    if set(manifest) not in sides:
        raise conflict("group_not_whole", "A group moves whole, or as a recorded split says.")


def covering(journey: Journey, veils: Mapping[str, Veil]) -> list[Veil]:
    """The veils, by person, behind which the journey is: it was planned by who may look behind them."""
    mine = [veils[person_id] for person_id in journey.person_ids if person_id in veils]
    return [veil for veil in mine if veil.covers(journey.planned_by, journey.planned_at)]


def hidden(journey: Journey, veils: Mapping[str, Veil], actor_id: str) -> bool:
    """Whether the journey is behind a veil through which the actor may not look; one of nobody is, from everybody:
    who was on it was erased, and the veil with them."""
    if not journey.person_ids:
        return True
    mine = [veils[person_id] for person_id in journey.person_ids if person_id in veils]
    return behind(mine, actor_id, journey.planned_by, journey.planned_at)


def check_not_known(journey: Journey, veils: Mapping[str, Veil], actor_id: str, now: datetime) -> None:
    """Errors: Refusal conflict when a veiled group would leave by a plan that others know, who may not know of it."""
    looks = any(veils[it].covers(actor_id, now) for it in journey.person_ids if it in veils)
    if looks and not covering(journey, veils):
        raise conflict("plan_anew", "Others know this plan who may not know of the journey: plan it anew.")


def travelling(journeys: Collection[Journey], veils: Mapping[str, Veil], actor_id: str, now: datetime) -> set[str]:
    """Who is on a journey that is not over, as far as the actor may know; an open plan does not hold back who knows
    of a veil, because calling it off would tell."""
    found: set[str] = set()
    for journey in journeys:
        looks = any(veils[it].covers(actor_id, now) for it in journey.person_ids if it in veils)
        passed_by = journey.state == "planned" and looks and not covering(journey, veils)
        if journey.state in UNDER_WAY and not hidden(journey, veils, actor_id) and not passed_by:
            found.update(journey.person_ids)
    return found


def gone(journeys: Collection[Journey], veils: Mapping[str, Veil], actor_id: str) -> set[str]:
    """Who left on a journey that is hidden from the actor."""
    left = [it for it in journeys if it.state not in ("planned", "cancelled") and hidden(it, veils, actor_id)]
    return {person_id for journey in left for person_id in journey.person_ids}


def check_free(manifest: Collection[str], travelling: Collection[str]) -> None:
    """Errors: Refusal conflict when somebody is on another journey that is not over."""
    if set(manifest) & set(travelling):
        raise conflict("already_travelling", "Somebody named is on a journey that is not over.")


def check_cleared(manifest: Collection[str], cleared: Collection[str], with_papers: Collection[str]) -> None:
    """Errors: Refusal conflict."""
    if not set(manifest) <= set(cleared):
        raise conflict("not_cleared", "Not every traveller is cleared for this country.")
    if not set(manifest) <= set(with_papers):
        raise conflict("papers_expired", "Not every traveller holds a document that is valid today.")


def check_head_count(manifest: Sequence[str], arrived: Sequence[str]) -> None:
    """Errors: Refusal conflict when those who arrived are not exactly those who left."""
    if sorted(arrived) != sorted(manifest):
        raise conflict("head_count_differs", "Those who arrived are not exactly those who left.")


def check_state(journey: Journey, needed: JourneyState) -> None:
    """Errors: Refusal conflict."""
    if journey.state != needed:
        raise conflict("wrong_state", f"This journey is {journey.state}.")
