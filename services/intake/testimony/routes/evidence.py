"""The HTTP door of evidence and its chain of custody."""

from datetime import datetime

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.intake.testimony.actions import evidence as actions
from services.intake.testimony.model.evidence import Evidence, Looked
from shared.contracts.fields import Id
from shared.vault import Incoming
from shared.web import Change, Door, Limit, Look, Page, Post, Send
from shared.web.bodies import takes_up_to
from shared.web.runs import RunView, run_view
from shared.work import Work


class EvidenceBody(BaseModel):
    """Something that was received with a statement, and from whom."""

    description: str = Field(min_length=1, max_length=1000)
    received_from: str = Field(min_length=1, max_length=200)


class HandoverBody(BaseModel):
    """Who handed it to whom, and why."""

    given_by: str = Field(min_length=1, max_length=200)
    received_by: str = Field(min_length=1, max_length=200)
    reason: str = Field(min_length=1, max_length=1000)


class HandoverView(HandoverBody):
    """An entry of the chain of custody; link: SHA-256 over all entries up to it."""

    number: int
    at: datetime
    recorded_by: Id
    link: str


class EvidenceView(BaseModel):
    """digest: SHA-256 of the content as it came; copy_of: what it was made from, without metadata."""

    id: Id
    statement_id: Id
    description: str
    has_content: bool
    digest: str | None
    copy_of: Id | None
    version: int


class LookedView(EvidenceView):
    """Evidence as it was found now. *_intact: whether it is what was received, and whether no entry was changed."""

    content_intact: bool
    chain_intact: bool
    custody: tuple[HandoverView, ...]


def _facts(it: Evidence) -> dict[str, object]:
    named = {name: getattr(it, name) for name in ("id", "statement_id", "description", "digest", "copy_of", "version")}
    return {**named, "has_content": it.file_id is not None}


def view(it: Evidence) -> EvidenceView:
    return EvidenceView.model_validate(_facts(it))


def looked_view(looked: Looked) -> LookedView:
    found = {"content_intact": looked.content_intact, "chain_intact": looked.chain_intact}
    chain = tuple(HandoverView(**vars(it)) for it in looked.chain)
    return LookedView.model_validate({**_facts(looked.evidence), **found, "custody": chain})


async def _register(work: Work, statement_id: str, body: EvidenceBody) -> EvidenceView:
    return view(await actions.register(work, statement_id, body.description, body.received_from))


async def _keep(work: Work, evidence_id: str, incoming: Incoming) -> EvidenceView:
    return view(await actions.keep_content(work, evidence_id, incoming))


async def _hand_over(work: Work, evidence_id: str, version: int, body: HandoverBody) -> LookedView:
    facts = (body.given_by, body.received_by, body.reason)
    return looked_view(await actions.hand_over(work, evidence_id, version, facts))


async def _see(work: Work, evidence_id: str) -> LookedView:
    return looked_view(await actions.see(work, evidence_id))


async def _of_statement(work: Work, statement_id: str, after: str | None, limit: int) -> Page[EvidenceView]:
    return Page.from_slice(await actions.see_of_statement(work, statement_id, after, limit), view)


async def _copy(work: Work, evidence_id: str) -> RunView:
    return run_view(await actions.copy(work, evidence_id))


_BINARY = {media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in actions.CONTENT.begins}
_BODY = {"requestBody": {"required": True, "content": _BINARY}}
_CONTENT = {"description": "The content, as it was received.", "content": _BINARY}


def routes(door: Door) -> APIRouter:
    router = APIRouter(tags=["testimony"])

    @router.post("/statements/{statement_id}/evidence", response_model=EvidenceView, status_code=201)
    async def register_evidence(statement_id: Id, body: EvidenceBody, call: Post) -> Response:
        return await door.act(call, lambda work: _register(work, statement_id, body), 201)

    @router.get("/statements/{statement_id}/evidence", response_model=Page[EvidenceView])
    async def see_evidence_of_statement(
        statement_id: Id, call: Look, after: Id | None = None, limit: Limit = 50
    ) -> Response:
        return await door.look(call, lambda work: _of_statement(work, statement_id, after, limit))

    @router.get("/evidence/{evidence_id}", response_model=LookedView)
    async def see_evidence(evidence_id: Id, call: Look) -> Response:
        """The content is compared with its hash, and the chain of custody is walked, at every look."""
        return await door.look(call, lambda work: _see(work, evidence_id))

    @router.post("/evidence/{evidence_id}/content", response_model=EvidenceView, status_code=201, openapi_extra=_BODY)
    @takes_up_to(actions.CONTENT.most)
    async def keep_evidence(evidence_id: Id, call: Send) -> Response:
        """Keep the content, once; the body is the file."""
        return await door.take_in(
            call,
            actions.CONTENT,
            lambda work: actions.begin_content(work, evidence_id),
            lambda work, incoming: _keep(work, evidence_id, incoming),
        )

    @router.get("/evidence/{evidence_id}/content", response_class=Response, responses={200: _CONTENT})
    async def see_content(evidence_id: Id, call: Look) -> Response:
        return await door.hand_out(call, lambda work: actions.see_content(work, evidence_id))

    @router.post("/evidence/{evidence_id}/handovers", response_model=LookedView)
    async def hand_over(evidence_id: Id, body: HandoverBody, call: Change) -> Response:
        return await door.act(call, lambda work: _hand_over(work, evidence_id, call.version, body))

    @router.post("/evidence/{evidence_id}/copies", response_model=RunView, status_code=202)
    async def copy_evidence(evidence_id: Id, call: Post) -> Response:
        """Have a copy made without metadata; the run says when it is there."""
        return await door.act(call, lambda work: _copy(work, evidence_id), 202)

    return router
