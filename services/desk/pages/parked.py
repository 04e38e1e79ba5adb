"""Events that could not be handled, for operators: why, and what to do about them."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Response

from services.desk.clients import joined
from services.desk.pages.visit import ServiceName, Visiting, see
from shared.contracts.fields import Id


def routes() -> APIRouter:
    router = APIRouter()

    @router.get("/parked")
    async def parked(visit: Visiting) -> Response:
        found = await joined({name: service.parked() for name, service in visit.all().items()})
        rows = [(name, event) for name, events in found.told.items() for event in events]
        return visit.page("parked.html", rows=rows, missing=found.missing)

    @router.post("/parked/{service}/{parked_id}/{how}")
    async def settle(
        visit: Visiting,
        service: ServiceName,
        parked_id: Id,
        how: Literal["replay", "discard"],
        token: Annotated[str, Form()] = "",
    ) -> Response:
        await visit.service(service).settle_parked(parked_id, how, visit.key(token))
        return see("/parked")

    return router
