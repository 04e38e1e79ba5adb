"""Letters of those who came through the front door: who waits for an answer, and each thread with its answers.

Rule: an answer is written to what was seen; when a letter or a colleague's answer came in between, it is shown first
and what was written stays. A file is saved, never shown in a page.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Response

from services.desk.clients import Problem
from services.desk.clients.intake import Person
from services.desk.clients.threads import Threads
from services.desk.pages.visit import Visit, Visiting, see
from shared.contracts.fields import Id

THREADS = 50
LONGEST = 15_000
ENDINGS = {"image/jpeg": "jpg", "image/png": "png"}


async def show(
    visit: Visit, request_id: str, *, stale: bool = False, refused: bool = False, text: str = ""
) -> Response:
    """A thread; stale: something came in between. refused: the answer is empty or too long. text: not sent yet."""
    threads = Threads(visit.intake)
    thread, letters = await threads.one(request_id), await threads.letters(request_id)
    group = () if thread.case_id is None or thread.state != "open" else await _people(visit, thread.case_id)
    status = 412 if stale else 422 if refused else 200
    not_sent = {"stale": stale, "refused": refused, "text": text}
    return visit.page(
        "thread.html", status, thread=thread, letters=letters, group=group, not_sent=not_sent, longest=LONGEST
    )


async def _people(visit: Visit, case_id: str) -> tuple[Person, ...]:
    """Those of the case, for who may see them."""
    try:
        return (await visit.intake.people(case_id)).people
    except Problem:
        return ()


def routes() -> APIRouter:
    router = APIRouter()

    @router.get("/threads")
    async def threads(visit: Visiting, every: bool = False, after: Id | None = None) -> Response:
        page = await Threads(visit.intake).waiting(after, THREADS, every=every)
        went_on = after is not None
        facts: dict[str, Any] = {"threads": page.items, "every": every, "following": page.next, "went_on": went_on}
        return visit.page("threads.html", **facts, code_names=await visit.code_names())

    @router.get("/threads/{request_id}")
    async def thread(visit: Visiting, request_id: Id) -> Response:
        return await show(visit, request_id)

    @router.post("/threads/{request_id}/answer")
    async def answer(
        visit: Visiting,
        request_id: Id,
        version: Annotated[int, Form(ge=0)],
        text: Annotated[str, Form()] = "",
        token: Annotated[str, Form()] = "",
    ) -> Response:
        key = visit.key(token)
        try:
            await Threads(visit.intake).answer(request_id, text, version, key)
        except Problem as problem:
            if problem.status not in (412, 422):
                raise
            return await show(visit, request_id, stale=problem.status == 412, refused=problem.status == 422, text=text)
        return see(f"/threads/{request_id}")

    @router.post("/threads/{request_id}/copy")
    async def send_copy(
        visit: Visiting,
        request_id: Id,
        version: Annotated[int, Form(ge=0)],
        person_id: Annotated[str, Form(pattern="^[0-9a-f]{32}$")],
        token: Annotated[str, Form()] = "",
    ) -> Response:
        await Threads(visit.intake).send_copy(request_id, person_id, version, visit.key(token))
        return see(f"/threads/{request_id}")

    @router.post("/threads/{request_id}/reading")
    async def mark_read(
        visit: Visiting, request_id: Id, version: Annotated[int, Form(ge=0)], token: Annotated[str, Form()] = ""
    ) -> Response:
        await Threads(visit.intake).mark_read(request_id, version, visit.key(token))
        return see(f"/threads/{request_id}")

    @router.get("/threads/files/{letter_id}")
    async def file(visit: Visiting, letter_id: Id) -> Response:
        media_type, content = await Threads(visit.intake).file(letter_id)
        name = f"{letter_id[:8]}.{ENDINGS.get(media_type, 'txt')}"
        headers = {"content-disposition": f"attachment; filename={name}"}
        return Response(content, 200, headers, "application/octet-stream")

    return router
