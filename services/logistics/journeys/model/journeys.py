"""A journey of a group.

Rule: a group moves only whole, or as a recorded split says, and only when every traveller is cleared; an arrival is
confirmed only when the head count equals the manifest.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Literal

from shared.errors import conflict, invalid

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
    """The travel of the people named; its legs and destination are read apart."""

    id: str
    case_id: str
    person_ids: tuple[str, ...]
    state: JourneyState
    version: int


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
