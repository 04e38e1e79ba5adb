"""The HTTP door of houses."""

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.logistics.safe_houses.actions import houses as actions
from services.logistics.safe_houses.actions.houses import HouseDetails
from services.logistics.safe_houses.model.houses import HouseState
from shared.contracts.fields import Id
from shared.web import Change, Door, Look, Post
from shared.web.bodies import Limit, Page
from shared.work import Work


class HouseBody(BaseModel):
    """A house as it is offered; max_cases: how many cases may share it at once, 1 for never shared."""

    code_name: str = Field(pattern="^[A-Za-z0-9][A-Za-z0-9 _-]{0,39}$")
    region: str = Field(pattern="^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$")
    beds: int = Field(ge=1, le=200)
    max_cases: int = Field(default=1, ge=1, le=200)
    keeper_id: Id | None = None
    address: str = Field(min_length=1, max_length=500)


class StateBody(BaseModel):
    """Where the house goes on to."""

    state: HouseState


class HouseView(BaseModel):
    """A house, without where it is."""

    id: Id
    code_name: str
    region: str
    beds: int
    beds_free: int
    max_cases: int
    keeper_id: Id | None
    state: HouseState
    version: int


class HousePlaceView(HouseView):
    """A house; address: only for who may see it."""

    address: str | None


def view(details: HouseDetails) -> HouseView:
    return HouseView(**vars(details.house), beds_free=details.beds_free)


async def _register(work: Work, body: HouseBody) -> HouseView:
    fields = body.model_dump()
    return view(await actions.register(work, beds_count=fields.pop("beds"), **fields))


async def _page(work: Work, after: str | None, limit: int) -> Page[HouseView]:
    houses = await actions.see_houses(work, after, limit)
    return Page.of([view(one) for one in houses], limit, lambda one: one.id)


async def _house(work: Work, house_id: str) -> HousePlaceView:
    details = await actions.see_house(work, house_id)
    return HousePlaceView(**view(details).model_dump(), address=details.address)


async def _move(work: Work, house_id: str, version: int, body: StateBody) -> HouseView:
    return view(await actions.move(work, house_id, version, body.state))


def routes(door: Door) -> APIRouter:
    router = APIRouter(tags=["safe houses"])

    @router.post("/houses", response_model=HouseView, status_code=201)
    async def register(body: HouseBody, call: Post) -> Response:
        return await door.act(call, lambda work: _register(work, body), 201)

    @router.get("/houses", response_model=Page[HouseView])
    async def see_houses(call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _page(work, after, limit))

    @router.get("/houses/{house_id}", response_model=HousePlaceView)
    async def see_house(house_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _house(work, house_id))

    @router.post("/houses/{house_id}/state", response_model=HouseView)
    async def move(house_id: Id, body: StateBody, call: Change) -> Response:
        return await door.act(call, lambda work: _move(work, house_id, call.version, body))

    return router
