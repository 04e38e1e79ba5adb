"""The HTTP door of cases as a whole."""

from fastapi import APIRouter, Response
from pydantic import BaseModel

from services.intake.cases.actions import lifecycle as actions
from services.intake.cases.model.lifecycle import Case, CaseState, Standing
from services.intake.cases.model.triage import Priority
from shared.contracts.fields import Id, Instant
from shared.web import Door, Limit, Look, Page
from shared.work import Work


class CaseView(BaseModel):
    """A case without what is personal; standing: how it rests, when it does."""

    id: Id
    code_name: str
    state: CaseState
    standing: Standing | None
    version: int


class CaseDetailsView(CaseView):
    """A case with its triage and plan; priority_expired: it was urgent once, and somebody has to look again."""

    priority: Priority | None
    priority_reason: str | None
    priority_expires_at: Instant | None
    priority_expired: bool
    goals: tuple[str, ...]


def view(case: Case) -> CaseView:
    return CaseView.model_validate(case, from_attributes=True)


async def _see(work: Work, case_id: str) -> CaseDetailsView:
    details = await actions.see_case(work, case_id)
    triage = details.triage
    return CaseDetailsView(
        **view(details.case).model_dump(),
        priority=None if triage is None else triage.priority,
        priority_reason=None if triage is None else triage.reason,
        priority_expires_at=None if triage is None else triage.expires_at,
        priority_expired=triage is not None and triage.expired(work.now),
        goals=details.goals,
    )


async def _list(work: Work, after: str | None, limit: int) -> Page[CaseView]:
    cases = [view(case) for case in await actions.see_cases(work, after, limit)]
    return Page.of(cases, limit, lambda case: case.id)


def routes(door: Door) -> APIRouter:
    router = APIRouter(tags=["cases"])

    @router.get("/cases", response_model=Page[CaseView])
    async def see_cases(call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _list(work, after, limit))

    @router.get("/cases/{case_id}", response_model=CaseDetailsView)
    async def see_case(case_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _see(work, case_id))

    return router
