"""Claims side by side, with what was checked and what was wrong; and reports, from a plan to the download."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Response

from services.desk.pages.visit import Visiting, see
from shared.contracts.fields import Id
from shared.errors import invalid

ITEMS = 50
TOPIC = "detained"
"""What is looked at first."""

Token = Annotated[str, Form()]
Version = Annotated[int, Form(ge=0)]
Topic = Annotated[str, Form(pattern="^[a-z_]{2,40}$")]
Short = Annotated[str, Form(max_length=500)]
Text = Annotated[str, Form(max_length=10_000)]


def plan_of(title: str, introduction: str, topics: str, as_of: str) -> dict[str, Any]:
    """What a report is to be, as intake takes it. topics: codes with commas between; as_of: by UTC.

    Errors: Refusal invalid for an instant that is none.
    """
    named = [it.strip() for it in topics.split(",") if it.strip()]
    try:
        at = datetime.fromisoformat(as_of).replace(tzinfo=UTC)
    except ValueError as error:
        raise invalid("no_time") from error
    return {"title": title, "introduction": introduction, "topics": named, "as_of": at.isoformat()}


def routes() -> APIRouter:
    router = APIRouter()
    router.include_router(_claims())
    router.include_router(_reports())
    return router


def _claims() -> APIRouter:
    router = APIRouter()

    @router.get("/claims")
    async def claims(
        visit: Visiting, topic: Annotated[str, Query(pattern="^[a-z_]{2,40}$")] = TOPIC, after: Id | None = None
    ) -> Response:
        page = await visit.reports.claims(topic, after, ITEMS)
        return visit.page("claims.html", topic=topic, claims=page, following=page.next, went_on=after is not None)

    @router.post("/claims")
    async def record(
        visit: Visiting,
        topic: Topic,
        qualifier: Short,
        value: Annotated[int, Form(ge=0)],
        definition: Annotated[str, Form(max_length=1000)],
        as_of: Short,
        source: Short,
        how_verified: Text = "",
        token: Token = "",
    ) -> Response:
        body = {"topic": topic, "qualifier": qualifier, "value": value, "definition": definition, "as_of": as_of}
        body |= {"source": source, "verified": bool(how_verified), "how_verified": how_verified}
        await visit.reports.record_claim(body, visit.key(token))
        return see(f"/claims?topic={topic}")

    @router.post("/claims/{claim_id}/verification")
    async def verify(
        visit: Visiting, claim_id: Id, topic: Topic, version: Version, how: Text, token: Token = ""
    ) -> Response:
        await visit.reports.change_claim(claim_id, "verification", {"how": how}, version, visit.key(token))
        return see(f"/claims?topic={topic}")

    @router.post("/claims/{claim_id}/errata")
    async def correct(
        visit: Visiting,
        claim_id: Id,
        topic: Topic,
        version: Version,
        note: Text,
        qualifier: Short = "exactly",
        value: Annotated[str, Form(pattern="^[0-9]{0,10}$")] = "",
        token: Token = "",
    ) -> Response:
        """value: what the number should have been; empty takes it back."""
        body = {"qualifier": qualifier, "value": int(value) if value else None, "note": note}
        await visit.reports.change_claim(claim_id, "errata", body, version, visit.key(token))
        return see(f"/claims?topic={topic}")

    return router


def _reports() -> APIRouter:
    router = APIRouter()

    @router.get("/reports")
    async def reports(visit: Visiting, after: Id | None = None) -> Response:
        page = await visit.reports.reports(after, ITEMS)
        return visit.page("reports.html", reports=page.items, following=page.next, went_on=after is not None)

    @router.post("/reports")
    async def plan(
        visit: Visiting,
        title: Short,
        as_of: Short,
        introduction: Text = "",
        topics: Short = "",
        earlier_id: Short = "",
        token: Token = "",
    ) -> Response:
        """earlier_id: the frozen report of which this is the next edition."""
        body = {**plan_of(title, introduction, topics, as_of), "earlier_id": earlier_id or None}
        made = await visit.reports.plan_report(body, visit.key(token))
        return see(f"/reports/{made.id}")

    @router.get("/reports/{report_id}")
    async def report(visit: Visiting, report_id: Id) -> Response:
        found = await visit.reports.report(report_id)
        draft = await visit.reports.draft(report_id) if found.state == "draft" else None
        return visit.page("report.html", report=found, draft=draft)

    @router.post("/reports/{report_id}")
    async def replan(
        visit: Visiting,
        report_id: Id,
        version: Version,
        title: Short,
        as_of: Short,
        introduction: Text = "",
        topics: Short = "",
        token: Token = "",
    ) -> Response:
        body = plan_of(title, introduction, topics, as_of)
        await visit.reports.replan_report(report_id, body, version, visit.key(token))
        return see(f"/reports/{report_id}")

    @router.post("/reports/{report_id}/freezing")
    async def freeze(visit: Visiting, report_id: Id, version: Version, token: Token = "") -> Response:
        await visit.reports.propose_freezing(report_id, version, visit.key(token))
        return see(f"/reports/{report_id}")

    @router.post("/reports/{report_id}/pdf")
    async def make(visit: Visiting, report_id: Id, token: Token = "") -> Response:
        await visit.reports.make_pdf(report_id, visit.key(token))
        return see(f"/reports/{report_id}")

    @router.get("/reports/{report_id}/pdf")
    async def pdf(visit: Visiting, report_id: Id) -> Response:
        headers = {"Content-Disposition": f'attachment; filename="report-{report_id[:8]}.pdf"'}
        return Response(await visit.reports.pdf(report_id), 200, headers, "application/pdf")

    return router
