"""Who is who among staff, and by which name."""

from typing import Annotated

from fastapi import APIRouter, Form, Response

from services.desk.pages.visit import Visiting, see
from shared.contracts.fields import Id


def routes() -> APIRouter:
    router = APIRouter()

    @router.get("/colleagues")
    async def colleagues(visit: Visiting) -> Response:
        return visit.page("colleagues.html", colleagues=await visit.colleagues.all())

    @router.post("/colleagues/{actor_id}")
    async def rename(
        visit: Visiting,
        actor_id: Id,
        version: Annotated[int, Form(ge=0)],
        name: Annotated[str, Form(max_length=60)] = "",
        token: Annotated[str, Form()] = "",
    ) -> Response:
        await visit.colleagues.rename(actor_id, name, version, visit.key(token))
        visit.desk.acquainted.forget()
        return see("/colleagues")

    return router
