"""The HTTP door of programmes."""

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.settlement.programmes.actions import programmes as actions
from services.settlement.programmes.actions.programmes import ProgrammeDetails
from services.settlement.programmes.model.programmes import Kind, Seal
from services.settlement.programmes.routes.naming import PROGRAMMES
from shared.contracts.fields import Id
from shared.web import Change, Done, Door, Limit, Look, Page, Post
from shared.work import Work


class ProgrammeBody(BaseModel):
    """A programme as it begins: hidden from everybody who is not on its list unless it is begun disclosed."""

    name: str = Field(min_length=1, max_length=200)
    country: str = Field(pattern="^[A-Z]{2}$")
    kind: Kind
    places: int = Field(ge=0, le=1_000_000)
    sealed: Literal["sealed", "disclosed"] = "sealed"


class StaffBody(BaseModel):
    """Who comes onto the list."""

    actor_id: Id


class PlacesBody(BaseModel):
    """How many places there are from now on."""

    places: int = Field(ge=0, le=1_000_000)


class ProgrammeView(BaseModel):
    """A programme with its quota in people; waitlist: people who wait for places."""

    id: Id
    name: str
    country: str
    kind: Kind
    sealed: Seal
    places: int
    held: int
    used: int
    waitlist: int
    version: int


class ProgrammeDetailsView(ProgrammeView):
    """A programme and the ids of who is on its list."""

    staff: tuple[Id, ...]


def view(details: ProgrammeDetails) -> ProgrammeView:
    programme = details.programme
    return ProgrammeView(
        id=programme.id,
        name=details.name,
        country=programme.country,
        kind=programme.kind,
        sealed=programme.seal,
        **vars(programme.quota),
        waitlist=details.waiting,
        version=programme.version,
    )


async def _found(work: Work, body: ProgrammeBody) -> ProgrammeView:
    return view(await actions.found(work, body.name, body.country, body.kind, body.places, body.sealed))


async def _enlist(work: Work, programme_id: str, body: StaffBody) -> Done:
    await actions.enlist(work, programme_id, body.actor_id)
    return Done()


async def _resize(work: Work, programme_id: str, version: int, body: PlacesBody) -> ProgrammeView:
    return view(await actions.resize(work, programme_id, version, body.places))


async def _see(work: Work, programme_id: str) -> ProgrammeDetailsView:
    details, staff = await actions.see_programme(work, programme_id)
    return ProgrammeDetailsView(**view(details).model_dump(), staff=staff)


async def _list(work: Work, after: str | None, limit: int) -> Page[ProgrammeView]:
    found = [view(details) for details in await actions.see_programmes(work, after, limit)]
    return Page.of(found, limit, lambda programme: programme.id)


def routes(door: Door) -> APIRouter:
    router = APIRouter(tags=["programmes"], route_class=PROGRAMMES)

    @router.post("/programmes", response_model=ProgrammeView, status_code=201)
    async def found(body: ProgrammeBody, call: Post) -> Response:
        return await door.act(call, lambda work: _found(work, body), 201)

    @router.post("/programmes/{programme_id}/staff", response_model=Done)
    async def enlist(programme_id: Id, body: StaffBody, call: Post) -> Response:
        return await door.act(call, lambda work: _enlist(work, programme_id, body))

    @router.post("/programmes/{programme_id}/places", response_model=ProgrammeView)
    async def resize(programme_id: Id, body: PlacesBody, call: Change) -> Response:
        return await door.act(call, lambda work: _resize(work, programme_id, call.version, body))

    @router.get("/programmes", response_model=Page[ProgrammeView])
    async def see_programmes(call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _list(work, after, limit))

    @router.get("/programmes/{programme_id}", response_model=ProgrammeDetailsView)
    async def see_programme(programme_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _see(work, programme_id))

    return router
