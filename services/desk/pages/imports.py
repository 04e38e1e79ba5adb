"""Lists from elsewhere: sent, tried out with every bad row, brought in; and a case as the form of a government.

Rule: of a bad row the page says which it is, what is wrong with it and why, never what it says.
"""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response

from services.desk.pages.visit import Visit, Visiting, see
from shared.contracts.fields import Id
from shared.errors import invalid
from shared.web.bodies import takes_up_to
from shared.web.uploads import FIELDS, Upload, read_upload

FORMS = ("csv", "globaleaks", "primero")
FILE = 2 * 1024 * 1024
"""Bytes of a list, as intake takes it."""

ITEMS = 50
BAD_ROWS = 100
TYPES = ("text/csv", "application/json")

Token = Annotated[str, Form()]
Version = Annotated[int, Form(ge=0)]
Short = Annotated[str, Form(max_length=40)]


async def send(visit: Visit, import_id: str, upload: Upload, key: str) -> None:
    """The file of a form; what a browser calls it otherwise is bytes. Errors: Refusal invalid when there is none."""
    if not upload.content:
        raise invalid("file_missing")
    media_type = upload.media_type if upload.media_type in TYPES else "application/octet-stream"
    await visit.imports.add_file(import_id, upload.content, media_type, key)


def routes() -> APIRouter:
    router = APIRouter()
    router.include_router(_lists())
    router.include_router(_form())
    return router


def _lists() -> APIRouter:
    router = APIRouter()

    @router.get("/imports")
    async def imports(visit: Visiting, after: Id | None = None) -> Response:
        page = await visit.imports.imports(after, ITEMS)
        return visit.page(
            "imports.html", imports=page.items, following=page.next, went_on=after is not None, forms=FORMS
        )

    @router.post("/imports")
    @takes_up_to(FILE + FIELDS)
    async def begin(visit: Visiting, request: Request) -> Response:
        upload = await read_upload(request, FILE)
        key = visit.key(upload.fields.get("token", ""))
        if not upload.content:
            raise invalid("file_missing")
        begun = await visit.imports.begin(upload.fields.get("form", ""), upload.fields.get("mapping", ""), key)
        await send(visit, begun.id, upload, f"{key}-file")
        return see(f"/imports/{begun.id}")

    @router.get("/imports/{import_id}")
    async def one(visit: Visiting, import_id: Id, after: Annotated[int, Query(ge=0)] = 0) -> Response:
        found = await visit.imports.one(import_id)
        tried = None
        if found.state == "open" and found.reading == "done":
            tried = await visit.imports.trial(import_id, after, BAD_ROWS)
        return visit.page("import.html", one=found, tried=tried, went_on=after > 0)

    @router.post("/imports/{import_id}/file")
    @takes_up_to(FILE + FIELDS)
    async def add_file(visit: Visiting, import_id: Id, request: Request) -> Response:
        upload = await read_upload(request, FILE)
        await send(visit, import_id, upload, visit.key(upload.fields.get("token", "")))
        return see(f"/imports/{import_id}")

    @router.post("/imports/{import_id}/run")
    async def run(visit: Visiting, import_id: Id, version: Version, token: Token = "") -> Response:
        await visit.imports.change(import_id, "run", version, visit.key(token))
        return see(f"/imports/{import_id}")

    @router.post("/imports/{import_id}/cancellation")
    async def drop(visit: Visiting, import_id: Id, version: Version, token: Token = "") -> Response:
        await visit.imports.change(import_id, "cancellation", version, visit.key(token))
        return see(f"/imports/{import_id}")

    return router


def _form() -> APIRouter:
    router = APIRouter()

    @router.get("/cases/{case_id}/resettlement-form")
    async def ask(visit: Visiting, case_id: Id) -> Response:
        case, group = await visit.intake.case(case_id), await visit.intake.people(case_id)
        return visit.page("resettlement.html", case=case, case_id=case_id, size=len(group.people), form=None)

    @router.post("/cases/{case_id}/resettlement-form")
    async def make(
        visit: Visiting,
        case_id: Id,
        case_size: Annotated[int, Form(ge=1, le=100)],
        submission_priority: Short,
        primary_category: Short,
        secondary_category: Short,
        as_csv: Annotated[bool, Form()] = False,
        token: Token = "",
    ) -> Response:
        body = {
            "case_size": case_size,
            "submission_priority": submission_priority,
            "primary_category": primary_category,
            "secondary_category": secondary_category,
            "as_csv": as_csv,
        }
        form = await visit.imports.form(case_id, body, visit.key(token))
        if form.csv is not None:
            headers = {"Content-Disposition": f'attachment; filename="case-{case_id[:8]}.csv"'}
            return Response(form.csv, 200, headers, "text/csv; charset=utf-8")
        case = await visit.intake.case(case_id)
        return visit.page("resettlement.html", case=case, case_id=case_id, size=form.case_size, form=form)

    return router
