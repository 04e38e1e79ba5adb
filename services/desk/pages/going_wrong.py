"""What goes wrong, as a page: what happened, in one clear sentence, and what to do next.

Rule: the answer of a service becomes a page with the same status; a sentence of the service is shown, a code is not. A
form that was refused comes back as it was typed, where its page still has it. A
token that a service refuses ends the session: another one for whoever it was taken from would undo that.
"""

import logging
import re
from collections.abc import Mapping

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from services.desk.clients import Problem, Silent, TokenRefusedError
from services.desk.pages.again import sent_again
from services.desk.pages.visit import Desk, SignedOutError
from services.desk.sessions import RefusedByIssuerError
from shared.errors import Refusal
from shared.web.problems import STATUS

log = logging.getLogger(__name__)

CASE = re.compile(r"/(cases|people|requests)/[0-9a-f]{32}")
PAGES = frozenset(
    (
        *(
            "board",
            "duties",
            "search",
            "requests",
            "new-request",
            "roster",
            "colleagues",
            "threads",
            "alerts",
            "approvals",
        ),
        *("transfers", "handovers", "reports", "claims", "imports", "interpreters", "caseloads", "retention"),
        *("parked", "figures"),
    )
)
"""Pages that stand by themselves, to which somebody is sent back."""

SAID = {400, 403, 404, 405, 409, 412, 413, 422, 428, 429, 500, 503}
"""The statuses that have a sentence of their own."""


def install(app: FastAPI) -> None:
    """Have every error of `app` answered by a page."""

    @app.exception_handler(SignedOutError)
    async def signed_out(request: Request, error: SignedOutError) -> Response:
        return _signed_out(request, error.to)

    @app.exception_handler(TokenRefusedError)
    async def refused_token(request: Request, _: TokenRefusedError) -> Response:
        await request.state.visit.end()
        return _signed_out(request, request.url.path)

    @app.exception_handler(RefusedByIssuerError)
    async def not_signed_in(request: Request, _: RefusedByIssuerError) -> Response:
        answer = _desk(request).page("sign_in_failed.html", 403)
        _desk(request).cookies.take_begun(answer)
        return answer

    @app.exception_handler(Problem)
    async def problem(request: Request, error: Problem) -> Response:
        wrong = {part: one.problem for one in error.errors for part in one.at.split(".")}
        return await _page(request, error.status, error.service, error.detail, wrong=wrong)

    @app.exception_handler(Silent)
    async def silent(request: Request, error: Silent) -> Response:
        return await _page(request, 503, error.service)

    @app.exception_handler(Refusal)
    async def refused(request: Request, error: Refusal) -> Response:
        return await _page(request, STATUS[error.kind], detail=error.detail, code=error.code)

    @app.exception_handler(RequestValidationError)
    async def misshapen(request: Request, error: RequestValidationError) -> Response:
        in_address = all(one["loc"][0] in {"path", "query"} for one in error.errors())
        wrong = {str(part): one["type"] for one in error.errors() for part in one["loc"]}
        return await _page(request, 404 if in_address else 422, wrong=wrong)

    @app.exception_handler(HTTPException)
    async def plain(request: Request, error: HTTPException) -> Response:
        return await _page(request, error.status_code)

    @app.exception_handler(Exception)
    async def broken(request: Request, _: Exception) -> Response:
        return await _page(request, 500)


def _signed_out(request: Request, to: str) -> Response:
    lost = "?lost=true" if request.method == "POST" else f"?to={to}"
    answer, cookies = RedirectResponse(f"/sign-in{lost}", 303), _desk(request).cookies
    if cookies.session(request) is not None:
        # Who follows a link from elsewhere comes without the Strict cookie, and keeps it.
        cookies.take_session(answer)
    return answer


async def _page(
    request: Request,
    status: int,
    service: str = "",
    detail: str = "",
    code: str = "",
    wrong: Mapping[str, str] | None = None,
) -> Response:
    """wrong: the kind of problem with what was sent, by what may be the name of a field."""
    desk, visit = _desk(request), getattr(request.state, "visit", None)
    words = desk.words.all["wrong"]
    sentence = words["codes"].get(code) or words["status"][str(status) if status in SAID else "500"]
    facts = {
        "title": words["titles"].get(str(status), words["titles"]["other"]),
        "sentence": sentence,
        "detail": "" if code in words["codes"] else detail,
        "service": service,
        "back": _whence(request.url.path),
    }
    again = await sent_again(request, status, desk.templates, facts, wrong or {})
    return again or (visit or desk).page("wrong.html", status, **facts)


def _whence(path: str) -> str:
    """The page that has the form that was sent to `path`, as far as that tells."""
    case = CASE.match(path)
    if case is not None:
        return case.group()
    first = path.split("/")[1]
    return f"/{first}" if first in PAGES else "/board"


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk
