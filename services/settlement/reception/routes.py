"""The HTTP door of receptions."""

from datetime import datetime

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.settlement.reception import actions
from services.settlement.reception.model import LASTS, Reception, Side, State
from shared.contracts.fields import Id
from shared.web import Change, Door, Limit, Look, Page
from shared.work import Work


class HandoverBody(BaseModel):
    """One side's confirmation: how many heads it counted."""

    side: Side
    counted: int = Field(ge=0, le=1000)


class ReceptionView(BaseModel):
    """A reception; person_ids is the manifest, country and arrived_at are null until the group arrived."""

    id: Id
    case_id: Id
    journey_id: Id
    state: State
    person_ids: tuple[Id, ...]
    country: str | None
    arrived_at: datetime | None
    escort_by: Id | None
    reception_by: Id | None
    confirmed_at: datetime | None
    ends_at: datetime | None
    version: int


def view(reception: Reception) -> ReceptionView:
    confirmed = reception.confirmed_at
    return ReceptionView(**vars(reception), ends_at=None if confirmed is None else confirmed + LASTS)


async def _hand_over(work: Work, reception_id: str, version: int, body: HandoverBody) -> ReceptionView:
    return view(await actions.hand_over(work, reception_id, version, body.side, body.counted))


async def _see(work: Work, reception_id: str) -> ReceptionView:
    return view(await actions.see_reception(work, reception_id))


async def _of_case(work: Work, case_id: str, after: str | None, limit: int) -> Page[ReceptionView]:
    return Page.from_slice(await actions.see_receptions(work, case_id, after, limit), view)


def routes(door: Door) -> APIRouter:
    router = APIRouter(tags=["reception"])

    @router.post("/receptions/{reception_id}/handover", response_model=ReceptionView)
    async def hand_over(reception_id: Id, body: HandoverBody, call: Change) -> Response:
        return await door.act(call, lambda work: _hand_over(work, reception_id, call.version, body))

    @router.get("/receptions/{reception_id}", response_model=ReceptionView)
    async def see_reception(reception_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _see(work, reception_id))

    @router.get("/cases/{case_id}/receptions", response_model=Page[ReceptionView])
    async def see_receptions(case_id: Id, call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _of_case(work, case_id, after, limit))

    return router
