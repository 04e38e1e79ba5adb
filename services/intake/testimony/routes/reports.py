"""The HTTP door of reports."""

from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.intake.testimony.actions import reports as actions
from services.intake.testimony.actions.reports import Seen
from services.intake.testimony.model.reports import Compiled, Plan, Report, State
from shared.contracts.fields import Id, Instant
from shared.web import Change, Door, Limit, Look, Page, Post
from shared.web.runs import RunView, run_view
from shared.work import Work

Topic = Annotated[str, Field(pattern="^[a-z_]{2,40}$")]


class PlanBody(BaseModel):
    """What a report is to be. topics: of claims that it shows side by side. as_of: nothing later is in it."""

    title: str = Field(min_length=1, max_length=200)
    introduction: str = Field(default="", max_length=10_000)
    topics: tuple[Topic, ...] = Field(default=(), max_length=20)
    as_of: Instant

    def plan(self) -> Plan:
        return Plan(self.title, self.introduction, self.topics, self.as_of)


class ReportBody(PlanBody):
    """earlier_id: the frozen report of which this is the next edition."""

    earlier_id: Id | None = None


class VerdictBody(BaseModel):
    """What the second person says."""

    approve: bool


class ReportView(PlanBody):
    """digest: SHA-256 of what was frozen; pdf_digest: of the PDF, once it is made. errata: how many statements that it
    uses were taken back or erased since it was frozen."""

    id: Id
    edition: int
    earlier_id: Id | None
    state: State
    proposed: bool
    created_by: Id
    frozen_at: Instant | None
    digest: str | None
    pdf_digest: str | None
    errata: int
    version: int


class TableView(BaseModel):
    """A table; of each row its name, its numbers and their total; `*` is all. Null is suppressed."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int | None, ...], ...]


class QuoteView(BaseModel):
    """What a witness said, masked, by pseudonym."""

    pseudonym: str
    language: str
    year: int
    original: str
    translation: str


class DraftView(BaseModel):
    """What a report would say if it were frozen now, with the digest of that."""

    id: Id
    title: str
    introduction: str
    edition: int
    as_of: str
    threshold: int
    witnesses: int | None
    left_out: int | None
    tables: tuple[TableView, ...]
    statements: tuple[QuoteView, ...]
    claims: tuple[dict[str, Any], ...]
    version: int


def view(seen: Seen) -> ReportView:
    it = seen.report
    named = ("id", "edition", "earlier_id", "state", "created_by", "frozen_at", "digest", "pdf_digest", "version")
    facts = {**vars(it.plan), **{name: getattr(it, name) for name in named}}
    proposed = it.state == "draft" and it.approval_id is not None
    return ReportView.model_validate({**facts, "proposed": proposed, "errata": seen.errata})


def draft_view(report: Report, found: Compiled) -> DraftView:
    return DraftView.model_validate({"id": report.id, "version": report.version, **found.content})


async def _plan(work: Work, body: ReportBody) -> ReportView:
    return view(await actions.plan(work, body.plan(), body.earlier_id))


async def _replan(work: Work, report_id: str, version: int, body: PlanBody) -> ReportView:
    return view(await actions.replan(work, report_id, version, body.plan()))


async def _propose(work: Work, report_id: str, version: int) -> ReportView:
    return view(await actions.propose_freezing(work, report_id, version))


async def _decide(work: Work, report_id: str, version: int, body: VerdictBody) -> ReportView:
    return view(await actions.decide_freezing(work, report_id, version, approve=body.approve))


async def _list(work: Work, after: str | None, limit: int) -> Page[ReportView]:
    return Page.from_slice(await actions.see_reports(work, after, limit), view)


async def _see(work: Work, report_id: str) -> ReportView:
    return view(await actions.see_report(work, report_id))


async def _draft(work: Work, report_id: str) -> DraftView:
    return draft_view(*await actions.see_draft(work, report_id))


async def _make_pdf(work: Work, report_id: str) -> RunView:
    return run_view(await actions.make_pdf(work, report_id))


_PDF = {
    "description": "The report.",
    "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
}

_NO_PDF = {"description": "It was not made yet, or it is not what was made."}


def routes(door: Door) -> APIRouter:
    router = APIRouter(tags=["testimony"])

    @router.post("/reports", response_model=ReportView, status_code=201)
    async def plan_report(body: ReportBody, call: Post) -> Response:
        return await door.act(call, lambda work: _plan(work, body), 201)

    @router.get("/reports", response_model=Page[ReportView])
    async def see_reports(call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _list(work, after, limit))

    @router.get("/reports/{report_id}", response_model=ReportView)
    async def see_report(report_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _see(work, report_id))

    @router.post("/reports/{report_id}", response_model=ReportView)
    async def replan_report(report_id: Id, body: PlanBody, call: Change) -> Response:
        return await door.act(call, lambda work: _replan(work, report_id, call.version, body))

    @router.get("/reports/{report_id}/draft", response_model=DraftView)
    async def see_draft(report_id: Id, call: Look) -> Response:
        """Compiled anew at every look: what was taken back is out of it at once."""
        return await door.look(call, lambda work: _draft(work, report_id))

    @router.post("/reports/{report_id}/freezing", response_model=ReportView)
    async def propose_freezing(report_id: Id, call: Change) -> Response:
        return await door.act(call, lambda work: _propose(work, report_id, call.version))

    @router.post("/reports/{report_id}/freezing/decision", response_model=ReportView)
    async def decide_freezing(report_id: Id, body: VerdictBody, call: Change) -> Response:
        """Agreed to, it is frozen, and its PDF is made."""
        return await door.act(call, lambda work: _decide(work, report_id, call.version, body))

    @router.post("/reports/{report_id}/pdf", response_model=RunView, status_code=202)
    async def make_pdf(report_id: Id, call: Post) -> Response:
        """Have it made, or made again and compared; the run says when it is there."""
        return await door.act(call, lambda work: _make_pdf(work, report_id), 202)

    @router.get("/reports/{report_id}/pdf", response_class=Response, responses={200: _PDF, 409: _NO_PDF})
    async def see_pdf(report_id: Id, call: Look) -> Response:
        return await door.hand_out(call, lambda work: actions.see_pdf(work, report_id))

    return router
