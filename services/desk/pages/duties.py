"""What falls to whoever is signed in, soonest first: the first thing to look at in the morning."""

from typing import Annotated

from fastapi import APIRouter, Form, Response

from services.desk.pages.visit import Visiting, see
from shared.contracts.fields import Id

DUTIES = 50

Version = Annotated[int, Form(ge=0)]
Token = Annotated[str, Form()]


def routes() -> APIRouter:
    router = APIRouter()

    @router.get("/duties")
    async def duties(visit: Visiting, after: Id | None = None) -> Response:
        page = await visit.diary.duties(after, DUTIES)
        return visit.page(
            "duties.html",
            duties=page.items,
            following=page.next,
            went_on=after is not None,
            code_names=await visit.code_names(),
        )

    @router.post("/duties/{duty_id}/completion")
    async def complete(
        visit: Visiting,
        duty_id: Id,
        version: Version,
        note: Annotated[str, Form(max_length=2000)] = "",
        token: Token = "",
    ) -> Response:
        await visit.diary.do(f"/duties/{duty_id}/completion", {"note": note}, visit.key(token), version)
        return see("/duties")

    return router
