"""The HTTP door of retention."""

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, BaseModel, Field

from services.intake.retention import actions
from services.intake.retention.actions import Seen
from services.intake.retention.model import DeletionState, Hold, Kind, Rules, State, Wait
from shared.access import Approval
from shared.contracts.fields import Id
from shared.web import Change, Door, Limit, Look, Page, Post
from shared.work import Work


class ReasonBody(BaseModel):
    """Why."""

    reason: str = Field(min_length=1, max_length=4000)


class DecisionBody(BaseModel):
    """What the second person says to what was proposed."""

    approval_id: Id
    approve: bool


class KeptView(BaseModel):
    """What is over and until when it is kept. waits: what keeps it longer; people: whom to erase when a case is due."""

    id: Id
    kind: Kind
    outcome: str
    ended_at: AwareDatetime
    until: AwareDatetime
    state: State
    held: bool
    waits: tuple[Wait, ...]
    people: tuple[Id, ...]


class HoldView(BaseModel):
    """A legal hold on a case or a request."""

    id: Id
    place_id: Id
    kind: Kind
    set_by: Id
    set_at: AwareDatetime
    lifted_at: AwareDatetime | None
    reason: str
    version: int


class SeenHoldView(HoldView):
    """A legal hold; lifting_reason: why somebody proposes to lift it, while that waits for a second person."""

    lifting_reason: str | None


class LiftingView(HoldView):
    """A hold that is proposed to be lifted; approval_id: what the decision names."""

    approval_id: Id
    expires_at: AwareDatetime


class DeletionView(BaseModel):
    """A deletion that waits for a second person, or is decided."""

    request_id: Id
    approval_id: Id
    proposed_by: Id
    expires_at: AwareDatetime
    state: DeletionState


def kept_view(seen: Seen) -> KeptView:
    kept = seen.kept
    about = {"id": kept.place_id, "held": seen.held, "waits": seen.waits, "people": seen.people}
    return KeptView.model_validate({**vars(kept), **about})


def hold_view(hold: Hold) -> HoldView:
    return HoldView.model_validate(vars(hold))


def deletion_view(approval: Approval) -> DeletionView:
    about = {"request_id": approval.subject_id, "approval_id": approval.id}
    return DeletionView.model_validate({**vars(approval), **about})


async def _list(work: Work, rules: Rules, after: str | None, limit: int) -> Page[KeptView]:
    return Page.from_slice(await actions.see_retention(work, rules, after, limit), kept_view)


async def _holds(work: Work, after: str | None, limit: int) -> Page[HoldView]:
    return Page.from_slice(await actions.see_holds(work, after, limit), hold_view)


async def _see_hold(work: Work, hold_id: str) -> SeenHoldView:
    hold, lifting_reason = await actions.see_hold(work, hold_id)
    return SeenHoldView.model_validate({**vars(hold), "lifting_reason": lifting_reason})


async def _set_hold(work: Work, place_id: str, kind: Kind, body: ReasonBody) -> HoldView:
    return hold_view(await actions.set_hold(work, place_id, kind, body.reason))


async def _propose_lifting(work: Work, hold_id: str, version: int, body: ReasonBody) -> LiftingView:
    hold, approval = await actions.propose_lifting(work, hold_id, version, body.reason)
    return LiftingView.model_validate({**vars(hold), "approval_id": approval.id, "expires_at": approval.expires_at})


async def _decide_lifting(work: Work, hold_id: str, version: int, body: DecisionBody) -> HoldView:
    return hold_view(await actions.decide_lifting(work, hold_id, version, body.approval_id, approve=body.approve))


async def _propose_deletion(work: Work, request_id: str, rules: Rules) -> DeletionView:
    return deletion_view(await actions.propose_deletion(work, request_id, rules))


async def _decide_deletion(work: Work, request_id: str, rules: Rules, body: DecisionBody) -> DeletionView:
    decided = await actions.decide_deletion(work, request_id, rules, body.approval_id, approve=body.approve)
    return deletion_view(decided)


def routes(door: Door, rules: Rules) -> APIRouter:
    router = APIRouter(tags=["retention"])
    router.include_router(_holding(door))

    @router.get("/retention", response_model=Page[KeptView])
    async def see_retention(call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _list(work, rules, after, limit))

    @router.post("/requests/{request_id}/deletion", response_model=DeletionView, status_code=201)
    async def propose_deletion(request_id: Id, call: Post) -> Response:
        return await door.act(call, lambda work: _propose_deletion(work, request_id, rules), 201)

    @router.post("/requests/{request_id}/deletion/decision", response_model=DeletionView, status_code=201)
    async def decide_deletion(request_id: Id, body: DecisionBody, call: Post) -> Response:
        return await door.act(call, lambda work: _decide_deletion(work, request_id, rules, body), 201)

    return router


def _holding(door: Door) -> APIRouter:
    router = APIRouter()

    @router.post("/cases/{case_id}/hold", response_model=HoldView, status_code=201)
    async def hold_case(case_id: Id, body: ReasonBody, call: Post) -> Response:
        return await door.act(call, lambda work: _set_hold(work, case_id, "case", body), 201)

    @router.post("/requests/{request_id}/hold", response_model=HoldView, status_code=201)
    async def hold_request(request_id: Id, body: ReasonBody, call: Post) -> Response:
        return await door.act(call, lambda work: _set_hold(work, request_id, "request", body), 201)

    @router.get("/holds", response_model=Page[HoldView])
    async def see_holds(call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _holds(work, after, limit))

    @router.get("/holds/{hold_id}", response_model=SeenHoldView)
    async def see_hold(hold_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _see_hold(work, hold_id))

    @router.post("/holds/{hold_id}/lifting", response_model=LiftingView, status_code=201)
    async def propose_lifting(hold_id: Id, body: ReasonBody, call: Change) -> Response:
        return await door.act(call, lambda work: _propose_lifting(work, hold_id, call.version, body), 201)

    @router.post("/holds/{hold_id}/lifting/decision", response_model=HoldView)
    async def decide_lifting(hold_id: Id, body: DecisionBody, call: Change) -> Response:
        return await door.act(call, lambda work: _decide_lifting(work, hold_id, call.version, body))

    return router
