"""The HTTP door of verdicts: proposals, decisions, the second instance."""

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.intake.cases.actions import verdicts as actions
from services.intake.cases.actions.verdicts import Opinion
from services.intake.cases.model.verification import HeadCause, HeadReview, Mode, Proposal, Terms, Verdict
from services.intake.cases.routes.lifecycle import CaseView, view
from shared.contracts.fields import Id, Instant
from shared.web import Change, Door
from shared.work import Work


class VerdictBody(BaseModel):
    """What everything found together says, how it was verified, and why."""

    verdict: Verdict
    mode: Mode
    reason: str = Field(default="", max_length=4000)


class ProposalView(VerdictBody):
    """A verdict that waits for a second person; id: what the decision names."""

    id: Id
    case_id: Id
    proposed_by: Id
    expires_at: Instant


class HeadReviewView(BaseModel):
    """A verdict that waits for a head reviewer, why it does, and what the first reviewer said."""

    id: Id
    proposal: ProposalView
    cause: HeadCause
    reviewed_by: Id
    agreed: bool
    opinion: str
    expires_at: Instant


class DecisionBody(BaseModel):
    """What somebody says to the proposed verdict."""

    approval_id: Id
    approve: bool
    reason: str = Field(default="", max_length=4000)


def proposal_view(proposal: Proposal) -> ProposalView:
    said = {name: value for name, value in vars(proposal).items() if name != "terms"}
    return ProposalView.model_validate({**said, **vars(proposal.terms)})


def head_review_view(asked: HeadReview) -> HeadReviewView:
    return HeadReviewView(**{**vars(asked), "proposal": proposal_view(asked.proposal)})


async def _propose(work: Work, case_id: str, version: int, body: VerdictBody) -> ProposalView:
    return proposal_view(await actions.propose_verdict(work, case_id, version, Terms(**body.model_dump())))


async def _decide(work: Work, case_id: str, version: int, body: DecisionBody, percent: int) -> CaseView:
    said = Opinion(body.approve, body.reason)
    decided = await actions.decide_verification(work, case_id, version, body.approval_id, said, sample_percent=percent)
    return view(decided)


async def _decide_as_head(work: Work, case_id: str, version: int, body: DecisionBody) -> CaseView:
    said = Opinion(body.approve, body.reason)
    return view(await actions.decide_head_review(work, case_id, version, body.approval_id, said))


def routes(door: Door, *, sample_percent: int) -> APIRouter:
    router = APIRouter(tags=["cases"])

    @router.post("/cases/{case_id}/verification/proposal", response_model=ProposalView, status_code=201)
    async def propose(case_id: Id, body: VerdictBody, call: Change) -> Response:
        return await door.act(call, lambda work: _propose(work, case_id, call.version, body), 201)

    @router.post("/cases/{case_id}/verification/decision", response_model=CaseView)
    async def decide(case_id: Id, body: DecisionBody, call: Change) -> Response:
        return await door.act(call, lambda work: _decide(work, case_id, call.version, body, sample_percent))

    @router.post("/cases/{case_id}/verification/head-review", response_model=CaseView)
    async def decide_as_head(case_id: Id, body: DecisionBody, call: Change) -> Response:
        return await door.act(call, lambda work: _decide_as_head(work, case_id, call.version, body))

    return router
