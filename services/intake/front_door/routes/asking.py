"""Asking: the form, the receipt, the proof that it was kept, and only then the request."""

import time
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from services.intake.front_door.actions import visiting
from services.intake.front_door.actions.visiting import Draft
from services.intake.front_door.model import receipts
from services.intake.front_door.model.letters import CHANNELS, TEXT, Ask, check_text
from services.intake.front_door.routes.entrance import Language
from services.intake.front_door.routes.forms import Fields
from services.intake.front_door.routes.frame import Frame
from shared.errors import Refusal

TICKED = "yes"


def asked(fields: Mapping[str, str]) -> tuple[Ask | None, dict[str, str]]:
    """What the form says, and by field what is wrong with it."""
    contact = {name: fields.get(name, "") for name in ("handle", "hours", "cover")}
    ticks = {name: fields.get(name) == TICKED for name in ("read_by_others", "never_call")}
    said: dict[str, Any] = {
        "for_whom": fields.get("for_whom") or "self",
        "in_danger": fields.get("in_danger") == TICKED,
        "name": fields.get("name", ""),
        "country": fields.get("country", ""),
        "contact": {"channel": fields.get("channel") or "here", **contact, **ticks},
    }
    wrong: dict[str, str] = {}
    try:
        check_text(fields.get("story", ""))
    except Refusal as refusal:
        wrong["story"] = refusal.code
    try:
        return Ask.model_validate(said), wrong
    except ValidationError as error:
        return None, {**wrong, **{str(one["loc"][-1]): "too_long" for one in error.errors()}}


def routes(frame: Frame) -> APIRouter:
    router = APIRouter()

    @router.get("/{language}/ask")
    async def form(language: Language) -> Response:
        return _form(frame, language, {}, {})

    @router.post("/{language}/ask")
    async def ask(language: Language, request: Request, fields: Fields) -> Response:
        said, wrong = asked(fields)
        if said is None or wrong:
            return _form(frame, language, fields, wrong, 422)
        try:
            await frame.have_patience(request)
            draft = visiting.draft(language, said, fields["story"])
        except Refusal as refusal:
            status = 503 if refusal.kind == "unavailable" else 422
            return _form(frame, language, fields, {"story": refusal.code}, status)
        return _receipt(frame, language, draft)

    @router.post("/{language}/receipt")
    async def again(language: Language, fields: Fields) -> Response:
        return _receipt(frame, language, frame.draft(fields.get("draft", "")))

    @router.post("/{language}/receipt/kept")
    async def kept(language: Language, fields: Fields) -> Response:
        return _kept(frame, language, frame.draft(fields.get("draft", "")), wrong=False)

    @router.post("/{language}/receipt/sent")
    async def send(language: Language, request: Request, fields: Fields) -> Response:
        draft = frame.draft(fields.get("draft", ""))
        given = tuple(fields.get(f"word_{place + 1}", "") for place in receipts.ASKED)
        try:
            receipts.check_kept(draft.receipt, given, receipts.script_of(language))
        except Refusal:
            return _kept(frame, language, draft, wrong=True)
        try:
            visit = await visiting.send(frame.counter, draft, frame.source(request))
        except Refusal as refusal:
            if refusal.kind != "unavailable":
                raise
            return _kept(frame, language, draft, wrong=False, busy=True)
        frame.note(request)
        frame.surge.note(time.monotonic())
        return frame.page(language, "sent.html", visit=frame.of_visit(visit))

    return router


def _form(
    frame: Frame, language: str, fields: Mapping[str, str], wrong: Mapping[str, str], status: int = 200
) -> Response:
    facts = {"fields": fields, "wrong": wrong, "channels": CHANNELS, "most": TEXT // 2}
    return frame.page(language, "ask.html", status, place="/ask", **facts)


def _receipt(frame: Frame, language: str, draft: Draft) -> Response:
    words = draft.receipt.words(receipts.script_of(language))
    return frame.page(language, "receipt.html", words=words, draft=frame.of_draft(draft))


def _kept(frame: Frame, language: str, draft: Draft, *, wrong: bool, busy: bool = False) -> Response:
    status = 503 if busy else 422 if wrong else 200
    places = [place + 1 for place in receipts.ASKED]
    facts = {"places": places, "wrong": wrong, "busy": busy, "draft": frame.of_draft(draft)}
    return frame.page(language, "kept.html", status, **facts)
