"""What is around every request: its cause, the limits of the service, security headers, a log line, a measure.

Rule: whatever happens inside, the answer is an HTTP answer with all security headers, and it begins in time; logs and
measures name the route as it is declared, never the address.
"""

import asyncio
import logging
import re
import time
from collections.abc import Sequence
from typing import cast

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.access import Actor
from shared.clock import new_id
from shared.errors import Refusal
from shared.observability import correlation
from shared.settings import Limits
from shared.web.limits import Callers
from shared.web.problems import BadCall, problem, refusal_of
from shared.web.routing import told_of
from shared.work import Cause

log = logging.getLogger(__name__)

_CORRELATION = re.compile(rb"^[0-9a-f]{32}$")
_TRACEPARENT = re.compile(rb"^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

CONTENT_POLICY = b"content-security-policy"
SECURITY_HEADERS = [
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), browsing-topics=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-embedder-policy", b"require-corp"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
NOTHING_LOADED = (CONTENT_POLICY, b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
TLS_ONLY = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")


class Envelope:
    """tls: the service is reached by TLS alone, and browsers are told so."""

    def __init__(
        self, app: ASGIApp, registry: CollectorRegistry, limits: Limits, callers: Callers, *, tls: bool
    ) -> None:
        self._app = app
        self._limits = limits
        self._callers = callers
        self._headers = [*SECURITY_HEADERS, TLS_ONLY] if tls else SECURITY_HEADERS
        self._present = 0
        labels = ("method", "route", "status")
        self._count = Counter("lodestar_http_requests", "Requests answered.", labels, registry=registry)
        self._seconds = Histogram("lodestar_http_seconds", "Time to answer.", ("route",), registry=registry)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        cause = _cause(scope["headers"])
        scope["lodestar.cause"] = cause
        token = correlation.set(cause.correlation_id)
        started, status, present = time.perf_counter(), 500, 1

        async def answer(message: Message) -> None:
            nonlocal status, present
            if message["type"] == "http.response.start":
                status = message["status"]
                if present and "lodestar.stream" in scope:
                    # What stays open has an end of its own, per actor.
                    self._present, present = self._present - 1, 0
                self._put_headers(message, cause)
            await send(message)

        self._present += 1
        try:
            self._check(scope)
            await self._count_caller(scope)
            await self._answer(scope, receive, answer)
        except BadCall as bad:
            await refusal_of(bad)(scope, receive, answer)
        finally:
            self._present -= present
            if "lodestar.stream" in scope:
                self._callers.let_go(scope["lodestar.stream"])
            self._measure(scope, status, time.perf_counter() - started)
            correlation.reset(token)

    def _check(self, scope: Scope) -> None:
        """Errors: BadCall 414, 431, 429, 503; probes of health are always answered."""
        headers = scope["headers"]
        if len(scope["raw_path"]) + len(scope["query_string"]) > self._limits.url_bytes:
            raise BadCall(414, "url_too_long", "Ask with a shorter address.")
        if sum(len(name) + len(value) for name, value in headers) > self._limits.head_bytes:
            raise BadCall(431, "headers_too_large", "Send fewer or shorter headers.")
        if scope["path"].startswith("/health/"):
            return
        if self._present > self._limits.at_once:
            raise BadCall(503, "busy", "Too much at once; try again.", retry_after_s=1)

    async def _count_caller(self, scope: Scope) -> None:
        """Errors: BadCall 429."""
        if scope["path"].startswith("/health/"):
            return
        try:
            self._callers.public(scope)
        except BadCall:
            # Only then is it worth to look at the token before anything else.
            scope["lodestar.actor"] = actor = await _actor(scope)
            if actor is None:
                raise
            self._callers.actor(actor.id)

    async def _answer(self, scope: Scope, receive: Receive, answer: Send) -> None:
        begun = False
        try:
            async with asyncio.timeout(self._limits.seconds) as patience:

                async def hearing() -> Message:
                    message = await receive()
                    # A file may take long, as long as its next piece comes in time.
                    if not begun and scope.get("lodestar.file"):
                        patience.reschedule(asyncio.get_running_loop().time() + self._limits.seconds)
                    return message

                async def noting(message: Message) -> None:
                    nonlocal begun
                    if not begun:
                        begun = True
                        patience.reschedule(None)
                    await answer(message)

                await self._app(scope, hearing, noting)
        except BadCall:
            raise
        except Exception as error:
            late = isinstance(error, TimeoutError) and patience.expired()
            log.error("request failed: %s", "late" if late else type(error).__name__)
            if not begun:
                failed = (503, "late") if late else (500, "internal_error", "Something went wrong on our side.")
                await problem(*failed)(scope, receive, answer)

    def _put_headers(self, message: Message, cause: Cause) -> None:
        own = (b"x-correlation-id", cause.correlation_id.encode())
        said = message["headers"]
        # A page may say what it loads; whoever says nothing loads nothing.
        policy = [] if any(name == CONTENT_POLICY for name, _ in said) else [NOTHING_LOADED]
        message["headers"] = [*said, *self._headers, *policy, own]

    def _measure(self, scope: Scope, status: int, seconds: float) -> None:
        route = told_of(scope.get("route"))
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._count.labels(method, route, status).inc()
        self._seconds.labels(route).observe(seconds)
        if not route.startswith("/health"):
            log.info("%s %s %s %.1f ms", method, route, status, seconds * 1000)


async def _actor(scope: Scope) -> Actor | None:
    """Whose token comes along, where tokens are taken and when it holds."""
    verifier = getattr(scope["app"].state, "verifier", None)
    scheme, _, token = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1").partition(" ")
    if verifier is None or scheme.lower() != "bearer":
        return None
    try:
        return cast(Actor, await verifier.verify(token))
    except Refusal:
        return None


def _cause(headers: Sequence[tuple[bytes, bytes]]) -> Cause:
    sent = dict(headers)
    given = sent.get(b"x-correlation-id", b"")
    trace = sent.get(b"traceparent", b"")
    return Cause(
        given.decode() if _CORRELATION.match(given) else new_id(),
        None,
        trace.decode() if _TRACEPARENT.match(trace) else None,
    )
