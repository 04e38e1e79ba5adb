"""What is around every page: limits, headers, and a page of our own whatever goes wrong.

Rule: no line of a log, no measure and no header says that somebody was here: unlike a service, the front door writes
nothing down about a request, only by its type what failed. What it counts moves every ten minutes, together. A source
that fills the house is sent away itself: nobody else is refused for it (`places.py`).
"""

import asyncio
import logging
import time
from contextlib import AbstractAsyncContextManager, nullcontext

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, Response
from prometheus_client import CollectorRegistry, Counter
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.intake.front_door.model.letters import LANGUAGES
from services.intake.front_door.places import Places
from services.intake.front_door.routes.frame import Frame
from shared.errors import Refusal
from shared.settings import Limits
from shared.web.envelope import CONTENT_POLICY, NOTHING_LOADED, SECURITY_HEADERS, TLS_ONLY
from shared.web.problems import BadCall

log = logging.getLogger(__name__)

TOLD_EVERY_S = 600.0


class Told:
    """Counts that nobody can tell a single visit from: they move together, every ten minutes."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._pages = Counter("lodestar_door_pages", "Pages answered, told every ten minutes.", registry=registry)
        self._busy = Counter("lodestar_door_busy", "Pages refused as too many, told alike.", registry=registry)
        self._kept = [0, 0]
        self._told_at = time.monotonic()

    def note(self, status: int) -> None:
        self._kept[0] += 1
        self._kept[1] += status == 503
        if time.monotonic() - self._told_at >= TOLD_EVERY_S:
            self._pages.inc(self._kept[0])
            self._busy.inc(self._kept[1])
            self._kept, self._told_at = [0, 0], time.monotonic()


class Porch:
    """tls: the front door is reached by TLS alone."""

    def __init__(self, app: ASGIApp, frame: Frame, limits: Limits, told: Told, *, tls: bool) -> None:
        self._app = app
        self._frame = frame
        self._limits = limits
        self._told = told
        self._headers = [*SECURITY_HEADERS, *([TLS_ONLY] if tls else [])]
        self._places = Places(limits.at_once)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def answer(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                self._told.note(message["status"])
                said = message["headers"]
                policy = [] if any(name == CONTENT_POLICY for name, _ in said) else [NOTHING_LOADED]
                message["headers"] = [*said, *self._headers, *policy]
            await send(message)

        wrong = await self._answer(scope, receive, answer)
        if wrong is not None and not begun:
            await wrong(scope, receive, answer)

    async def _answer(self, scope: Scope, receive: Receive, answer: Send) -> Response | None:
        """Have the page made; returns what to say instead when it cannot be."""
        try:
            _check(scope, self._limits)
            async with self._place(scope), asyncio.timeout(self._limits.seconds):
                await self._app(scope, receive, answer)
        except Refusal:
            return _wrong(self._frame, scope, 503, "busy")
        except BadCall as bad:
            return _wrong(self._frame, scope, bad.status, "too_large" if bad.status == 413 else "unknown")
        except Exception as error:
            log.error("a page failed: %s", type(error).__name__)
            return _wrong(self._frame, scope, 500, "fault")
        return None

    def _place(self, scope: Scope) -> AbstractAsyncContextManager[None]:
        """Errors: as `Places.one`; probes of health need no place."""
        if scope["path"].startswith("/health/"):
            return nullcontext()
        return self._places.one(self._frame.source(Request(scope)))


def install(app: FastAPI, frame: Frame) -> None:
    """Have every error answered by a page that says nothing of what was sent."""

    @app.exception_handler(Refusal)
    async def refused(request: Request, refusal: Refusal) -> Response:
        if refusal.code == "form_over":
            return _wrong(frame, request.scope, 403, "form_over")
        if refusal.kind == "unavailable":
            return _wrong(frame, request.scope, 503, "busy")
        return _wrong(frame, request.scope, 404, "unknown")

    @app.exception_handler(RequestValidationError)
    async def no_such_page(request: Request, _: RequestValidationError) -> Response:
        return _wrong(frame, request.scope, 404, "unknown")

    @app.exception_handler(HTTPException)
    async def plain(request: Request, error: HTTPException) -> Response:
        return _wrong(frame, request.scope, error.status_code, "unknown")


def _check(scope: Scope, limits: Limits) -> None:
    """Errors: BadCall 414, 431."""
    if len(scope["raw_path"]) + len(scope["query_string"]) > limits.url_bytes:
        raise BadCall(414, "url_too_long", "")
    if sum(len(name) + len(value) for name, value in scope["headers"]) > limits.head_bytes:
        raise BadCall(431, "headers_too_large", "")


def _wrong(frame: Frame, scope: Scope, status: int, why: str) -> HTMLResponse:
    said = str(scope["path"]).split("/")[1:2]
    language = said[0] if said and said[0] in LANGUAGES else "en"
    return frame.page(language, "wrong.html", status, why=why)
