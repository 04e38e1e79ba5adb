"""Who is on duty, when, and which languages they read.

Rule: hours are typed by the clocks of a zone that the form names, and shown in UTC.
"""

from typing import Annotated

from fastapi import APIRouter, Form, Response

from services.desk.pages.diary import instant
from services.desk.pages.visit import Visiting, see
from shared.contracts.fields import Id

SHIFTS = 50

Short = Annotated[str, Form(max_length=200)]
Token = Annotated[str, Form()]


def routes() -> APIRouter:
    router = APIRouter()

    @router.get("/roster")
    async def roster(visit: Visiting, after: Id | None = None) -> Response:
        page = await visit.requests.roster(after, SHIFTS)
        return visit.page("roster.html", shifts=page.items, following=page.next, went_on=after is not None)

    @router.post("/roster")
    async def plan(
        visit: Visiting,
        begins_at: Short,
        ends_at: Short,
        zone: Short,
        languages: Short = "",
        who: Short = "",
        token: Token = "",
    ) -> Response:
        body = {
            "actor_id": who.strip() or visit.session.actor_id,
            "begins_at": instant(begins_at, zone),
            "ends_at": instant(ends_at, zone),
            "languages": languages.replace(",", " ").split(),
        }
        await visit.requests.plan_shift(body, visit.key(token))
        return see("/roster")

    @router.post("/roster/{shift_id}/end")
    async def end(visit: Visiting, shift_id: Id, version: Annotated[int, Form(ge=0)], token: Token = "") -> Response:
        await visit.requests.end_shift(shift_id, version, visit.key(token))
        return see("/roster")

    return router
