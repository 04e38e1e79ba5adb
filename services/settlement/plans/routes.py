"""The HTTP door of plans."""

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.settlement.plans import actions
from services.settlement.plans.model import Need, NeedKind, NeedState, Outcome, Plan, PlanState
from shared.contracts.fields import Id
from shared.web import Change, Door, Limit, Look, Page, Post
from shared.work import Work


class NeedBody(BaseModel):
    """What a person needs."""

    kind: NeedKind
    note: str = Field(default="", max_length=4000)


class ReferralBody(BaseModel):
    """Who is asked for it."""

    service: str = Field(min_length=1, max_length=200)


class OutcomeBody(BaseModel):
    """How it ended."""

    outcome: Outcome
    note: str = Field(default="", max_length=4000)


class NeedView(BaseModel):
    """A need, whom it was referred to, and how it ended."""

    id: Id
    plan_id: Id
    state: NeedState
    kind: NeedKind
    note: str
    service: str | None
    outcome_note: str | None
    version: int


class PlanView(BaseModel):
    """The plan of a person."""

    id: Id
    case_id: Id
    person_id: Id
    state: PlanState
    needs: tuple[NeedView, ...]
    version: int


def view_need(need: Need) -> NeedView:
    return NeedView(id=need.id, plan_id=need.plan_id, state=need.state, version=need.version, **vars(need.content))


def view(plan: Plan) -> PlanView:
    return PlanView(
        id=plan.id,
        case_id=plan.case_id,
        person_id=plan.person_id,
        state=plan.state,
        needs=tuple(view_need(need) for need in plan.needs),
        version=plan.version,
    )


async def _add(work: Work, plan_id: str, body: NeedBody) -> NeedView:
    return view_need(await actions.add_need(work, plan_id, body.kind, body.note))


async def _refer(work: Work, need_id: str, version: int, body: ReferralBody) -> NeedView:
    return view_need(await actions.refer(work, need_id, version, body.service))


async def _settle(work: Work, need_id: str, version: int, body: OutcomeBody) -> NeedView:
    return view_need(await actions.settle(work, need_id, version, body.outcome, body.note))


async def _close(work: Work, plan_id: str, version: int) -> PlanView:
    return view(await actions.close(work, plan_id, version))


async def _of_case(work: Work, case_id: str, after: str | None, limit: int) -> Page[PlanView]:
    return Page.from_slice(await actions.see_plans(work, case_id, after, limit), view)


async def _plan(work: Work, plan_id: str) -> PlanView:
    return view(await actions.see_plan(work, plan_id))


async def _need(work: Work, need_id: str) -> NeedView:
    return view_need(await actions.see_need(work, need_id))


def routes(door: Door) -> APIRouter:
    router = APIRouter(tags=["plans"])

    @router.post("/plans/{plan_id}/needs", response_model=NeedView, status_code=201)
    async def add_need(plan_id: Id, body: NeedBody, call: Post) -> Response:
        return await door.act(call, lambda work: _add(work, plan_id, body), 201)

    @router.post("/needs/{need_id}/referral", response_model=NeedView)
    async def refer(need_id: Id, body: ReferralBody, call: Change) -> Response:
        return await door.act(call, lambda work: _refer(work, need_id, call.version, body))

    @router.post("/needs/{need_id}/outcome", response_model=NeedView)
    async def settle(need_id: Id, body: OutcomeBody, call: Change) -> Response:
        return await door.act(call, lambda work: _settle(work, need_id, call.version, body))

    @router.post("/plans/{plan_id}/closure", response_model=PlanView)
    async def close(plan_id: Id, call: Change) -> Response:
        return await door.act(call, lambda work: _close(work, plan_id, call.version))

    @router.get("/plans/{plan_id}", response_model=PlanView)
    async def see_plan(plan_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _plan(work, plan_id))

    @router.get("/needs/{need_id}", response_model=NeedView)
    async def see_need(need_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _need(work, need_id))

    @router.get("/cases/{case_id}/plans", response_model=Page[PlanView])
    async def see_plans(case_id: Id, call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _of_case(work, case_id, after, limit))

    return router
