"""The HTTP door of cases."""

from fastapi import APIRouter

from services.intake.cases.actions.families import Following
from services.intake.cases.routes import (
    assignment,
    endings,
    families,
    journeys,
    lifecycle,
    planning,
    transfers,
    triage,
    verdicts,
    verification,
)
from shared.web import Door


def routes(door: Door, *, sample_percent: int, following: Following) -> APIRouter:
    """sample_percent: of the verdicts that two people agree on, how many a head reviewer sees as well. following: what
    goes along with who moves to another case."""
    router = APIRouter()
    for room in (lifecycle, endings, assignment, transfers, verification, triage, planning, journeys):
        router.include_router(room.routes(door))
    router.include_router(families.routes(door, following))
    router.include_router(verdicts.routes(door, sample_percent=sample_percent))
    return router
