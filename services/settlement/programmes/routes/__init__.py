"""The HTTP door of programmes, submissions, other ways and disclosures, one module for each."""

from fastapi import APIRouter

from services.settlement.programmes.routes import disclosures, pathways, programmes, submissions
from shared.web import Door


def routes(door: Door) -> APIRouter:
    router = APIRouter()
    for part in (programmes, submissions, pathways, disclosures):
        router.include_router(part.routes(door))
    return router
