"""The thread of who holds a receipt: read answers, write, add files, take back.

Rule: whoever comes with a code that opens nothing gets the same page after the same work, whatever the code was. What
was written with a page that was open for too long stays on the page that asks for the code again.
"""

import time
from collections.abc import Mapping

from fastapi import APIRouter, Request, Response

from services.intake.front_door.actions import visiting
from services.intake.front_door.actions.visiting import Visit
from services.intake.front_door.cleaning import clean
from services.intake.front_door.model import receipts
from services.intake.front_door.model.letters import TEXT, Kind
from services.intake.front_door.model.receipts import UnreadableError
from services.intake.front_door.routes.entrance import Language
from services.intake.front_door.routes.forms import BODY, FILE, Fields, with_file
from services.intake.front_door.routes.frame import Frame
from shared.clock import new_id
from shared.errors import Refusal, invalid, unavailable
from shared.pool import Limits
from shared.web.bodies import takes_up_to

CLEANING = Limits(seconds=20, memory=1024 * 1024 * 1024, most=16 * 1024 * 1024)
"""For making one file anew."""

WRITTEN: Mapping[str, Kind] = {"message": "message", "correction": "correction", "copy": "copy"}


def routes(frame: Frame) -> APIRouter:
    router = APIRouter()

    @router.get("/{language}/code")
    async def code(language: Language) -> Response:
        return _code(frame, language)

    @router.post("/{language}/thread")
    async def thread(language: Language, request: Request, fields: Fields) -> Response:
        try:
            visit, _ = await _visitor(frame, request, fields)
            return await _thread(frame, language, visit)
        except (UnreadableError, Refusal) as error:
            return _not_opened(frame, language, error, typed=fields.get("code", ""))

    @router.post("/{language}/thread/file")
    @takes_up_to(BODY)
    async def attach(language: Language, request: Request) -> Response:
        fields, content = await with_file(request)
        try:
            visit, form = await _visitor(frame, request, fields)
            media_type, cleaned = await _cleaned(frame, request, content)
            await visiting.attach(frame.counter, visit, form, language, media_type, cleaned, "")
            return await _thread(frame, language, visit, notice="file")
        except (UnreadableError, Refusal) as error:
            if isinstance(error, Refusal) and error.kind == "invalid":
                return await _thread(frame, language, visit, wrong=("file", error.code))
            return _not_opened(frame, language, error)

    @router.post("/{language}/thread/{what}")
    async def write(language: Language, what: str, request: Request, fields: Fields) -> Response:
        text = fields.get("text", "")
        try:
            visit, form = await _visitor(frame, request, fields)
            if what == "withdrawal":
                return await _withdraw(frame, language, visit, form, fields)
            if what not in WRITTEN:
                return await _thread(frame, language, visit)
            await visiting.write(frame.counter, visit, form, WRITTEN[what], language, text)
            return await _thread(frame, language, visit, notice=what)
        except (UnreadableError, Refusal) as error:
            if isinstance(error, Refusal) and error.kind == "invalid":
                return await _thread(frame, language, visit, wrong=(what, error.code), text=text)
            return _not_opened(frame, language, error, what, text, fields.get("code", ""))

    return router


async def _visitor(frame: Frame, request: Request, fields: Mapping[str, str]) -> tuple[Visit, str]:
    """Who it is, by a page of ours or by the code, and the id of the form that they send.

    Errors: UnreadableError; Refusal not_found, forbidden `form_over`, unavailable `busy`.
    """
    if "code" not in fields:
        return frame.visit(fields.get("visit", ""))
    await frame.have_patience(request)
    try:
        receipt = receipts.read(fields["code"])
        return await visiting.come_back(frame.counter, receipt, frame.source(request)), new_id()
    except Refusal as refusal:
        if refusal.kind == "not_found":
            frame.note(request)
        raise


async def _cleaned(frame: Frame, request: Request, content: bytes) -> tuple[str, bytes]:
    """The media type and the content of a file that was made anew.

    Errors: Refusal invalid `no_file`, `file_too_large`, `file_pdf`, `file_unknown`; unavailable `busy` in a surge
    and when too many of theirs wait.
    """
    if not content:
        raise invalid("no_file")
    if len(content) > FILE:
        raise invalid("file_too_large")
    if frame.surge.is_on(time.monotonic()):
        raise unavailable("busy")
    outcome = await frame.make_anew(request, clean, content, CLEANING)
    if outcome.state != "done":
        raise invalid(outcome.why if outcome.why == "file_pdf" else "file_unknown")
    media_type, _, cleaned = outcome.content.partition(b"\n")
    return media_type.decode(), cleaned


async def _withdraw(frame: Frame, language: str, visit: Visit, form: str, fields: Mapping[str, str]) -> Response:
    if fields.get("sure") != "yes":
        return await _thread(frame, language, visit, wrong=("withdrawal", "not_sure"))
    await visiting.withdraw(frame.counter, visit, form, language, fields.get("text", ""))
    return frame.page(language, "withdrawn.html")


async def _thread(
    frame: Frame,
    language: str,
    visit: Visit,
    *,
    notice: str | None = None,
    wrong: tuple[str, str] | None = None,
    text: str = "",
) -> Response:
    answers = await visiting.read(frame.counter, visit)
    facts = {"answers": answers, "wrong": wrong, "text": text, "most": TEXT // 2, "notice": notice}
    tokens = [frame.of_visit(visit) for _ in range(5)]
    return frame.page(language, "thread.html", 422 if wrong else 200, tokens=tokens, **facts)


def _not_opened(
    frame: Frame,
    language: str,
    error: UnreadableError | Refusal,
    what: str | None = None,
    text: str = "",
    typed: str = "",
) -> Response:
    """The page that asks for the code, with what was written. Errors: Refusal of any other kind."""
    if isinstance(error, UnreadableError):
        return _code(frame, language, 422, why="unreadable", word=error.word, what=what, text=text, typed=typed)
    if error.kind == "not_found":
        return _code(frame, language, 404, why="unknown", what=what, text=text)
    if error.kind in ("forbidden", "unavailable"):
        return _code(frame, language, 403 if error.kind == "forbidden" else 503, why=error.code, what=what, text=text)
    raise error


def _code(
    frame: Frame,
    language: str,
    status: int = 200,
    *,
    why: str | None = None,
    word: int | None = None,
    what: str | None = None,
    text: str = "",
    typed: str = "",
) -> Response:
    kept = what if what in ("message", "correction") else None
    facts = {"why": why, "word": word, "what": kept, "text": text, "typed": typed, "most": TEXT // 2}
    return frame.page(language, "code.html", status, place="/code" if status == 200 else None, **facts)
