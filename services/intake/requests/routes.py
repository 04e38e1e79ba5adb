"""The HTTP door of requests for help."""

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.intake.cases.routes import CaseView
from services.intake.cases.routes import view as case_view
from services.intake.people.routes import PersonBody
from services.intake.requests import actions
from services.intake.requests.model import AskedBy, Channel, HelpRequest, RequestState, Telling
from shared.contracts.fields import Id
from shared.web import Change, Created, Door, Limit, Look, Page, Post
from shared.work import Work


class RequestBody(BaseModel):
    """What somebody told, and how it reached us. country: ISO 3166-1 alpha-2."""

    channel: Channel
    language: str = Field(pattern="^[a-z]{2,3}$")
    asked_by: AskedBy
    name: str = Field(default="", max_length=200)
    contact: str = Field(default="", max_length=200)
    country: str = Field(pattern="^[A-Z]{2}$")
    story: str = Field(max_length=20_000)


class RequestView(BaseModel):
    """A request without what was told."""

    id: Id
    state: RequestState
    channel: Channel
    language: str
    asked_by: AskedBy
    emergency: bool
    merged_into: Id | None
    case_id: Id | None
    version: int


class RequestDetailsView(RequestView):
    """A request with what was told, and other requests that may be the same person's."""

    name: str
    contact: str
    country: str
    story: str
    possible_duplicates: tuple[Id, ...]


class ScreeningBody(BaseModel):
    """Whether it is for us, and whether it cannot wait."""

    in_scope: bool
    emergency: bool = False


class MergeBody(BaseModel):
    """The request as which it goes on."""

    into: Id


class CaseBody(BaseModel):
    """The group, principal applicant first, and who else is assigned from the start."""

    code_name: str = Field(pattern="^[A-Za-z0-9][A-Za-z0-9 _-]{1,39}$")
    people: tuple[PersonBody, ...] = Field(min_length=1, max_length=30)
    team: tuple[Id, ...] = Field(default=(), max_length=50)


def view(request: HelpRequest) -> RequestView:
    return RequestView.model_validate(request, from_attributes=True)


async def _receive(work: Work, body: RequestBody) -> Created:
    telling = Telling(body.name, body.contact, body.country, body.story)
    return Created(id=(await actions.receive(work, body.channel, body.language, body.asked_by, telling)).id)


async def _see(work: Work, request_id: str) -> RequestDetailsView:
    details = await actions.see(work, request_id)
    return RequestDetailsView(
        **view(details.request).model_dump(),
        **vars(details.telling),
        possible_duplicates=details.possible_duplicates,
    )


async def _list(work: Work, state: RequestState | None, after: str | None, limit: int) -> Page[RequestView]:
    requests = [view(request) for request in await actions.see_many(work, state, after, limit)]
    return Page.of(requests, limit, lambda request: request.id)


async def _screen(work: Work, request_id: str, version: int, body: ScreeningBody) -> RequestView:
    screened = await actions.screen(work, request_id, version, in_scope=body.in_scope, emergency=body.emergency)
    return view(screened)


async def _merge(work: Work, request_id: str, version: int, into: str) -> RequestView:
    return view(await actions.merge(work, request_id, version, into))


async def _accept(work: Work, request_id: str, version: int, body: CaseBody) -> CaseView:
    group = [person.facts() for person in body.people]
    return case_view(await actions.accept(work, request_id, version, body.code_name, group, body.team))


def routes(door: Door) -> APIRouter:
    router = APIRouter(tags=["requests"])

    @router.post("/requests", response_model=Created, status_code=201)
    async def receive(body: RequestBody, call: Post) -> Response:
        return await door.act(call, lambda work: _receive(work, body), 201)

    @router.get("/requests", response_model=Page[RequestView])
    async def see_requests(
        call: Look, state: RequestState | None = None, after: Id | None = None, limit: Limit = 50
    ) -> Response:
        return await door.look(call, lambda work: _list(work, state, after, limit))

    @router.get("/requests/{request_id}", response_model=RequestDetailsView)
    async def see_request(request_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _see(work, request_id))

    @router.post("/requests/{request_id}/screening", response_model=RequestView)
    async def screen(request_id: Id, body: ScreeningBody, call: Change) -> Response:
        return await door.act(call, lambda work: _screen(work, request_id, call.version, body))

    @router.post("/requests/{request_id}/merge", response_model=RequestView)
    async def merge(request_id: Id, body: MergeBody, call: Change) -> Response:
        return await door.act(call, lambda work: _merge(work, request_id, call.version, body.into))

    @router.post("/requests/{request_id}/case", response_model=CaseView, status_code=201)
    async def accept(request_id: Id, body: CaseBody, call: Change) -> Response:
        return await door.act(call, lambda work: _accept(work, request_id, call.version, body), 201)

    return router
