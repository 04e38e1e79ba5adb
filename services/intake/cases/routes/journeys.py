"""The HTTP door of the board."""

from fastapi import APIRouter, Response
from pydantic import BaseModel

from services.intake.cases.actions import journeys
from shared.contracts.fields import Id
from shared.web import Door, Limit, Look, Page
from shared.work import Work


class BoardRowView(BaseModel):
    """Where a person stands."""

    person_id: Id
    case_id: Id
    code_name: str
    state: str
    blocked_by: tuple[str, ...]


async def _board(work: Work, after: str | None, limit: int) -> Page[BoardRowView]:
    rows = [
        BoardRowView.model_validate(row, from_attributes=True) for row in await journeys.see_board(work, after, limit)
    ]
    return Page.of(rows, limit, lambda row: row.person_id)


def routes(door: Door) -> APIRouter:
    router = APIRouter(tags=["cases"])

    @router.get("/board", response_model=Page[BoardRowView])
    async def see_board(call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _board(work, after, limit))

    return router
