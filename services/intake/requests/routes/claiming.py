"""The queue, and who works on what in it."""

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, BaseModel, Field

from services.intake.requests.actions import claiming, routing
from services.intake.requests.actions.routing import Offered
from services.intake.requests.model import RequestState, Urgency
from services.intake.requests.model.claiming import Handover
from services.intake.requests.routes.views import RequestView, view
from shared.contracts.fields import Id
from shared.web import Change, Door, Limit, Look, Page
from shared.work import Work


class QueuedView(BaseModel):
    """An open request in its place. claimed_by: who works on it now. readable: you are on duty and read it."""

    id: Id
    state: RequestState
    urgency: Urgency
    language: str
    received_at: AwareDatetime
    claimed_by: Id | None
    readable: bool


class HandoverBody(BaseModel):
    """What the next on duty must know."""

    note: str = Field(min_length=1, max_length=4000)


class HandoverView(BaseModel):
    """A hand-over. taken_by: who went on, once somebody did."""

    id: Id
    request_id: Id
    note: str
    by: Id
    at: AwareDatetime
    taken_by: Id | None
    taken_at: AwareDatetime | None
    version: int


def handover_view(handover: Handover) -> HandoverView:
    return HandoverView.model_validate(handover, from_attributes=True)


def _offered(one: Offered) -> QueuedView:
    queued = {name: getattr(one.request, name) for name in ("id", "state", "urgency", "language", "received_at")}
    return QueuedView(**queued, claimed_by=one.claimed_by, readable=one.readable)


async def _queue(
    work: Work, after: str | None, limit: int, *, for_me: bool, state: RequestState | None
) -> Page[QueuedView]:
    return Page.from_slice(await routing.see_queue(work, after, limit, for_me=for_me, state=state), _offered)


async def _claim(work: Work, request_id: str, version: int) -> RequestView:
    return view(await claiming.claim(work, request_id, version))


async def _release(work: Work, request_id: str, version: int) -> RequestView:
    return view(await claiming.release(work, request_id, version))


async def _hand_over(work: Work, request_id: str, version: int, note: str) -> HandoverView:
    return handover_view(await claiming.hand_over(work, request_id, version, note))


async def _take_over(work: Work, handover_id: str, version: int) -> HandoverView:
    return handover_view(await claiming.take_over(work, handover_id, version))


async def _handover(work: Work, handover_id: str) -> HandoverView:
    return handover_view(await claiming.see_handover(work, handover_id))


async def _handovers(work: Work, after: str | None, limit: int) -> Page[HandoverView]:
    return Page.from_slice(await claiming.see_handovers(work, after, limit), handover_view)


def routes(door: Door) -> APIRouter:
    router = APIRouter()

    @router.get("/queue", response_model=Page[QueuedView])
    async def see_queue(
        call: Look,
        for_me: bool = False,
        state: RequestState | None = None,
        after: Id | None = None,
        limit: Limit = 50,
    ) -> Response:
        return await door.look(call, lambda work: _queue(work, after, limit, for_me=for_me, state=state))

    @router.post("/requests/{request_id}/claim", response_model=RequestView)
    async def claim(request_id: Id, call: Change) -> Response:
        return await door.act(call, lambda work: _claim(work, request_id, call.version))

    @router.post("/requests/{request_id}/release", response_model=RequestView)
    async def release(request_id: Id, call: Change) -> Response:
        return await door.act(call, lambda work: _release(work, request_id, call.version))

    @router.post("/requests/{request_id}/handover", response_model=HandoverView, status_code=201)
    async def hand_over(request_id: Id, body: HandoverBody, call: Change) -> Response:
        return await door.act(call, lambda work: _hand_over(work, request_id, call.version, body.note), 201)

    @router.get("/handovers", response_model=Page[HandoverView])
    async def see_handovers(call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _handovers(work, after, limit))

    @router.get("/handovers/{handover_id}", response_model=HandoverView)
    async def see_handover(handover_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _handover(work, handover_id))

    @router.post("/handovers/{handover_id}/taking", response_model=HandoverView)
    async def take_over(handover_id: Id, call: Change) -> Response:
        return await door.act(call, lambda work: _take_over(work, handover_id, call.version))

    return router
