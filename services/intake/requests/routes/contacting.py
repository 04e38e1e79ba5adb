"""How who asked can be reached, and every time it was tried."""

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, BaseModel, Field

from services.intake.people.model.safe_contact import Channel
from services.intake.people.routes.safe_contact import ContactBody, HoursBody
from services.intake.requests.actions import contacting as actions
from services.intake.requests.model.contacting import Result, Way, Whom
from services.intake.requests.routes.screening import ReasonBody
from services.intake.requests.routes.views import RequestView, view
from shared.contracts.fields import Id
from shared.web import Change, Door, Look, Post
from shared.work import Work


class AgreedContactBody(BaseModel):
    """How the person, or who asked for them, can be reached."""

    whom: Whom
    contact: ContactBody


class SaidContactView(BaseModel):
    """How somebody said they can be reached: at the front door without hours, and perhaps without a handle."""

    channel: Channel
    handle: str
    hours: tuple[HoursBody, ...]
    zone: str
    language: str
    cover_name: str
    never_call: bool
    somebody_else_reads: bool


class WayView(BaseModel):
    """How somebody can be reached. why_not: a code, None when it is safe now; safe_at: now, or when it is next.

    discreet: somebody else may read it.
    """

    whom: Whom
    contact: SaidContactView | None
    why_not: str | None
    safe_at: AwareDatetime | None
    discreet: bool


class WaysView(BaseModel):
    """The person, and who asked for them, if somebody else did."""

    items: tuple[WayView, ...]


class TriedBody(BaseModel):
    """Who was contacted just now, how, and what came of it."""

    whom: Whom = "person"
    channel: Channel
    result: Result
    note: str = Field(default="", max_length=4000)


class TriedView(TriedBody):
    """A contact that was tried."""

    id: Id
    by: Id
    at: AwareDatetime


class AllTriedView(BaseModel):
    """All of them, oldest first."""

    items: tuple[TriedView, ...]


def way_view(way: Way) -> WayView:
    contact = None if way.contact is None else SaidContactView.model_validate(way.contact, from_attributes=True)
    return WayView(whom=way.whom, contact=contact, why_not=way.why_not, safe_at=way.safe_at, discreet=way.discreet)


async def _agree(work: Work, request_id: str, version: int, body: AgreedContactBody) -> RequestView:
    return view(await actions.agree_contact(work, request_id, version, body.whom, body.contact.contact()))


async def _ways(work: Work, request_id: str) -> WaysView:
    return WaysView(items=tuple(map(way_view, await actions.see_ways(work, request_id))))


async def _log(work: Work, request_id: str, body: TriedBody) -> TriedView:
    tried = await actions.log_attempt(work, request_id, body.whom, body.channel, body.result, body.note)
    return TriedView.model_validate(tried, from_attributes=True)


async def _tried(work: Work, request_id: str) -> AllTriedView:
    tried = await actions.see_attempts(work, request_id)
    return AllTriedView(items=tuple(TriedView.model_validate(one, from_attributes=True) for one in tried))


async def _give_up(work: Work, request_id: str, version: int, reason: str) -> RequestView:
    return view(await actions.give_up(work, request_id, version, reason))


def routes(door: Door) -> APIRouter:
    router = APIRouter()

    @router.post("/requests/{request_id}/safe-contact", response_model=RequestView)
    async def agree_contact(request_id: Id, body: AgreedContactBody, call: Change) -> Response:
        return await door.act(call, lambda work: _agree(work, request_id, call.version, body))

    @router.get("/requests/{request_id}/safe-contact", response_model=WaysView)
    async def see_ways(request_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _ways(work, request_id))

    @router.post("/requests/{request_id}/contact-attempts", response_model=TriedView, status_code=201)
    async def log_attempt(request_id: Id, body: TriedBody, call: Post) -> Response:
        return await door.act(call, lambda work: _log(work, request_id, body), 201)

    @router.get("/requests/{request_id}/contact-attempts", response_model=AllTriedView)
    async def see_attempts(request_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _tried(work, request_id))

    @router.post("/requests/{request_id}/unreachable", response_model=RequestView)
    async def give_up(request_id: Id, body: ReasonBody, call: Change) -> Response:
        return await door.act(call, lambda work: _give_up(work, request_id, call.version, body.reason))

    return router
