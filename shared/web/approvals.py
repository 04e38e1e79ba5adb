"""What waits for a second person, for the one who may be that person.

Rule: a list of ids and instants only; what is decided is read, and decided, at the slice that owns it. What the
policies would not let the caller decide is not listed, and answers as if it did not exist.
"""

from collections.abc import Sequence
from datetime import datetime

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from shared.access import Progress
from shared.access.approval_rows import State
from shared.approving import Act, act_of, progress, waiting
from shared.contracts.fields import Id
from shared.web.bodies import Limit, Page
from shared.web.calls import Look
from shared.web.door import Door
from shared.work import Work


class WaitingView(BaseModel):
    """What somebody proposed: `signed` of `needed` others have agreed."""

    id: Id
    kind: str
    subject_id: Id
    case_id: Id | None
    proposed_by: Id
    proposed_at: datetime
    expires_at: datetime
    needed: int
    signed: int
    decide_at: str = Field(description="The path where it is decided.")


class ApprovalView(WaitingView):
    """How far it came; used_at: when the act that was agreed to was done."""

    state: State
    decided_at: datetime | None
    used_at: datetime | None


def _facts(acts: Sequence[Act], found: Progress) -> dict[str, object]:
    approval = found.approval
    return {**vars(approval), "signed": found.signed, "decide_at": act_of(acts, approval).path(approval)}


async def see_waiting(work: Work, acts: Sequence[Act], after: str | None, limit: int) -> Page[WaitingView]:
    """What the caller may decide now."""
    items = [WaitingView.model_validate(_facts(acts, one)) for one in await waiting(work, acts, after, limit)]
    work.audit("see_approvals", subjects=[item.id for item in items])
    return Page.of(items, limit, lambda item: item.id)


async def see_approval(work: Work, acts: Sequence[Act], approval_id: str) -> ApprovalView:
    """Errors: Refusal not_found for who may not see what it is about."""
    found = await progress(work, acts, approval_id)
    work.audit("see_approval", case_id=found.approval.case_id, subjects=[approval_id])
    return ApprovalView.model_validate(_facts(acts, found))


def routes(door: Door, acts: Sequence[Act]) -> APIRouter:
    router = APIRouter(tags=["approvals"])

    @router.get("/approvals", response_model=Page[WaitingView])
    async def list_waiting(call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: see_waiting(work, acts, after, limit))

    @router.get("/approvals/{approval_id}", response_model=ApprovalView)
    async def one(approval_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: see_approval(work, acts, approval_id))

    return router
