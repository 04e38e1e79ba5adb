"""The HTTP door of ways without a programme."""

from datetime import date

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.settlement.programmes.actions import pathways as actions
from services.settlement.programmes.model.pathways import Pathway, WayKind
from shared.contracts.fields import Id
from shared.web import Door, Limit, Look, Page, Post
from shared.work import Work


class PathwayBody(BaseModel):
    """Who may enter which country by themselves, and from when on."""

    kind: WayKind
    country: str = Field(pattern="^[A-Z]{2}$")
    from_date: date
    person_ids: tuple[Id, ...] = Field(min_length=1, max_length=50)


class PathwayOfCase(PathwayBody):
    """A way of people of a case into a country."""

    id: Id
    case_id: Id


def view(pathway: Pathway) -> PathwayOfCase:
    return PathwayOfCase.model_validate(vars(pathway))


async def _open(work: Work, case_id: str, body: PathwayBody) -> PathwayOfCase:
    return view(await actions.open_way(work, case_id, body.kind, body.person_ids, body.country, body.from_date))


async def _of_case(work: Work, case_id: str, after: str | None, limit: int) -> Page[PathwayOfCase]:
    return Page.from_slice(await actions.see_pathways(work, case_id, after, limit), view)


def routes(door: Door) -> APIRouter:
    router = APIRouter(tags=["pathways"])

    @router.post("/cases/{case_id}/pathways", response_model=PathwayOfCase, status_code=201)
    async def open_way(case_id: Id, body: PathwayBody, call: Post) -> Response:
        return await door.act(call, lambda work: _open(work, case_id, body), 201)

    @router.get("/cases/{case_id}/pathways", response_model=Page[PathwayOfCase])
    async def see_pathways(case_id: Id, call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _of_case(work, case_id, after, limit))

    return router
