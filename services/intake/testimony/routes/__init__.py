"""The HTTP doors of testimony."""

from fastapi import APIRouter

from services.intake.testimony.routes import claims, evidence, masks, reports, statements
from shared.web import Door


def routes(door: Door) -> APIRouter:
    """All of them."""
    router = APIRouter()
    for part in (claims, statements, masks, evidence, reports):
        router.include_router(part.routes(door))
    return router
