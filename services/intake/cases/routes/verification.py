"""The HTTP door of verification: items, files and interviews."""

from typing import Any, get_args

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.intake.cases.actions import verification as actions
from services.intake.cases.model import verification as model
from services.intake.cases.model.verification import By, Claim, Finding, Interview, Item, ItemKind, ItemResult, Talk
from services.intake.cases.routes.verdicts import (
    HeadReviewView,
    ProposalView,
    VerdictBody,
    head_review_view,
    proposal_view,
)
from shared.contracts.fields import Id, Instant
from shared.vault import Incoming
from shared.web import Created, Door, Limit, Look, Page, Post, Send
from shared.web.bodies import takes_up_to
from shared.work import Work


class ItemBody(BaseModel):
    """What was checked, where it comes from, to which claim it speaks, and what it showed."""

    kind: ItemKind
    source: str = Field(min_length=1, max_length=500)
    supports: Claim
    result: ItemResult
    note: str = Field(default="", max_length=4000)
    person_id: Id | None = None


class FileView(BaseModel):
    """A file of an item; digest: SHA-256 of its content, in hex."""

    id: Id
    digest: str
    added_by: Id


class ItemView(ItemBody):
    """A recorded check; number: of the round of verification it belongs to."""

    id: Id
    source: str
    recorded_by: Id
    number: int
    files: tuple[FileView, ...]


class InterviewBody(BaseModel):
    """An interview as it was held: by a member of staff, who records it unless named, or by a partner's interviewer, in
    the partner's word for them."""

    person_id: Id
    held_at: Instant
    by: By
    interviewer_id: Id | None = None
    interviewer: str = Field(default="", max_length=120)
    language: str = Field(default="", max_length=60)
    interpreter: str = Field(default="", max_length=120)
    summary: str = Field(min_length=1, max_length=8000)


class InterviewView(InterviewBody):
    """An interview that was written down."""

    id: Id
    recorded_by: Id
    number: int


class ClaimView(BaseModel):
    """What speaks for a claim and against it, side by side, by the ids of the items."""

    claim: Claim
    verified: tuple[Id, ...]
    refuted: tuple[Id, ...]
    unverifiable: tuple[Id, ...]
    contradicted: bool


class MissingView(BaseModel):
    """What each way to verify still needs, as codes."""

    self: tuple[str, ...]
    partner: tuple[str, ...]
    co_verification: tuple[str, ...]


class DecidedView(VerdictBody):
    """A verdict that counted. carried: from the case that this one was split off from, without why."""

    at: Instant
    carried: bool


class VerificationView(BaseModel):
    """How far a verification has come, and what waits for somebody; the version is the case's. decided: the verdicts
    that counted, oldest first."""

    decided: tuple[DecidedView, ...]
    claims: tuple[ClaimView, ...]
    interviewers: int
    missing: MissingView
    proposal: ProposalView | None
    head_review: HeadReviewView | None
    version: int


def item_view(item: Item) -> ItemView:
    files = [vars(file) for file in item.files]
    return ItemView.model_validate({**vars(item), **vars(item.finding), "files": files})


def interview_view(interview: Interview) -> InterviewView:
    return InterviewView.model_validate({**vars(interview), **vars(interview.talk)})


def verification_view(seen: actions.Verification) -> VerificationView:
    evidence = seen.evidence
    lacking = {mode: model.missing(mode, "verified", evidence) for mode in model.NEEDS}
    return VerificationView(
        decided=tuple(DecidedView(**vars(it.terms), at=it.at, carried=it.carried) for it in seen.decided),
        claims=_claims(evidence),
        interviewers=evidence.counted()["interviewers"],
        missing=MissingView(**lacking),
        proposal=None if seen.proposal is None else proposal_view(seen.proposal),
        head_review=None if seen.head_review is None else head_review_view(seen.head_review),
        version=seen.version,
    )


def _claims(evidence: model.Evidence) -> tuple[ClaimView, ...]:
    contradicted = evidence.contradicted()
    claims = sorted({item.finding.supports for item in evidence.items})
    return tuple(
        ClaimView(claim=claim, contradicted=claim in contradicted, **_by_result(evidence, claim)) for claim in claims
    )


def _by_result(evidence: model.Evidence, claim: Claim) -> dict[str, Any]:
    about = [item for item in evidence.items if item.finding.supports == claim]
    return {result: tuple(it.id for it in about if it.finding.result == result) for result in get_args(ItemResult)}


async def _record(work: Work, case_id: str, body: ItemBody) -> Created:
    return Created(id=(await actions.record_item(work, case_id, Finding(**body.model_dump()))).id)


async def _record_interview(work: Work, case_id: str, body: InterviewBody) -> Created:
    return Created(id=(await actions.record_interview(work, case_id, Talk(**body.model_dump()))).id)


async def _items(work: Work, case_id: str, after: str | None, limit: int) -> Page[ItemView]:
    return Page.from_slice(await actions.see_items(work, case_id, after, limit), item_view)


async def _interviews(work: Work, case_id: str, after: str | None, limit: int) -> Page[InterviewView]:
    return Page.from_slice(await actions.see_interviews(work, case_id, after, limit), interview_view)


async def _verification(work: Work, case_id: str) -> VerificationView:
    return verification_view(await actions.see_verification(work, case_id))


async def _add_file(work: Work, item_id: str, incoming: Incoming) -> FileView:
    return FileView.model_validate(await actions.add_file(work, item_id, incoming), from_attributes=True)


_BINARY = {media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in actions.FILES.begins}
_FILE_BODY = {"requestBody": {"required": True, "content": _BINARY}}
_FILE_CONTENT = {"description": "The content of the file.", "content": _BINARY}


def routes(door: Door) -> APIRouter:
    router = APIRouter(tags=["cases"])

    @router.get("/cases/{case_id}/verification", response_model=VerificationView)
    async def see_verification(case_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _verification(work, case_id))

    @router.post("/cases/{case_id}/verification/items", response_model=Created, status_code=201)
    async def record_item(case_id: Id, body: ItemBody, call: Post) -> Response:
        return await door.act(call, lambda work: _record(work, case_id, body), 201)

    @router.get("/cases/{case_id}/verification/items", response_model=Page[ItemView])
    async def see_items(case_id: Id, call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _items(work, case_id, after, limit))

    @router.post("/cases/{case_id}/verification/interviews", response_model=Created, status_code=201)
    async def record_interview(case_id: Id, body: InterviewBody, call: Post) -> Response:
        return await door.act(call, lambda work: _record_interview(work, case_id, body), 201)

    @router.get("/cases/{case_id}/verification/interviews", response_model=Page[InterviewView])
    async def see_interviews(case_id: Id, call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _interviews(work, case_id, after, limit))

    @router.post(
        "/verification-items/{item_id}/files", response_model=FileView, status_code=201, openapi_extra=_FILE_BODY
    )
    @takes_up_to(actions.FILES.most)
    async def add_file(item_id: Id, call: Send) -> Response:
        """Keep a file with the item; the body is the file."""
        return await door.take_in(
            call,
            actions.FILES,
            lambda work: actions.begin_file(work, item_id),
            lambda work, incoming: _add_file(work, item_id, incoming),
        )

    @router.get("/verification-files/{file_id}", response_class=Response, responses={200: _FILE_CONTENT})
    async def see_file(file_id: Id, call: Look) -> Response:
        """The file, as it was sent."""
        return await door.hand_out(call, lambda work: actions.see_file(work, file_id))

    return router
