"""The HTTP door of contacts that were tried."""

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.intake.diary.actions import contacts as actions
from services.intake.diary.model.contacts import Result
from services.intake.people.model.safe_contact import Channel
from shared.contracts.fields import Id
from shared.web import Door, Limit, Look, Page, Post
from shared.work import Work


class ContactBody(BaseModel):
    """A contact that was tried now, and what came of it."""

    channel: Channel
    result: Result
    note: str = Field(default="", max_length=4000)


class ContactView(ContactBody):
    """A contact that was tried."""

    model_config = ConfigDict(from_attributes=True)

    id: Id
    person_id: Id
    by: Id
    at: AwareDatetime


async def _attempt(work: Work, person_id: str, body: ContactBody) -> ContactView:
    tried = await actions.attempt(work, person_id, body.channel, body.result, body.note)
    return ContactView.model_validate(tried)


async def _of_person(work: Work, person_id: str, after: str | None, limit: int) -> Page[ContactView]:
    return Page.from_slice(await actions.see_attempts(work, person_id, after, limit), ContactView.model_validate)


def routes(door: Door) -> APIRouter:
    router = APIRouter()

    @router.post("/people/{person_id}/contact-attempts", response_model=ContactView, status_code=201)
    async def attempt(person_id: Id, body: ContactBody, call: Post) -> Response:
        return await door.act(call, lambda work: _attempt(work, person_id, body), 201)

    @router.get("/people/{person_id}/contact-attempts", response_model=Page[ContactView])
    async def see_attempts(person_id: Id, call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _of_person(work, person_id, after, limit))

    return router
