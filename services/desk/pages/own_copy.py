"""What somebody may read of what is kept of them: their own copy; and what they want corrected in it.

Rule: a copy is made anew at every look and kept nowhere here; whoever gives it out reads it first, because others may
stand in what somebody wrote freely.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Form, Response

from services.desk.clients.people import Correction
from services.desk.pages.visit import Visit, Visiting, see
from services.desk.pages.words import Words
from shared.contracts.fields import Id

ID, CODE = re.compile("[0-9a-f]{32}"), re.compile("[a-z]+(_[a-z]+)+")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
NOTHING: tuple[Any, ...] = (None, "", {}, [])

Token = Annotated[str, Form()]
Version = Annotated[int, Form(ge=1)]
Short = Annotated[str, Form(max_length=200)]
Text = Annotated[str, Form(max_length=2000)]


async def show_corrections(visit: Visit, person_id: str) -> Response:
    """The open ones first. keeps: of what there is one of, what they keep from the others now."""
    person = await visit.intake.person(person_id)
    entries = await visit.intake.entries(person_id)
    holds = {entry.kind: entry.kept for entry in entries if entry.ended is None}
    corrections = await visit.intake.corrections(person_id)
    return visit.page(
        "corrections.html",
        person=person,
        corrections=sorted(corrections, key=_open_first),
        keeps={kind for kind, kept in holds.items() if kept},
    )


def readable(words: Words, kept: Any) -> Any:
    """What is kept as people read it: without ids and without what is empty, instants and codes in words."""
    if isinstance(kept, Mapping):
        told = {name.replace("_", " "): readable(words, inner) for name, inner in kept.items()}
        return {name: inner for name, inner in told.items() if inner not in NOTHING}
    if isinstance(kept, list):
        return [inner for inner in (readable(words, one) for one in kept) if inner not in NOTHING]
    if not isinstance(kept, str) or ID.fullmatch(kept):
        return None if isinstance(kept, str) else kept
    if INSTANT.match(kept):
        return words.instant(datetime.fromisoformat(kept))
    return kept.replace("_", " ") if CODE.fullmatch(kept) else kept


def _open_first(correction: Correction) -> bool:
    return correction.state != "open"


def routes() -> APIRouter:
    router = APIRouter()

    @router.get("/people/{person_id}/copy")
    async def see_copy(visit: Visiting, person_id: Id) -> Response:
        copy = await visit.intake.own_copy(person_id)
        left_out = copy.parts.get("left_out", ())
        words = visit.desk.words
        parts = {name: readable(words, kept) for name, kept in copy.parts.items() if name != "left_out"}
        return visit.page("own_copy.html", person_id=person_id, copy=copy, parts=parts, left_out=left_out)

    @router.get("/people/{person_id}/copy/file")
    async def fetch_copy(visit: Visiting, person_id: Id) -> Response:
        copy = await visit.intake.own_copy(person_id)
        content = orjson.dumps(copy.model_dump(), option=orjson.OPT_INDENT_2)
        headers = {"Content-Disposition": f'attachment; filename="copy-{person_id[:8]}.json"'}
        return Response(content, 200, headers, "application/json")

    @router.get("/people/{person_id}/corrections")
    async def see_corrections(visit: Visiting, person_id: Id) -> Response:
        return await show_corrections(visit, person_id)

    @router.post("/people/{person_id}/corrections")
    async def ask(
        visit: Visiting, person_id: Id, what: Short, value: Short = "", why: Text = "", token: Token = ""
    ) -> Response:
        body = {"what": what, "value": value, "why": why}
        await visit.intake.ask_correction(person_id, body, visit.key(token))
        return see(f"/people/{person_id}/corrections")

    @router.post("/people/{person_id}/corrections/{correction_id}/decision")
    async def decide(
        visit: Visiting,
        person_id: Id,
        correction_id: Id,
        version: Version,
        say: Short,
        answer: Text = "",
        kept: Annotated[bool, Form()] = False,
        token: Token = "",
    ) -> Response:
        accept = say == "yes"
        body: dict[str, Any] = {"accept": accept, "answer": answer, "kept": kept and accept}
        await visit.intake.decide_correction(correction_id, body, version, visit.key(token))
        return see(f"/people/{person_id}/corrections")

    return router
