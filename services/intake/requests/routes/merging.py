"""Requests go on as one, and part again."""

from fastapi import APIRouter, Response
from pydantic import BaseModel

from services.intake.requests.actions import merging as actions
from services.intake.requests.routes.views import RequestView, view
from shared.contracts.fields import Id
from shared.web import Change, Door
from shared.work import Work


class MergeBody(BaseModel):
    """The request as which it goes on."""

    into: Id


class OtherBody(BaseModel):
    """Another request."""

    other: Id


async def _keep_apart(work: Work, request_id: str, version: int, other: str) -> RequestView:
    return view(await actions.keep_apart(work, request_id, version, other))


async def _take_back_apart(work: Work, request_id: str, version: int, other: str) -> RequestView:
    return view(await actions.take_back_apart(work, request_id, version, other))


async def _merge(work: Work, request_id: str, version: int, into: str) -> RequestView:
    return view(await actions.merge(work, request_id, version, into))


async def _unmerge(work: Work, request_id: str, version: int) -> RequestView:
    return view(await actions.unmerge(work, request_id, version))


def routes(door: Door) -> APIRouter:
    router = APIRouter()

    @router.post("/requests/{request_id}/merge", response_model=RequestView)
    async def merge(request_id: Id, body: MergeBody, call: Change) -> Response:
        return await door.act(call, lambda work: _merge(work, request_id, call.version, body.into))

    @router.post("/requests/{request_id}/unmerge", response_model=RequestView)
    async def unmerge(request_id: Id, call: Change) -> Response:
        return await door.act(call, lambda work: _unmerge(work, request_id, call.version))

    @router.post("/requests/{request_id}/apart", response_model=RequestView)
    async def keep_apart(request_id: Id, body: OtherBody, call: Change) -> Response:
        return await door.act(call, lambda work: _keep_apart(work, request_id, call.version, body.other))

    @router.post("/requests/{request_id}/apart/withdrawal", response_model=RequestView)
    async def take_back_apart(request_id: Id, body: OtherBody, call: Change) -> Response:
        return await door.act(call, lambda work: _take_back_apart(work, request_id, call.version, body.other))

    return router
