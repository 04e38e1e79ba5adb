"""Requests come in, are looked at, and become cases."""

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.intake.cases.routes.lifecycle import CaseView
from services.intake.cases.routes.lifecycle import view as case_view
from services.intake.people.routes.people import PersonBody
from services.intake.people.routes.safe_contact import ContactBody
from services.intake.requests.actions import receiving as actions
from services.intake.requests.model import AskedBy, Channel, RequestState, Telling, ThirdParty, Urgency
from services.intake.requests.model.asking import Agreement
from services.intake.requests.routes.views import RequestView, view
from shared.contracts.fields import Id
from shared.web import Change, Created, Door, Limit, Look, Page, Post
from shared.work import Work


class ThirdPartyBody(BaseModel):
    """Who asks for somebody else. contact_person: whether it is safe to contact the person it is about."""

    name: str = Field(default="", max_length=200)
    contact: str = Field(default="", max_length=200)
    person_agrees: Agreement = "unknown"
    contact_person: bool = False
    safe_contact: ContactBody | None = None

    def third_party(self) -> ThirdParty:
        reached = None if self.safe_contact is None else self.safe_contact.contact()
        return ThirdParty(self.name, self.contact, self.person_agrees, self.contact_person, reached)


class RequestBody(BaseModel):
    """What somebody told, and how it reached us. country: ISO 3166-1 alpha-2. urgency: as told, before anybody looks.

    safe_contact: how the person can be reached; third_party: who asks, when it is not the person.
    """

    channel: Channel
    language: str = Field(pattern="^[a-z]{2,3}$")
    asked_by: AskedBy
    name: str = Field(default="", max_length=200)
    contact: str = Field(default="", max_length=200)
    country: str = Field(pattern="^[A-Z]{2}$")
    story: str = Field(max_length=20_000)
    urgency: Urgency = "normal"
    safe_contact: ContactBody | None = None
    third_party: ThirdPartyBody | None = None

    def telling(self) -> Telling:
        other = None if self.third_party is None else self.third_party.third_party()
        reached = None if self.safe_contact is None else self.safe_contact.contact()
        return Telling(self.name, self.contact, self.country, self.story, other, reached)


class ThirdPartyView(BaseModel):
    """Who asked for somebody else, and whether the person agrees and may be contacted."""

    name: str
    contact: str
    person_agrees: Agreement
    contact_person: bool


class RequestDetailsView(RequestView):
    """A request with what was told, and at most three others that may be the same person's, the likeliest first.

    apart: others that somebody found to be of another person, and that are not flagged for that.

    masked: name, contact and who asked are not shown, because who reads does not work with the people of the case.
    """

    name: str | None
    contact: str | None
    country: str
    story: str
    third_party: ThirdPartyView | None
    masked: bool
    possible_duplicates: tuple[Id, ...]
    apart: tuple[Id, ...]


class CaseBody(BaseModel):
    """The group, principal applicant first, and who else is assigned from the start."""

    code_name: str = Field(pattern="^[A-Za-z0-9][A-Za-z0-9 _-]{1,39}$")
    people: tuple[PersonBody, ...] = Field(min_length=1, max_length=30)
    team: tuple[Id, ...] = Field(default=(), max_length=50)


async def _receive(work: Work, body: RequestBody) -> Created:
    told = (body.channel, body.language, body.asked_by, body.telling())
    return Created(id=(await actions.receive(work, *told, urgency=body.urgency)).id)


async def _see(work: Work, request_id: str) -> RequestDetailsView:
    details = await actions.see(work, request_id)
    return RequestDetailsView(
        **view(details.request).model_dump(),
        **vars(details.told) | {"third_party": details.told.third_party and _other(details.told.third_party)},
        possible_duplicates=details.possible_duplicates,
        apart=details.apart,
    )


def _other(other: ThirdParty) -> ThirdPartyView:
    return ThirdPartyView.model_validate(other, from_attributes=True)


async def _list(work: Work, state: RequestState | None, after: str | None, limit: int) -> Page[RequestView]:
    requests = [view(request) for request in await actions.see_many(work, state, after, limit)]
    return Page.of(requests, limit, lambda request: request.id)


async def _of_case(work: Work, case_id: str, after: str | None, limit: int) -> Page[RequestView]:
    requests = [view(request) for request in await actions.see_of_case(work, case_id, after, limit)]
    return Page.of(requests, limit, lambda request: request.id)


async def _accept(work: Work, request_id: str, version: int, body: CaseBody) -> CaseView:
    group = [person.facts() for person in body.people]
    return case_view(await actions.accept(work, request_id, version, body.code_name, group, body.team))


def routes(door: Door) -> APIRouter:
    router = APIRouter()

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

    @router.get("/cases/{case_id}/requests", response_model=Page[RequestView])
    async def see_of_case(case_id: Id, call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _of_case(work, case_id, after, limit))

    @router.post("/requests/{request_id}/case", response_model=CaseView, status_code=201)
    async def accept(request_id: Id, body: CaseBody, call: Change) -> Response:
        return await door.act(call, lambda work: _accept(work, request_id, call.version, body), 201)

    return router
