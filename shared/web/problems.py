"""RFC 9457 problems: the one table from refusals to statuses.

Rule: a problem names a stable code and says in one sentence what to do; it never repeats the input, and never shows
a stack trace.
"""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from shared.errors import Kind, Refusal
from shared.observability import correlation

STATUS: dict[Kind, int] = {
    "invalid": 422,
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "stale": 412,
    "unavailable": 503,
}


class BadCall(Exception):  # noqa: N818 - a refusal of the HTTP contract itself
    """The call breaks the HTTP contract: a header is missing or malformed."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail


def problem(status: int, code: str, detail: str = "", errors: Sequence[dict[str, Any]] = ()) -> JSONResponse:
    """An `application/problem+json` answer."""
    body: dict[str, Any] = {
        "type": f"urn:lodestar:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
    }
    if detail:
        body["detail"] = detail
    if errors:
        body["errors"] = list(errors)
    if (present := correlation.get()) is not None:
        body["instance"] = f"urn:uuid:{present}"
    headers = {"Retry-After": "1"} if status == 503 else {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(body, status, headers, "application/problem+json")


def install(app: FastAPI) -> None:
    """Have every error of `app` answered as a problem."""

    @app.exception_handler(Refusal)
    async def refused(_: Request, refusal: Refusal) -> JSONResponse:
        return problem(STATUS[refusal.kind], refusal.code, refusal.detail)

    @app.exception_handler(BadCall)
    async def bad_call(_: Request, bad: BadCall) -> JSONResponse:
        return problem(bad.status, bad.code, bad.detail)

    @app.exception_handler(RequestValidationError)
    async def bad_input(_: Request, error: RequestValidationError) -> JSONResponse:
        places = [{"at": ".".join(map(str, e["loc"])), "problem": e["type"]} for e in error.errors()]
        return problem(422, "invalid_input", "The request does not have the promised shape.", places)

    @app.exception_handler(HTTPException)
    async def plain(_: Request, error: HTTPException) -> JSONResponse:
        return problem(error.status_code, HTTPStatus(error.status_code).name.lower())
