"""The HTTP door of relatives outside."""

from datetime import datetime

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.intake.people.actions import relatives as actions
from services.intake.people.model.relatives import Contactable, Kin, Relative
from shared.contracts.fields import Id
from shared.web import Change, Door, Limit, Look, Page, Post
from shared.work import Work


class KinBody(BaseModel):
    """What a person told of a relative who is on no case. how: in which way they may be contacted, if at all."""

    name: str = Field(min_length=1, max_length=200)
    relationship: str = Field(min_length=1, max_length=60)
    where: str = Field(default="", max_length=200)
    contactable: Contactable = "not_asked"
    how: str = Field(default="", max_length=400)

    def kin(self) -> Kin:
        return Kin(**dict(self))


class EndBody(BaseModel):
    """Why somebody is no relative outside any more."""

    why: str = Field(min_length=1, max_length=400)


class EndedView(EndBody):
    """Who wrote that down, and when."""

    by: Id
    at: datetime


class TellingView(KinBody):
    """What was told of a relative before, who wrote it down, and when."""

    by: Id
    at: datetime


class RelativeView(TellingView):
    """A relative of a person, as was told last; earlier: what was told before, oldest first; ended: one who no longer
    is to be asked for or contacted."""

    id: Id
    person_id: Id
    earlier: tuple[TellingView, ...]
    ended: EndedView | None
    version: int


def view(relative: Relative) -> RelativeView:
    ended = None if relative.ended is None else EndedView(**vars(relative.ended))
    earlier = [{**vars(it.kin), **vars(it)} for it in relative.earlier]
    return RelativeView.model_validate({**vars(relative.kin), **vars(relative), "earlier": earlier, "ended": ended})


async def _add(work: Work, person_id: str, body: KinBody) -> RelativeView:
    return view(await actions.add_relative(work, person_id, body.kin()))


async def _change(work: Work, relative_id: str, version: int, body: KinBody) -> RelativeView:
    return view(await actions.change_relative(work, relative_id, version, body.kin()))


async def _end(work: Work, relative_id: str, version: int, body: EndBody) -> RelativeView:
    return view(await actions.end_relative(work, relative_id, version, body.why))


async def _see(work: Work, relative_id: str) -> RelativeView:
    return view(await actions.see_relative(work, relative_id))


async def _list(work: Work, person_id: str, after: str | None, limit: int) -> Page[RelativeView]:
    return Page.from_slice(await actions.see_relatives(work, person_id, after, limit), view)


def routes(door: Door) -> APIRouter:
    router = APIRouter(tags=["people"])

    @router.post("/people/{person_id}/relatives", response_model=RelativeView, status_code=201)
    async def add_relative(person_id: Id, body: KinBody, call: Post) -> Response:
        return await door.act(call, lambda work: _add(work, person_id, body), 201)

    @router.get("/people/{person_id}/relatives", response_model=Page[RelativeView])
    async def see_relatives(person_id: Id, call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _list(work, person_id, after, limit))

    @router.get("/relatives/{relative_id}", response_model=RelativeView)
    async def see_relative(relative_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _see(work, relative_id))

    @router.post("/relatives/{relative_id}", response_model=RelativeView)
    async def change_relative(relative_id: Id, body: KinBody, call: Change) -> Response:
        return await door.act(call, lambda work: _change(work, relative_id, call.version, body))

    @router.post("/relatives/{relative_id}/end", response_model=RelativeView)
    async def end_relative(relative_id: Id, body: EndBody, call: Change) -> Response:
        return await door.act(call, lambda work: _end(work, relative_id, call.version, body))

    return router
