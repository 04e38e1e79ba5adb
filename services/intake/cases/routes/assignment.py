"""The HTTP door of who works on a case, and of how many cases are enough."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.intake.cases.actions import assignment as actions
from services.intake.cases.actions.assignment import Team
from services.intake.cases.model.assignment import Caps
from services.intake.staff.model import Assignment
from shared.contracts.fields import Id, Instant
from shared.web import Change, Door, Look, Post
from shared.work import Work

Role = Annotated[str, Field(pattern=r"^([a-z_]{1,32}|\*)$")]
Number = Annotated[int, Field(ge=0, le=10_000)]


class TeamBody(BaseModel):
    """Everybody assigned, in person or by team, and recused from now on; why somebody without room gets the case."""

    assigned: tuple[Id, ...] = Field(default=(), max_length=50)
    teams: tuple[Id, ...] = Field(default=(), max_length=20)
    recused: tuple[Id, ...] = Field(default=(), max_length=50)
    over_cap_reason: str = Field(default="", max_length=2000)


class OverCapView(BaseModel):
    """A manager named somebody who had no room, and said why."""

    actor_id: Id
    reason: str
    said_by: Id
    said_at: Instant


class DeclaredView(BaseModel):
    """Somebody said themselves that they must keep away."""

    actor_id: Id
    reason: str
    said_at: Instant


class TeamView(BaseModel):
    """Who works on a case; the version is the case's. assigns: whether the caller says who does, and so reads why."""

    assigned: tuple[Id, ...]
    teams: tuple[Id, ...]
    recused: tuple[Id, ...]
    assigns: bool
    over_cap: tuple[OverCapView, ...]
    declared: tuple[DeclaredView, ...]
    version: int


class ConflictBody(BaseModel):
    """Why somebody must keep away: the same home town, a relative, a debt."""

    reason: str = Field(min_length=1, max_length=2000)


class CapsBody(BaseModel):
    """How many open cases somebody of a role may have, `*` for who has none said; a role that is absent has no end."""

    by_role: dict[Role, Number] = Field(max_length=40)


class CapsView(CapsBody):
    """The caps."""

    version: int


class CaseloadBody(BaseModel):
    """Of which role somebody is here, and their own cap, in place of that of the role."""

    role: str = Field(default="", pattern="^[a-z_]{0,32}$")
    cap: Number | None = None


class CaseloadView(CaseloadBody):
    """How many open cases somebody is named for in person, and how many they may have."""

    id: Id
    open_cases: int
    most: int | None
    version: int


class NoView(BaseModel):
    """Nothing more to say."""


async def _assign(work: Work, case_id: str, version: int, body: TeamBody) -> TeamView:
    named = Assignment(tuple(sorted(set(body.assigned))), tuple(sorted(set(body.teams))))
    return _team_view(await actions.assign(work, case_id, version, named, set(body.recused), body.over_cap_reason))


async def _team(work: Work, case_id: str) -> TeamView:
    return _team_view(await actions.see_team(work, case_id))


def _team_view(team: Team) -> TeamView:
    return TeamView.model_validate(team, from_attributes=True)


async def _keep_away(work: Work, case_id: str, body: ConflictBody) -> NoView:
    await actions.declare_conflict(work, case_id, body.reason)
    return NoView()


async def _caps(work: Work) -> CapsView:
    return CapsView.model_validate(await actions.see_caps(work), from_attributes=True)


async def _set_caps(work: Work, version: int, body: CapsBody) -> CapsView:
    return CapsView.model_validate(await actions.set_caps(work, Caps(body.by_role, version)), from_attributes=True)


async def _caseload(work: Work, actor_id: str) -> CaseloadView:
    caseload, most = await actions.see_caseload(work, actor_id)
    return CaseloadView.model_validate({**vars(caseload), "most": most})


async def _set_caseload(work: Work, actor_id: str, version: int, body: CaseloadBody) -> CaseloadView:
    await actions.set_caseload(work, actor_id, version, body.role, body.cap)
    return await _caseload(work, actor_id)


def routes(door: Door) -> APIRouter:
    router = APIRouter(tags=["cases"])

    @router.post("/cases/{case_id}/team", response_model=TeamView)
    async def assign(case_id: Id, body: TeamBody, call: Change) -> Response:
        return await door.act(call, lambda work: _assign(work, case_id, call.version, body))

    @router.get("/cases/{case_id}/team", response_model=TeamView)
    async def see_team(case_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _team(work, case_id))

    @router.post("/cases/{case_id}/recusal", response_model=NoView)
    async def keep_away(case_id: Id, body: ConflictBody, call: Post) -> Response:
        """The caller keeps away from the case from now on."""
        return await door.act(call, lambda work: _keep_away(work, case_id, body))

    @router.get("/caseload-caps", response_model=CapsView)
    async def see_caps(call: Look) -> Response:
        return await door.look(call, _caps)

    @router.post("/caseload-caps", response_model=CapsView)
    async def set_caps(body: CapsBody, call: Change) -> Response:
        return await door.act(call, lambda work: _set_caps(work, call.version, body))

    @router.get("/staff/{actor_id}/caseload", response_model=CaseloadView)
    async def see_caseload(actor_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _caseload(work, actor_id))

    @router.post("/staff/{actor_id}/caseload", response_model=CaseloadView)
    async def set_caseload(actor_id: Id, body: CaseloadBody, call: Change) -> Response:
        return await door.act(call, lambda work: _set_caseload(work, actor_id, call.version, body))

    return router
