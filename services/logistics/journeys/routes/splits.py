"""The HTTP door of splits."""

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.logistics.journeys.actions import splits as actions
from services.logistics.journeys.actions.splits import SplitDetails
from services.logistics.journeys.model.splits import SplitState
from shared.contracts.fields import Id, Instant
from shared.web import Change, Door, Look, Post
from shared.web.bodies import Limit, Page
from shared.work import Work


class SplitBody(BaseModel):
    """Who would travel apart from the rest of the case, and why."""

    person_ids_apart: tuple[Id, ...] = Field(min_length=1, max_length=200)
    reason: str = Field(min_length=1, max_length=2000)


class DecisionBody(BaseModel):
    """What the second person says."""

    approve: bool


class SplitView(SplitBody):
    """A split as proposed, and what became of it."""

    id: Id
    case_id: Id
    state: SplitState
    expires_at: Instant
    version: int


def view(details: SplitDetails) -> SplitView:
    return SplitView(**vars(details.split), version=details.split.version, reason=details.reason)


async def _propose(work: Work, case_id: str, body: SplitBody) -> SplitView:
    return view(await actions.propose_split(work, case_id, body.person_ids_apart, body.reason))


async def _decide(work: Work, split_id: str, version: int, body: DecisionBody) -> SplitView:
    return view(await actions.decide_split(work, split_id, version, approve=body.approve))


async def _see(work: Work, split_id: str) -> SplitView:
    return view(await actions.see_split(work, split_id))


async def _page(work: Work, case_id: str, after: str | None, limit: int) -> Page[SplitView]:
    splits = await actions.see_splits(work, case_id, after, limit)
    return Page.of([view(one) for one in splits], limit, lambda one: one.id)


def routes(door: Door) -> APIRouter:
    router = APIRouter(tags=["splits"])

    @router.post("/cases/{case_id}/split", response_model=SplitView, status_code=201)
    async def propose(case_id: Id, body: SplitBody, call: Post) -> Response:
        return await door.act(call, lambda work: _propose(work, case_id, body), 201)

    @router.get("/cases/{case_id}/splits", response_model=Page[SplitView])
    async def see_splits(case_id: Id, call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _page(work, case_id, after, limit))

    @router.get("/splits/{split_id}", response_model=SplitView)
    async def see_split(split_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _see(work, split_id))

    @router.post("/splits/{split_id}/decision", response_model=SplitView)
    async def decide(split_id: Id, body: DecisionBody, call: Change) -> Response:
        return await door.act(call, lambda work: _decide(work, split_id, call.version, body))

    return router
