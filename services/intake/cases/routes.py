"""The HTTP door of cases."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.intake.cases import actions
from services.intake.cases.actions import Team
from services.intake.cases.model import Case, CaseState, ItemKind, ItemResult, Priority
from shared.contracts.fields import Id
from shared.web import Change, Created, Door, Limit, Look, Page, Post
from shared.work import Work


class CaseView(BaseModel):
    """A case without what is personal."""

    id: Id
    code_name: str
    state: CaseState
    version: int


class CaseDetailsView(CaseView):
    """A case with its triage and plan."""

    priority: Priority | None
    priority_reason: str | None
    goals: tuple[str, ...]


class TeamBody(BaseModel):
    """Everybody assigned and recused from now on."""

    assigned: tuple[Id, ...] = Field(min_length=1, max_length=50)
    recused: tuple[Id, ...] = Field(default=(), max_length=50)


class TeamView(TeamBody):
    """Who works on a case; the version is the case's."""

    version: int


class ItemBody(BaseModel):
    """What was checked and what it showed."""

    kind: ItemKind
    result: ItemResult
    note: str = Field(default="", max_length=4000)


class ItemView(ItemBody):
    """A recorded check."""

    id: Id
    recorded_by: Id


class ItemsView(BaseModel):
    """What the verification showed, oldest first."""

    items: tuple[ItemView, ...]


class DecisionBody(BaseModel):
    """The decision of a second person."""

    verified: bool


class TriageBody(BaseModel):
    """Internal urgency, with its reason."""

    priority: Priority
    reason: str = Field(default="", max_length=2000)


class PlanBody(BaseModel):
    """What is to be reached."""

    goals: tuple[Annotated[str, Field(max_length=500)], ...] = Field(min_length=1, max_length=30)


class BoardRowView(BaseModel):
    """Where a person stands."""

    person_id: Id
    case_id: Id
    code_name: str
    state: str
    blocked_by: tuple[str, ...]


def view(case: Case) -> CaseView:
    return CaseView(id=case.id, code_name=case.code_name, state=case.state, version=case.version)


async def _see(work: Work, case_id: str) -> CaseDetailsView:
    details = await actions.see_case(work, case_id)
    return CaseDetailsView(
        **view(details.case).model_dump(),
        priority=details.priority,
        priority_reason=details.priority_reason,
        goals=details.goals,
    )


async def _list(work: Work, after: str | None, limit: int) -> Page[CaseView]:
    cases = [view(case) for case in await actions.see_cases(work, after, limit)]
    return Page.of(cases, limit, lambda case: case.id)


async def _board(work: Work, after: str | None, limit: int) -> Page[BoardRowView]:
    rows = [
        BoardRowView.model_validate(row, from_attributes=True) for row in await actions.see_board(work, after, limit)
    ]
    return Page.of(rows, limit, lambda row: row.person_id)


async def _assign(work: Work, case_id: str, version: int, body: TeamBody) -> TeamView:
    return _team_view(await actions.assign(work, case_id, version, body.assigned, body.recused))


async def _team(work: Work, case_id: str) -> TeamView:
    return _team_view(await actions.see_team(work, case_id))


def _team_view(team: Team) -> TeamView:
    return TeamView.model_validate(team, from_attributes=True)


async def _record(work: Work, case_id: str, body: ItemBody) -> Created:
    return Created(id=(await actions.record_item(work, case_id, body.kind, body.result, body.note)).id)


async def _items(work: Work, case_id: str) -> ItemsView:
    items = await actions.see_items(work, case_id)
    return ItemsView(items=tuple(ItemView.model_validate(item, from_attributes=True) for item in items))


async def _decide(work: Work, case_id: str, version: int, body: DecisionBody) -> CaseView:
    return view(await actions.decide_verification(work, case_id, version, verified=body.verified))


async def _triage(work: Work, case_id: str, version: int, body: TriageBody) -> CaseView:
    return view(await actions.triage(work, case_id, version, body.priority, body.reason))


async def _plan(work: Work, case_id: str, version: int, body: PlanBody) -> CaseView:
    return view(await actions.plan(work, case_id, version, body.goals))


async def _reopen(work: Work, case_id: str, version: int) -> CaseView:
    return view(await actions.reopen(work, case_id, version))


async def _close(work: Work, case_id: str, version: int) -> CaseView:
    return view(await actions.close(work, case_id, version))


def routes(door: Door) -> APIRouter:
    router = APIRouter(tags=["cases"])
    router.include_router(_looks(door))

    @router.post("/cases/{case_id}/team", response_model=TeamView)
    async def assign(case_id: Id, body: TeamBody, call: Change) -> Response:
        return await door.act(call, lambda work: _assign(work, case_id, call.version, body))

    @router.post("/cases/{case_id}/verification/items", response_model=Created, status_code=201)
    async def record_item(case_id: Id, body: ItemBody, call: Post) -> Response:
        return await door.act(call, lambda work: _record(work, case_id, body), 201)

    @router.post("/cases/{case_id}/verification/decision", response_model=CaseView)
    async def decide(case_id: Id, body: DecisionBody, call: Change) -> Response:
        return await door.act(call, lambda work: _decide(work, case_id, call.version, body))

    @router.post("/cases/{case_id}/triage", response_model=CaseView)
    async def triage(case_id: Id, body: TriageBody, call: Change) -> Response:
        return await door.act(call, lambda work: _triage(work, case_id, call.version, body))

    @router.post("/cases/{case_id}/plan", response_model=CaseView)
    async def plan(case_id: Id, body: PlanBody, call: Change) -> Response:
        return await door.act(call, lambda work: _plan(work, case_id, call.version, body))

    @router.post("/cases/{case_id}/closure", response_model=CaseView)
    async def close(case_id: Id, call: Change) -> Response:
        return await door.act(call, lambda work: _close(work, case_id, call.version))

    @router.post("/cases/{case_id}/reopening", response_model=CaseView)
    async def reopen(case_id: Id, call: Change) -> Response:
        return await door.act(call, lambda work: _reopen(work, case_id, call.version))

    return router


def _looks(door: Door) -> APIRouter:
    router = APIRouter()

    @router.get("/cases/{case_id}/team", response_model=TeamView)
    async def see_team(case_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _team(work, case_id))

    @router.get("/cases/{case_id}/verification/items", response_model=ItemsView)
    async def see_items(case_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _items(work, case_id))

    @router.get("/cases", response_model=Page[CaseView])
    async def see_cases(call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _list(work, after, limit))

    @router.get("/cases/{case_id}", response_model=CaseDetailsView)
    async def see_case(case_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _see(work, case_id))

    @router.get("/board", response_model=Page[BoardRowView])
    async def see_board(call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _board(work, after, limit))

    return router
