"""The HTTP doors of people."""

from collections.abc import Mapping

from fastapi import APIRouter

from services.intake.people.actions.corrections import Tell
from services.intake.people.actions.own_copy import Part
from services.intake.people.model.reveals import RevealTerms
from services.intake.people.routes import corrections, entries, people, relatives, reveals, safe_contact
from services.intake.people.routes.people import PersonBody
from shared.web import Door

__all__ = ["PersonBody", "routes"]


def routes(door: Door, terms: RevealTerms, parts: Mapping[str, Part], tell: Tell) -> APIRouter:
    """terms: how custodians reveal who somebody is. parts: what each slice puts into a person's own copy. tell: how
    somebody hears what became of a correction."""
    router = APIRouter()
    for part in (
        people.routes(door),
        entries.routes(door),
        reveals.routes(door, terms),
        safe_contact.routes(door),
        relatives.routes(door),
        corrections.routes(door, parts, tell),
    ):
        router.include_router(part)
    return router
