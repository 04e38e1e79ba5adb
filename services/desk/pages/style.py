"""What the pages look like."""

from fastapi import APIRouter, Response

from services.desk.pages.words import HOME


def routes() -> APIRouter:
    router = APIRouter()
    style = (HOME / "templates" / "style.css").read_bytes()

    @router.get("/style.css")
    async def sheet() -> Response:
        return Response(style, media_type="text/css")

    return router
