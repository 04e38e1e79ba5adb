"""The HTTP door of teams, of the roster, of colleagues' names and of taking tokens back."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, BaseModel, Field

from services.intake.staff import actions
from services.intake.staff.model import Colleague, Shift, StaffTeam
from shared.contracts.fields import Id
from shared.web import Change, Door, Limit, Look, Page, Post
from shared.work import Work


class StaffTeamBody(BaseModel):
    """A word for the rota, and everybody in the team from now on."""

    name: str = Field(min_length=1, max_length=60)
    members: tuple[Id, ...] = Field(max_length=100)


class StaffTeamView(StaffTeamBody):
    """A team."""

    id: Id
    version: int


Language = Annotated[str, Field(pattern="^[a-z]{2,3}$")]


class ShiftBody(BaseModel):
    """When somebody is on duty, at most a day, and which languages they read (ISO 639)."""

    actor_id: Id
    begins_at: AwareDatetime
    ends_at: AwareDatetime
    languages: tuple[Language, ...] = Field(max_length=15)


class ShiftView(ShiftBody):
    """A shift; on_duty: whether it holds now."""

    id: Id
    on_duty: bool
    version: int


class ColleagueBody(BaseModel):
    """The name by which colleagues know somebody."""

    name: str = Field(min_length=1, max_length=60, pattern=r"\S")


class ColleagueView(ColleagueBody):
    """A colleague, by the id of their account."""

    id: Id
    version: int


class RevocationView(BaseModel):
    """What was issued to them until `before`, an instant of real time, is refused."""

    actor_id: Id
    before: AwareDatetime


def view(team: StaffTeam) -> StaffTeamView:
    return StaffTeamView(id=team.id, name=team.name, members=team.members, version=team.version)


async def _list(work: Work, after: str | None, limit: int) -> Page[StaffTeamView]:
    teams = [view(team) for team in await actions.see_teams(work, after, limit)]
    return Page.of(teams, limit, lambda team: team.id)


async def _see(work: Work, team_id: str) -> StaffTeamView:
    return view(await actions.see_team(work, team_id))


async def _make(work: Work, body: StaffTeamBody) -> StaffTeamView:
    return view(await actions.make_team(work, body.name, body.members))


async def _change(work: Work, team_id: str, version: int, body: StaffTeamBody) -> StaffTeamView:
    return view(await actions.change_team(work, team_id, version, body.name, body.members))


def shift_view(shift: Shift, now: datetime) -> ShiftView:
    return ShiftView(**vars(shift), on_duty=shift.holds(now))


async def _plan(work: Work, body: ShiftBody) -> ShiftView:
    planned = await actions.plan_shift(work, body.actor_id, body.begins_at, body.ends_at, body.languages)
    return shift_view(planned, work.now)


async def _roster(work: Work, after: str | None, limit: int) -> Page[ShiftView]:
    return Page.from_slice(await actions.see_roster(work, after, limit), lambda shift: shift_view(shift, work.now))


async def _shift(work: Work, shift_id: str) -> ShiftView:
    return shift_view(await actions.see_shift(work, shift_id), work.now)


async def _end(work: Work, shift_id: str, version: int) -> ShiftView:
    return shift_view(await actions.end_shift(work, shift_id, version), work.now)


def colleague_view(colleague: Colleague) -> ColleagueView:
    return ColleagueView(**vars(colleague))


async def _introduce(work: Work, name: str) -> ColleagueView:
    return colleague_view(await actions.introduce(work, name.strip()))


async def _rename(work: Work, actor_id: str, version: int, name: str) -> ColleagueView:
    return colleague_view(await actions.rename(work, actor_id, version, name.strip()))


async def _colleagues(work: Work, after: str | None, limit: int) -> Page[ColleagueView]:
    found = [colleague_view(one) for one in await actions.see_colleagues(work, after, limit)]
    return Page.of(found, limit, lambda one: one.id)


async def _colleague(work: Work, actor_id: str) -> ColleagueView:
    return colleague_view(await actions.see_colleague(work, actor_id))


async def _revoke(work: Work, actor_id: str) -> RevocationView:
    return RevocationView(actor_id=actor_id, before=await actions.revoke_tokens(work, actor_id))


def routes(door: Door) -> APIRouter:
    router = APIRouter(tags=["staff"])

    @router.get("/teams", response_model=Page[StaffTeamView])
    async def see_teams(call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _list(work, after, limit))

    @router.get("/teams/{team_id}", response_model=StaffTeamView)
    async def see_team(team_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _see(work, team_id))

    @router.post("/teams", response_model=StaffTeamView, status_code=201)
    async def make_team(body: StaffTeamBody, call: Post) -> Response:
        return await door.act(call, lambda work: _make(work, body), 201)

    @router.post("/teams/{team_id}", response_model=StaffTeamView)
    async def change_team(team_id: Id, body: StaffTeamBody, call: Change) -> Response:
        return await door.act(call, lambda work: _change(work, team_id, call.version, body))

    @router.get("/colleagues", response_model=Page[ColleagueView])
    async def see_colleagues(call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _colleagues(work, after, limit))

    @router.post("/colleagues", response_model=ColleagueView, status_code=201)
    async def introduce(body: ColleagueBody, call: Post) -> Response:
        return await door.act(call, lambda work: _introduce(work, body.name), 201)

    @router.get("/colleagues/{colleague_id}", response_model=ColleagueView)
    async def see_colleague(colleague_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _colleague(work, colleague_id))

    @router.post("/colleagues/{colleague_id}", response_model=ColleagueView)
    async def rename(colleague_id: Id, body: ColleagueBody, call: Change) -> Response:
        return await door.act(call, lambda work: _rename(work, colleague_id, call.version, body.name))

    @router.post("/staff/{actor_id}/revocation", response_model=RevocationView)
    async def revoke(actor_id: Id, call: Post) -> Response:
        return await door.act(call, lambda work: _revoke(work, actor_id))

    @router.post("/shifts", response_model=ShiftView, status_code=201)
    async def plan_shift(body: ShiftBody, call: Post) -> Response:
        return await door.act(call, lambda work: _plan(work, body), 201)

    @router.get("/shifts", response_model=Page[ShiftView])
    async def see_roster(call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _roster(work, after, limit))

    @router.get("/shifts/{shift_id}", response_model=ShiftView)
    async def see_shift(shift_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _shift(work, shift_id))

    @router.post("/shifts/{shift_id}/end", response_model=ShiftView)
    async def end_shift(shift_id: Id, call: Change) -> Response:
        return await door.act(call, lambda work: _end(work, shift_id, call.version))

    return router
