"""Makes a service's FastAPI application: routes, problems, limits, headers, health.

Rule: the correlation id of a request is on its log lines, its events and its answer; access logs name the route, not
the address.
"""

import logging
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from fastapi import APIRouter, FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from pydantic import AwareDatetime, BaseModel
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.access import TokenVerifier
from shared.clock import Clock, new_id
from shared.observability import correlation
from shared.web.problems import install, problem
from shared.work import Cause

log = logging.getLogger(__name__)

MAX_BODY_BYTES = 1024 * 1024
_CORRELATION = re.compile(rb"^[0-9a-f]{32}$")
_TRACEPARENT = re.compile(rb"^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")

SECURITY_HEADERS = [
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
]


class BodyTooLargeError(Exception):
    """More came than is read."""


Readiness = Callable[[], Awaitable[dict[str, bool]]]


class Ready(BaseModel):
    """The service can work; now: its domain time."""

    ready: bool = True
    now: AwareDatetime


def make_app(
    title: str,
    routers: Sequence[APIRouter],
    verifier: TokenVerifier,
    ready: Readiness,
    registry: CollectorRegistry,
    clock: Clock,
    lifespan: Any = None,
) -> FastAPI:
    """The application of one service."""
    app = FastAPI(
        title=f"Lodestar {title}",
        version="1",
        lifespan=lifespan,
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.verifier = verifier
    install(app)
    for router in routers:
        app.include_router(router)
    app.include_router(_health(ready, registry, clock))
    app.add_middleware(Envelope, registry=registry)
    return app


def _health(ready: Readiness, registry: CollectorRegistry, clock: Clock) -> APIRouter:
    router = APIRouter(tags=["health"])

    @router.get("/health/live")
    async def live() -> dict[str, str]:
        return {"status": "alive"}

    @router.get("/health/ready", response_model=Ready)
    async def readiness() -> Response:
        parts = await ready()
        if all(parts.values()):
            return Response(Ready(now=clock.now()).model_dump_json(), 200, media_type="application/json")
        missing = ", ".join(name for name, good in parts.items() if not good)
        return problem(503, "not_ready", f"Waiting for: {missing}.")

    @router.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return router


class Envelope:
    """What is around every request: cause, size limit, security headers, a log line, a measure."""

    def __init__(self, app: ASGIApp, registry: CollectorRegistry) -> None:
        self._app = app
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
        started, status = time.perf_counter(), 500

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                own = (b"x-correlation-id", cause.correlation_id.encode())
                message["headers"] = [*message["headers"], *SECURITY_HEADERS, own]
            await send(message)

        try:
            if _too_long(scope["headers"]):
                await problem(413, "body_too_large")(scope, receive, answer)
            else:
                await self._answer(scope, receive, answer)
        finally:
            self._measure(scope, status, time.perf_counter() - started)
            correlation.reset(token)

    async def _answer(self, scope: Scope, receive: Receive, answer: Send) -> None:
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await answer(message)

        try:
            await self._app(scope, _limited(receive), noting)
        except BodyTooLargeError:
            await problem(413, "body_too_large")(scope, receive, answer)
        except Exception as error:
            log.error("request failed: %s", type(error).__name__)
            if not begun:
                failed = problem(500, "internal_error", "Something went wrong on our side.")
                await failed(scope, receive, answer)

    def _measure(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "unknown")
        self._count.labels(scope["method"], route, status).inc()
        self._seconds.labels(route).observe(seconds)
        if not route.startswith("/health"):
            log.info("%s %s %s %.1f ms", scope["method"], route, status, seconds * 1000)


def _cause(headers: Sequence[tuple[bytes, bytes]]) -> Cause:
    sent = dict(headers)
    given = sent.get(b"x-correlation-id", b"")
    trace = sent.get(b"traceparent", b"")
    return Cause(
        given.decode() if _CORRELATION.match(given) else new_id(),
        None,
        trace.decode() if _TRACEPARENT.match(trace) else None,
    )


def _too_long(headers: Sequence[tuple[bytes, bytes]]) -> bool:
    length = dict(headers).get(b"content-length", b"0")
    return not length.isdigit() or int(length) > MAX_BODY_BYTES


def _limited(receive: Receive) -> Receive:
    """A body sent in pieces has the same limit."""
    seen = 0

    async def limited() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > MAX_BODY_BYTES:
            raise BodyTooLargeError
        return message

    return limited
