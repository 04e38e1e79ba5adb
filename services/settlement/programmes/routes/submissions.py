"""The HTTP door of submissions."""

from datetime import date, datetime

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.settlement.programmes.actions import submissions as actions
from services.settlement.programmes.model.submissions import Outcome, State, Submission
from services.settlement.programmes.routes.naming import PROGRAMMES
from shared.contracts.fields import Id
from shared.web import Change, Door, Limit, Look, Page, Post
from shared.work import Work


class SubmissionBody(BaseModel):
    """Who is put forward; with `waitlist` false the answer is 409 no_place rather than a place in the queue."""

    case_id: Id
    person_ids: tuple[Id, ...] = Field(min_length=1, max_length=50)
    waitlist: bool = True


class DecisionBody(BaseModel):
    """What the government decided; an acceptance says from which date on the people may enter."""

    outcome: Outcome
    from_date: date | None = None


class SubmissionView(BaseModel):
    """A submission; from_date: when its people may enter, once accepted."""

    id: Id
    programme_id: Id
    case_id: Id
    person_ids: tuple[Id, ...]
    state: State
    queued_at: datetime
    from_date: date | None
    version: int


def view(submission: Submission, from_date: date | None = None) -> SubmissionView:
    return SubmissionView(**vars(submission), from_date=from_date)


async def _submit(work: Work, programme_id: str, body: SubmissionBody) -> SubmissionView:
    return view(await actions.submit(work, programme_id, body.case_id, body.person_ids, may_wait=body.waitlist))


async def _decide(work: Work, submission_id: str, version: int, body: DecisionBody) -> SubmissionView:
    return view(*await actions.decide(work, submission_id, version, body.outcome, body.from_date))


async def _withdraw(work: Work, submission_id: str, version: int) -> SubmissionView:
    return view(await actions.withdraw(work, submission_id, version))


async def _see(work: Work, submission_id: str) -> SubmissionView:
    return view(*await actions.see_submission(work, submission_id))


async def _of_case(work: Work, case_id: str, after: str | None, limit: int) -> Page[SubmissionView]:
    return Page.from_slice(await actions.see_submissions(work, case_id, after, limit), lambda found: view(*found))


def routes(door: Door) -> APIRouter:
    router = APIRouter(tags=["submissions"], route_class=PROGRAMMES)

    @router.post("/programmes/{programme_id}/submissions", response_model=SubmissionView, status_code=201)
    async def submit(programme_id: Id, body: SubmissionBody, call: Post) -> Response:
        return await door.act(call, lambda work: _submit(work, programme_id, body), 201)

    @router.post("/submissions/{submission_id}/decision", response_model=SubmissionView)
    async def decide(submission_id: Id, body: DecisionBody, call: Change) -> Response:
        return await door.act(call, lambda work: _decide(work, submission_id, call.version, body))

    @router.post("/submissions/{submission_id}/withdrawal", response_model=SubmissionView)
    async def withdraw(submission_id: Id, call: Change) -> Response:
        return await door.act(call, lambda work: _withdraw(work, submission_id, call.version))

    @router.get("/submissions/{submission_id}", response_model=SubmissionView)
    async def see_submission(submission_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _see(work, submission_id))

    @router.get("/cases/{case_id}/submissions", response_model=Page[SubmissionView])
    async def see_submissions(case_id: Id, call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _of_case(work, case_id, after, limit))

    return router
