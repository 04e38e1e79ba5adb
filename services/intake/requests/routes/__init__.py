"""The HTTP door of requests for help."""

from fastapi import APIRouter

from services.intake.requests.actions.screening import Tell
from services.intake.requests.routes import claiming, contacting, merging, receiving, screening
from services.intake.requests.routes.receiving import RequestBody
from shared.web import Door

__all__ = ["RequestBody", "routes"]


def routes(door: Door, tell: Tell) -> APIRouter:
    """tell: how who asked is told what a screening answers."""
    router = APIRouter(tags=["requests"])
    router.include_router(screening.routes(door, tell))
    for room in (receiving, claiming, merging, contacting):
        router.include_router(room.routes(door))
    return router
