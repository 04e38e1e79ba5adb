"""The HTTP door of the plan of a case."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.intake.cases.actions import planning as actions
from services.intake.cases.model.planning import (
    Content,
    Goal,
    Plan,
    PlanProposal,
    PlanState,
    Progress,
    SafetyPlan,
    Turn,
)
from services.intake.cases.routes.lifecycle import CaseView, view
from shared.clock import new_id
from shared.contracts.fields import Id, Instant
from shared.web import Change, Door, Limit, Look, Page
from shared.work import Work

Line = Annotated[str, Field(min_length=1, max_length=500)]
Lines = Annotated[tuple[Line, ...], Field(max_length=30)]


class GoalBody(BaseModel):
    """What is to be reached; without somebody responsible it is up to the people themselves. id: of a goal that was
    there before, so that what was said about it stays with it."""

    id: Id | None = None
    text: Line
    due_on: date | None = None
    responsible_id: Id | None = None


class SafetyBody(BaseModel):
    """What the people of the case agreed to do when it gets dangerous."""

    warning_signs: Lines = ()
    safe_places: Lines = ()
    contacts: Lines = ()
    steps: Lines = ()


class PlanBody(BaseModel):
    """A draft."""

    goals: tuple[GoalBody, ...] = Field(min_length=1, max_length=30)
    safety: SafetyBody = SafetyBody()
    review_on: date | None = None

    def content(self) -> Content:
        goals = tuple(Goal(**{**goal.model_dump(), "id": goal.id or new_id()}) for goal in self.goals)
        return Content(goals, SafetyPlan(**self.safety.model_dump()), self.review_on)


class GoalView(BaseModel):
    """A goal and how far it has come."""

    id: Id
    text: str
    due_on: date | None
    responsible_id: Id | None
    progress: Progress
    note: str


class PlanView(BaseModel):
    """A version of a plan."""

    id: Id
    number: int
    state: PlanState
    goals: tuple[GoalView, ...]
    safety: SafetyBody
    review_on: date | None
    written_by: Id
    written_at: Instant


class PlanProposalView(BaseModel):
    """A draft that waits for a supervisor; id: what the decision names."""

    id: Id
    plan_id: Id
    proposed_by: Id
    expires_at: Instant


class PlannedView(BaseModel):
    """The version that counts, the draft since then, and what waits for a supervisor; the version is the case's."""

    in_force: PlanView | None
    draft: PlanView | None
    proposal: PlanProposalView | None
    version: int


class PlanDecisionBody(BaseModel):
    """What the supervisor says to the draft."""

    approval_id: Id
    approve: bool


class ProgressBody(BaseModel):
    """How far a goal has come."""

    goal_id: Id
    progress: Progress
    note: str = Field(default="", max_length=2000)


class ProgressView(ProgressBody):
    """What was said, and by whom."""

    said_by: Id
    said_at: Instant


def plan_view(plan: Plan, turns: Mapping[str, Turn]) -> PlanView:
    content = plan.content
    goals = [{**vars(goal), **_said(turns.get(goal.id))} for goal in content.goals]
    said = {"goals": goals, "safety": vars(content.safety), "review_on": content.review_on}
    return PlanView.model_validate({**vars(plan), **said})


def _said(turn: Turn | None) -> dict[str, str]:
    return {"progress": "open", "note": ""} if turn is None else {"progress": turn.progress, "note": turn.note}


def _proposal_view(proposal: PlanProposal) -> PlanProposalView:
    return PlanProposalView.model_validate(proposal, from_attributes=True)


async def _see(work: Work, case_id: str) -> PlannedView:
    seen = await actions.see_plan(work, case_id)
    in_force, draft = (None if plan is None else plan_view(plan, seen.turns) for plan in (seen.in_force, seen.draft))
    waiting = None if seen.proposal is None else _proposal_view(seen.proposal)
    return PlannedView(in_force=in_force, draft=draft, proposal=waiting, version=seen.version)


async def _write(work: Work, case_id: str, version: int, body: PlanBody) -> PlanView:
    return plan_view(await actions.write_plan(work, case_id, version, body.content()), {})


async def _propose(work: Work, case_id: str, version: int) -> PlanProposalView:
    return _proposal_view(await actions.propose_plan(work, case_id, version))


async def _decide(work: Work, case_id: str, version: int, body: PlanDecisionBody) -> CaseView:
    return view(await actions.decide_plan(work, case_id, version, body.approval_id, approve=body.approve))


async def _progress(work: Work, case_id: str, version: int, body: ProgressBody) -> ProgressView:
    turn = await actions.say_progress(work, case_id, version, **body.model_dump())
    return ProgressView.model_validate(turn, from_attributes=True)


async def _versions(work: Work, case_id: str, after: str | None, limit: int) -> Page[PlanView]:
    return Page.from_slice(await actions.see_versions(work, case_id, after, limit), lambda plan: plan_view(plan, {}))


def routes(door: Door) -> APIRouter:
    router = APIRouter(tags=["cases"])

    @router.get("/cases/{case_id}/plan", response_model=PlannedView)
    async def see_plan(case_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _see(work, case_id))

    @router.post("/cases/{case_id}/plan", response_model=PlanView, status_code=201)
    async def write_plan(case_id: Id, body: PlanBody, call: Change) -> Response:
        return await door.act(call, lambda work: _write(work, case_id, call.version, body), 201)

    @router.post("/cases/{case_id}/plan/proposal", response_model=PlanProposalView, status_code=201)
    async def propose_plan(case_id: Id, call: Change) -> Response:
        return await door.act(call, lambda work: _propose(work, case_id, call.version), 201)

    @router.post("/cases/{case_id}/plan/decision", response_model=CaseView)
    async def decide_plan(case_id: Id, body: PlanDecisionBody, call: Change) -> Response:
        return await door.act(call, lambda work: _decide(work, case_id, call.version, body))

    @router.post("/cases/{case_id}/plan/progress", response_model=ProgressView)
    async def say_progress(case_id: Id, body: ProgressBody, call: Change) -> Response:
        return await door.act(call, lambda work: _progress(work, case_id, call.version, body))

    @router.get("/cases/{case_id}/plan/versions", response_model=Page[PlanView])
    async def see_versions(case_id: Id, call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _versions(work, case_id, after, limit))

    return router
