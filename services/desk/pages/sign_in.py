"""Signing in by way of the issuer, and signing out.

Rule: the session's cookie is Strict, and a browser that comes from the issuer's site would not send it along on a
redirect; so it is given on a page of ours, which goes on by itself.
"""

import re
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from services.desk.pages.visit import At, Visiting
from services.desk.sessions import RefusedByIssuerError
from services.desk.sessions.cookies import SIGN_IN_S

PAGES = re.compile(r"/|(?!/sign)(/[a-z0-9-]+){1,4}")
"""Paths of this desk; what begins with two slashes would lead elsewhere, and to sign out is nobody's wish."""


def page_of_ours(to: str) -> str:
    """Where to go after signing in: a page, or the first one."""
    return to if PAGES.fullmatch(to) else "/"


def routes() -> APIRouter:
    router = APIRouter()

    @router.get("/sign-in")
    async def sign_in(desk: At, to: str = "/", lost: bool = False) -> Response:
        return desk.page("sign_in.html", to=page_of_ours(to), lost=lost)

    @router.get("/sign-in/begin")
    async def begin(desk: At, to: str = "/") -> Response:
        url, begun = await desk.provider.begin(page_of_ours(to), SIGN_IN_S)
        answer = RedirectResponse(url, 303)
        desk.cookies.give_begun(answer, begun)
        return answer

    @router.get("/signed-in")
    async def signed_in(request: Request, desk: At) -> Response:
        begun = desk.cookies.begun(request)
        if begun is None:
            raise RefusedByIssuerError
        who, tokens = await desk.provider.complete(begun, request.query_params)
        value = await desk.sessions.begin(who.actor_id, who.name, who.refresh, tokens)
        answer = desk.page("signed_in.html", to=begun.to, name=who.name)
        desk.cookies.give_session(answer, value)
        desk.cookies.take_begun(answer)
        return answer

    @router.post("/sign-out")
    async def sign_out(visit: Visiting, token: Annotated[str, Form()] = "") -> Response:
        visit.key(token)
        await visit.end()
        answer = visit.desk.page("signed_out.html")
        visit.desk.cookies.take_session(answer)
        return answer

    return router
