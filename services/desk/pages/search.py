"""The search: a form that is posted, and what was found on the page that answers it.

Rule: what somebody looks for is in no address, so neither in a history nor in a referrer.
"""

from typing import Annotated

from fastapi import APIRouter, Form, Response

from services.desk.pages.visit import Visiting
from shared.contracts.fields import Id

MAX_WORDS = 200


def routes() -> APIRouter:
    router = APIRouter()

    @router.get("/search")
    async def ask(visit: Visiting) -> Response:
        return visit.page("search.html", words="", found=None)

    @router.post("/search")
    async def search(
        visit: Visiting,
        words: Annotated[str, Form(max_length=MAX_WORDS)] = "",
        after: Annotated[Id | None, Form()] = None,
        token: Annotated[str, Form()] = "",
    ) -> Response:
        key = visit.key(token)
        found = await visit.finding.found(words, after, key) if words.strip() else None
        return visit.page("search.html", words=words, found=found)

    return router
