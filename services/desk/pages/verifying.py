"""The verification of a case: what was found, side by side, who was heard, what is still missing, and the verdict."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from services.desk.clients import joined
from services.desk.pages.visit import Visiting, see
from shared.contracts.fields import Id
from shared.web.bodies import takes_up_to
from shared.web.uploads import FIELDS, read_upload

FILE = 5 * 1024 * 1024
"""Bytes of a file of an item, as intake takes it."""

Text = Annotated[str, Form(max_length=8000)]
Word = Annotated[str, Form(pattern="^[a-z_]{1,40}$")]
Token = Annotated[str, Form()]
Version = Annotated[int, Form(ge=0)]


def routes() -> APIRouter:
    router = APIRouter()

    @router.get("/cases/{case_id}/verification")
    async def verification(visit: Visiting, case_id: Id) -> Response:
        work = visit.casework
        case, seen, items = await work.case(case_id), await work.verification(case_id), await work.items(case_id)
        more = await joined({"interviews": work.interviews(case_id), "people": work.people(case_id)})
        by_id = {item.id: item for item in items}
        return visit.page("verifying.html", case=case, seen=seen, items=by_id, told=more.told, unanswered=more.missing)

    @router.post("/cases/{case_id}/verification/items")
    async def record_item(
        visit: Visiting,
        case_id: Id,
        kind: Word,
        supports: Word,
        result: Word,
        source: Text = "",
        note: Text = "",
        person_id: Annotated[str, Form(max_length=32)] = "",
        token: Token = "",
    ) -> Response:
        said = {"kind": kind, "supports": supports, "result": result, "source": source, "note": note}
        body = {**said, "person_id": person_id or None}
        await visit.casework.do(f"/cases/{case_id}/verification/items", visit.key(token), body)
        return see(f"/cases/{case_id}/verification")

    @router.post("/cases/{case_id}/verification/items/{item_id}/files")
    @takes_up_to(FILE + FIELDS)
    async def add_file(request: Request, visit: Visiting, case_id: Id, item_id: Id) -> Response:
        upload = await read_upload(request, FILE)
        key = visit.key(upload.fields.get("token", ""))
        await visit.casework.add_file(item_id, upload.content, upload.media_type, key)
        return see(f"/cases/{case_id}/verification")

    @router.get("/verification-files/{file_id}")
    async def file(visit: Visiting, file_id: Id) -> Response:
        media_type, content = await visit.casework.file(file_id)
        name = f"{file_id[:8]}.{media_type.rpartition('/')[2]}"
        headers = {"content-disposition": f"attachment; filename={name}"}
        return Response(content, 200, headers, "application/octet-stream")

    @router.post("/cases/{case_id}/verification/interviews")
    async def record_interview(
        visit: Visiting,
        case_id: Id,
        person_id: Annotated[Id, Form()],
        day: Annotated[str, Form(pattern=r"^\d{4}-\d{2}-\d{2}$")],
        time: Annotated[str, Form(pattern=r"^\d{2}:\d{2}$")],
        by: Word,
        interviewer: Text = "",
        language: Text = "",
        interpreter: Text = "",
        summary: Text = "",
        token: Token = "",
    ) -> Response:
        body = {
            "person_id": person_id,
            "held_at": f"{day}T{time}:00Z",
            "by": by,
            "interviewer": interviewer if by == "partner" else "",
            "language": language,
            "interpreter": interpreter,
            "summary": summary,
        }
        await visit.casework.do(f"/cases/{case_id}/verification/interviews", visit.key(token), body)
        return see(f"/cases/{case_id}/verification")

    @router.post("/cases/{case_id}/verification/proposal")
    async def propose(
        visit: Visiting,
        case_id: Id,
        verdict: Word,
        mode: Word,
        version: Version,
        reason: Text = "",
        token: Token = "",
    ) -> Response:
        body = {"verdict": verdict, "mode": mode, "reason": reason}
        await visit.casework.do(f"/cases/{case_id}/verification/proposal", visit.key(token), body, version)
        return see(f"/cases/{case_id}/verification")

    return router
