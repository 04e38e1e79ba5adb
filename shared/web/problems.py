"""RFC 9457 problems: the one table from refusals to statuses.

Rule: a problem names a stable code and says in one sentence what to do; it never repeats the input, and never shows
a stack trace.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from shared.errors import Kind, Refusal
from shared.observability import correlation

MEDIA_TYPE = "application/problem+json"

STATUS: dict[Kind, int] = {
    "invalid": 422,
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "stale": 412,
    "unavailable": 503,
}


class Place(BaseModel):
    """Where in the request something is wrong, and what kind of wrong it is."""

    at: str
    problem: str


class Problem(BaseModel):
    """Why not. code: a stable word for machines; detail: one sentence for people; instance: the correlation id.

    your_version, present_version and present, what there is now, come with 412 for who may see it.
    """

    type: str
    title: str
    status: int
    code: str
    detail: str | None = None
    instance: str | None = None
    errors: list[Place] | None = None
    your_version: int | None = None
    present_version: int | None = None
    present: dict[str, Any] | None = None


class BadCall(Exception):  # noqa: N818 - a refusal of the HTTP contract itself
    """The call breaks the HTTP contract: a header is missing or malformed, or there are too many of them."""

    def __init__(self, status: int, code: str, detail: str, retry_after_s: int | None = None) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail
        self.retry_after_s = retry_after_s


def problem(
    status: int,
    code: str,
    detail: str = "",
    errors: Sequence[dict[str, Any]] = (),
    *,
    more: Mapping[str, Any] | None = None,
    retry_after_s: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """An `application/problem+json` answer. more: further members of the problem."""
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
    said = dict(headers or {})
    if retry_after_s is not None or status == 503:
        said["Retry-After"] = str(retry_after_s or 1)
    if status == 401:
        said["WWW-Authenticate"] = "Bearer"
    return JSONResponse({**body, **(more or {})}, status, said, MEDIA_TYPE)


def refusal_of(bad: BadCall) -> JSONResponse:
    """The answer to a call that breaks the contract."""
    return problem(bad.status, bad.code, bad.detail, retry_after_s=bad.retry_after_s)


def install(app: FastAPI, stale: Callable[[Request], Awaitable[JSONResponse]]) -> None:
    """Have every error of `app` answered as a problem. stale: the answer to a change of what had changed."""

    @app.exception_handler(Refusal)
    async def refused(request: Request, refusal: Refusal) -> JSONResponse:
        if refusal.kind == "stale":
            return await stale(request)
        return problem(STATUS[refusal.kind], refusal.code, refusal.detail)

    @app.exception_handler(BadCall)
    async def bad_call(_: Request, bad: BadCall) -> JSONResponse:
        return refusal_of(bad)

    @app.exception_handler(RequestValidationError)
    async def bad_input(_: Request, error: RequestValidationError) -> JSONResponse:
        places = [{"at": _at(e["loc"]), "problem": e["type"]} for e in error.errors()]
        return problem(422, "invalid_input", "The request does not have the promised shape.", places)

    @app.exception_handler(HTTPException)
    async def plain(_: Request, error: HTTPException) -> JSONResponse:
        return problem(error.status_code, HTTPStatus(error.status_code).name.lower(), headers=error.headers)


def _at(where: Sequence[int | str]) -> str:
    return ".".join(map(str, where))
