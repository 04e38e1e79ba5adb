"""The register of interpreters: who may be asked, entered by one manager and vetted by another."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, Response

from services.desk.pages.visit import Visiting, see
from shared.contracts.fields import Id

Short = Annotated[str, Form(max_length=500)]
Version = Annotated[int, Form(ge=0)]
Token = Annotated[str, Form()]


def listed(text: str) -> list[str]:
    """What stands between commas."""
    return [part.strip() for part in text.split(",") if part.strip()]


def routes() -> APIRouter:
    router = APIRouter()

    @router.get("/interpreters")
    async def interpreters(visit: Visiting) -> Response:
        return visit.page("interpreters.html", interpreters=await visit.diary.interpreters())

    @router.post("/interpreters")
    async def register(
        visit: Visiting,
        name: Short,
        languages: Short,
        gender: Short,
        zone: Short,
        towns: Short = "",
        token: Token = "",
    ) -> Response:
        body = {"name": name, "languages": listed(languages), "gender": gender, "towns": listed(towns), "zone": zone}
        await visit.diary.do("/interpreters", body, visit.key(token))
        return see("/interpreters")

    @router.post("/interpreters/{interpreter_id}/vetting")
    async def vet(
        visit: Visiting,
        interpreter_id: Id,
        signed_on: Annotated[date, Form()],
        version: Version,
        token: Token = "",
    ) -> Response:
        body = {"signed_on": signed_on.isoformat()}
        await visit.diary.do(f"/interpreters/{interpreter_id}/vetting", body, visit.key(token), version)
        return see("/interpreters")

    @router.post("/interpreters/{interpreter_id}/suspension")
    async def suspend(visit: Visiting, interpreter_id: Id, version: Version, token: Token = "") -> Response:
        await visit.diary.do(f"/interpreters/{interpreter_id}/suspension", {}, visit.key(token), version)
        return see("/interpreters")

    return router
