"""The HTTP door of holds and stays."""

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, BaseModel, Field

from services.logistics.safe_houses.actions import stays as actions
from services.logistics.safe_houses.model.stays import Stay, StayState
from shared.contracts.fields import Id, Instant
from shared.web import Change, Door, Look, Post
from shared.web.bodies import Limit, Page
from shared.work import Work


class HoldBody(BaseModel):
    """Beds for people of a case, until `expires_at`."""

    case_id: Id
    person_ids: tuple[Id, ...] = Field(min_length=1, max_length=200)
    expires_at: AwareDatetime


class StayView(BaseModel):
    """Beds of a case in a house."""

    id: Id
    case_id: Id
    house_id: Id
    person_ids: tuple[Id, ...]
    state: StayState
    expires_at: Instant
    version: int


def view(stay: Stay) -> StayView:
    return StayView.model_validate(stay, from_attributes=True)


async def _hold(work: Work, house_id: str, body: HoldBody) -> StayView:
    return view(await actions.hold(work, house_id, body.case_id, body.person_ids, body.expires_at))


async def _arrive(work: Work, stay_id: str, version: int) -> StayView:
    return view(await actions.arrive(work, stay_id, version))


async def _leave(work: Work, stay_id: str, version: int) -> StayView:
    return view(await actions.leave(work, stay_id, version))


async def _release(work: Work, stay_id: str, version: int) -> StayView:
    return view(await actions.release(work, stay_id, version))


async def _see(work: Work, stay_id: str) -> StayView:
    return view(await actions.see_stay(work, stay_id))


async def _page(work: Work, case_id: str, after: str | None, limit: int) -> Page[StayView]:
    stays = await actions.see_stays(work, case_id, after, limit)
    return Page.of([view(one) for one in stays], limit, lambda one: one.id)


def routes(door: Door) -> APIRouter:
    router = APIRouter(tags=["stays"])

    @router.post("/houses/{house_id}/holds", response_model=StayView, status_code=201)
    async def hold(house_id: Id, body: HoldBody, call: Post) -> Response:
        return await door.act(call, lambda work: _hold(work, house_id, body), 201)

    @router.post("/stays/{stay_id}/arrival", response_model=StayView)
    async def arrive(stay_id: Id, call: Change) -> Response:
        return await door.act(call, lambda work: _arrive(work, stay_id, call.version))

    @router.post("/stays/{stay_id}/end", response_model=StayView)
    async def leave(stay_id: Id, call: Change) -> Response:
        return await door.act(call, lambda work: _leave(work, stay_id, call.version))

    @router.post("/stays/{stay_id}/release", response_model=StayView)
    async def release(stay_id: Id, call: Change) -> Response:
        return await door.act(call, lambda work: _release(work, stay_id, call.version))

    @router.get("/stays/{stay_id}", response_model=StayView)
    async def see_stay(stay_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _see(work, stay_id))

    @router.get("/cases/{case_id}/stays", response_model=Page[StayView])
    async def see_stays(case_id: Id, call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _page(work, case_id, after, limit))

    return router
