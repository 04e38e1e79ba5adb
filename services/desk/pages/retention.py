"""What goes when: the list that data protection works through, legal holds, and the proposal to delete a request."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Response

from services.desk.pages.visit import Visiting, see
from shared.contracts.fields import Id

ROWS = 50

Reason = Annotated[str, Form(min_length=1, max_length=2000)]


def routes() -> APIRouter:
    router = APIRouter()

    @router.get("/retention")
    async def retention(visit: Visiting, after: Id | None = None) -> Response:
        page = await visit.diary.retention(after, ROWS)
        holds = await visit.diary.holds()
        return visit.page(
            "retention.html", kept=page.items, following=page.next, went_on=after is not None, holds=holds[::-1]
        )

    @router.post("/retention/{request_id}/deletion")
    async def delete(visit: Visiting, request_id: Id, token: Annotated[str, Form()] = "") -> Response:
        await visit.diary.do(f"/requests/{request_id}/deletion", {}, visit.key(token))
        return see("/retention")

    @router.post("/retention/holds")
    async def hold(
        visit: Visiting,
        kind: Annotated[Literal["case", "request"], Form()],
        place_id: Annotated[Id, Form()],
        reason: Reason,
        token: Annotated[str, Form()] = "",
    ) -> Response:
        await visit.diary.do(f"/{kind}s/{place_id}/hold", {"reason": reason}, visit.key(token))
        return see("/retention")

    @router.post("/retention/holds/{hold_id}/lifting")
    async def lift(
        visit: Visiting,
        hold_id: Id,
        reason: Reason,
        version: Annotated[int, Form(ge=0)],
        token: Annotated[str, Form()] = "",
    ) -> Response:
        await visit.diary.do(f"/holds/{hold_id}/lifting", {"reason": reason}, visit.key(token), version)
        return see("/retention")

    return router
