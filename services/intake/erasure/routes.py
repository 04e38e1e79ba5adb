"""The HTTP door of erasures."""

from datetime import date, datetime, timedelta

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.intake.erasure import actions
from services.intake.erasure.actions import Seen
from services.intake.erasure.model import State
from shared.contracts.fields import Id
from shared.web import Change, Door, Look, Post
from shared.work import Work


class ErasureBody(BaseModel):
    """Why somebody is to be erased, and which requests of their case are theirs; the last person takes all along."""

    reason: str = Field(min_length=1, max_length=2000)
    request_ids: tuple[Id, ...] = Field(default=(), max_length=100)


class DecisionBody(BaseModel):
    """Whether what was proposed is done."""

    approve: bool


class KeptView(BaseModel):
    """What would stay of the case, and whether it ends."""

    people: tuple[Id, ...]
    requests: tuple[Id, ...]
    case_ends: bool


class StepView(BaseModel):
    """What a service has done: keys destroyed, rows gone, rows looked at once more, its events purged."""

    service: str
    step: str
    at: datetime


class ErasureView(BaseModel):
    """An erasure: before it is decided what it would take, afterwards how far it has come. Never content.

    opens_nothing_after: the day after which no backup opens anything about the person; null while it is not known.
    """

    id: Id
    person_id: Id
    case_id: Id
    request_ids: tuple[Id, ...]
    state: State
    proposed_by: Id
    expires_at: datetime
    reason: str | None
    kept: KeptView | None
    erased_at: datetime | None
    done_at: datetime | None
    opens_nothing_after: date | None
    overdue: bool
    steps: tuple[StepView, ...]
    version: int


def view(seen: Seen) -> ErasureView:
    proposal, extent = seen.proposal, seen.extent
    kept = None
    if extent is not None:
        kept = KeptView(people=extent.kept_people, requests=extent.kept_requests, case_ends=extent.ends_case)
    return ErasureView(
        id=proposal.id,
        person_id=proposal.person_id,
        case_id=proposal.case_id,
        request_ids=proposal.requests,
        state=proposal.state,
        proposed_by=proposal.proposed_by,
        expires_at=proposal.expires_at,
        reason=seen.reason,
        kept=kept,
        erased_at=seen.erased_at,
        done_at=seen.done_at,
        opens_nothing_after=seen.opens_nothing_after,
        overdue=seen.overdue,
        steps=tuple(StepView(service=service, step=step, at=at) for service, step, at in seen.steps),
        version=proposal.version,
    )


async def _propose(work: Work, person_id: str, body: ErasureBody, needed: int) -> ErasureView:
    return view(await actions.propose_erasure(work, person_id, body.reason, body.request_ids, needed=needed))


async def _decide(work: Work, erasure_id: str, version: int, body: DecisionBody) -> ErasureView:
    return view(await actions.decide_erasure(work, erasure_id, version, approve=body.approve))


async def _see(work: Work, erasure_id: str, backups: timedelta) -> ErasureView:
    return view(await actions.see_erasure(work, erasure_id, backups))


def routes(door: Door, *, needed: int, backups: timedelta) -> APIRouter:
    """needed: how many must sign; backups: how long those of key stores and private keys are kept."""
    router = APIRouter(tags=["erasures"])

    @router.post("/people/{person_id}/erasures", response_model=ErasureView, status_code=201)
    async def propose_erasure(person_id: Id, body: ErasureBody, call: Post) -> Response:
        return await door.act(call, lambda work: _propose(work, person_id, body, needed), 201)

    @router.post("/erasures/{erasure_id}/decision", response_model=ErasureView)
    async def decide_erasure(erasure_id: Id, body: DecisionBody, call: Change) -> Response:
        return await door.act(call, lambda work: _decide(work, erasure_id, call.version, body))

    @router.get("/erasures/{erasure_id}", response_model=ErasureView)
    async def see_erasure(erasure_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _see(work, erasure_id, backups))

    return router
