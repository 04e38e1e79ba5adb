"""The HTTP door of how cases rest, end and begin again."""

from datetime import date

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, BaseModel, Field

from services.intake.cases.actions import endings as actions
from services.intake.cases.model.endings import Assessment, Met, NeedLeft, Outcome, Safety, Turn, What
from services.intake.cases.model.lifecycle import Standing
from services.intake.cases.routes.lifecycle import CaseView, view
from shared.contracts.fields import Id
from shared.web import Change, Door, Limit, Look, Page, Post
from shared.work import Work


class ReasonBody(BaseModel):
    """Why."""

    reason: str = Field(min_length=1, max_length=4000)


class RestBody(ReasonBody):
    """Why it rests, and when somebody looks at it again: within half a year."""

    review_at: AwareDatetime


class NeedBody(BaseModel):
    """What somebody needed, and how far it was met."""

    need: str = Field(min_length=1, max_length=200)
    met: Met


class AssessmentBody(BaseModel):
    """How people are when the case ends."""

    safety: Safety
    summary: str = Field(min_length=1, max_length=8000)
    needs: tuple[NeedBody, ...] = Field(default=(), max_length=30)
    said_by_person: str = Field(default="", max_length=4000)
    passed_to: str = Field(default="", max_length=500)
    follow_up: str = Field(default="", max_length=4000)


class ClosureBody(BaseModel):
    """How a case ends, with the exit assessment."""

    outcome: Outcome
    assessment: AssessmentBody


class DeathBody(BaseModel):
    """When somebody died, if it is known, and how one knows."""

    on: date | None = None
    note: str = Field(min_length=1, max_length=4000)


class TurnView(BaseModel):
    """What happened to a case as a whole."""

    id: Id
    what: What
    at: AwareDatetime
    by: Id
    reason: str
    outcome: Outcome | None
    assessment: AssessmentBody | None
    review_at: AwareDatetime | None
    person_id: Id | None


def turn_view(turn: Turn) -> TurnView:
    told = turn.assessment
    seen = None if told is None else {**vars(told), "needs": [vars(need) for need in told.needs]}
    return TurnView.model_validate({**vars(turn), "assessment": seen})


def _assessment(body: AssessmentBody) -> Assessment:
    plain = body.model_dump(exclude={"needs"})
    return Assessment(**plain, needs=tuple(NeedLeft(need.need, need.met) for need in body.needs))


async def _rest(work: Work, case_id: str, version: int, to: Standing, body: RestBody) -> CaseView:
    return view(await actions.rest(work, case_id, version, to, body.reason, body.review_at))


async def _review(work: Work, case_id: str, version: int, body: RestBody) -> CaseView:
    return view(await actions.review(work, case_id, version, body.reason, body.review_at))


async def _resume(work: Work, case_id: str, version: int, body: ReasonBody) -> CaseView:
    return view(await actions.resume(work, case_id, version, body.reason))


async def _close(work: Work, case_id: str, version: int, body: ClosureBody) -> CaseView:
    return view(await actions.close(work, case_id, version, body.outcome, _assessment(body.assessment)))


async def _reopen(work: Work, case_id: str, version: int, body: ReasonBody) -> CaseView:
    return view(await actions.reopen(work, case_id, version, body.reason))


async def _take_up_anew(work: Work, case_id: str, version: int, body: ReasonBody) -> CaseView:
    return view(await actions.take_up_anew(work, case_id, version, body.reason))


async def _note_death(work: Work, person_id: str, body: DeathBody) -> DeathBody:
    await actions.note_death(work, person_id, body.on, body.note)
    return body


async def _turns(work: Work, case_id: str, after: str | None, limit: int) -> Page[TurnView]:
    return Page.from_slice(await actions.see_turns(work, case_id, after, limit), turn_view)


def routes(door: Door) -> APIRouter:
    router = APIRouter(tags=["cases"])
    router.include_router(_rests(door))

    @router.post("/cases/{case_id}/closure", response_model=CaseView)
    async def close(case_id: Id, body: ClosureBody, call: Change) -> Response:
        return await door.act(call, lambda work: _close(work, case_id, call.version, body))

    @router.post("/cases/{case_id}/reopening", response_model=CaseView)
    async def reopen(case_id: Id, body: ReasonBody, call: Change) -> Response:
        return await door.act(call, lambda work: _reopen(work, case_id, call.version, body))

    @router.post("/cases/{case_id}/verification/anew", response_model=CaseView)
    async def take_up_anew(case_id: Id, body: ReasonBody, call: Change) -> Response:
        """A refused case is verified further."""
        return await door.act(call, lambda work: _take_up_anew(work, case_id, call.version, body))

    @router.get("/cases/{case_id}/turns", response_model=Page[TurnView])
    async def see_turns(case_id: Id, call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _turns(work, case_id, after, limit))

    @router.post("/people/{person_id}/death", response_model=DeathBody, status_code=201)
    async def note_death(person_id: Id, body: DeathBody, call: Post) -> Response:
        return await door.act(call, lambda work: _note_death(work, person_id, body), 201)

    return router


def _rests(door: Door) -> APIRouter:
    router = APIRouter()

    @router.post("/cases/{case_id}/suspension", response_model=CaseView)
    async def suspend(case_id: Id, body: RestBody, call: Change) -> Response:
        return await door.act(call, lambda work: _rest(work, case_id, call.version, "suspended", body))

    @router.post("/cases/{case_id}/support-in-place", response_model=CaseView)
    async def support_in_place(case_id: Id, body: RestBody, call: Change) -> Response:
        return await door.act(call, lambda work: _rest(work, case_id, call.version, "supported", body))

    @router.post("/cases/{case_id}/reviews", response_model=CaseView)
    async def review(case_id: Id, body: RestBody, call: Change) -> Response:
        return await door.act(call, lambda work: _review(work, case_id, call.version, body))

    @router.post("/cases/{case_id}/resumption", response_model=CaseView)
    async def resume(case_id: Id, body: ReasonBody, call: Change) -> Response:
        return await door.act(call, lambda work: _resume(work, case_id, call.version, body))

    return router
