"""What the public may read, as the public reads it."""

from fastapi import APIRouter, Response

from services.desk.pages.visit import Visiting


def routes() -> APIRouter:
    router = APIRouter()

    @router.get("/figures")
    async def figures(visit: Visiting) -> Response:
        return visit.page("figures.html", figures=await visit.notify.figures())

    return router
