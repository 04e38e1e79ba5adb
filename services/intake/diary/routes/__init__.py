"""The HTTP door of the diary."""

from fastapi import APIRouter

from services.intake.diary.routes import appointments, contacts, interpreters, notes
from shared.web import Door


def routes(door: Door) -> APIRouter:
    router = APIRouter(tags=["diary"])
    for part in (notes, appointments, interpreters, contacts):
        router.include_router(part.routes(door))
    return router
