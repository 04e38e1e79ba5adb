"""The HTTP door of search: a POST, because what somebody looks for stands in no address.

Rule: the answer is not kept for a repeated request: a search changes nothing, and whoever asks again is shown what
they may see then.
"""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from services.intake.search import actions
from services.intake.search.model import AboutKind, Hit, Kind
from shared.contracts.fields import Id
from shared.web import Door, Page, Post
from shared.work import Work

Few = Annotated[int, Query(ge=1, le=50)]


class SearchBody(BaseModel):
    """A name in any script, of which two words or the only one count; a phone number, a handle or a code name."""

    words: str = Field(min_length=1, max_length=200)


class MatchView(BaseModel):
    """A term that was hit: as written, or as it may be meant."""

    kind: Kind
    said: str
    how: Literal["same", "alike"]


class HitView(BaseModel):
    """What was found; case_id and code_name: null for a request that is no case yet."""

    about: AboutKind
    id: Id
    case_id: Id | None
    code_name: str | None
    matches: tuple[MatchView, ...]


def view(hit: Hit) -> HitView:
    matches = (MatchView(kind=it.kind, said=it.said, how="same" if it.same else "alike") for it in hit.matches)
    about = hit.about
    return HitView(
        about=about.kind, id=about.id, case_id=about.case_id, code_name=hit.code_name, matches=tuple(matches)
    )


async def _search(work: Work, words: str, after: str | None, limit: int) -> Page[HitView]:
    return Page.from_slice(await actions.search(work, words, after, limit), view)


def routes(door: Door) -> APIRouter:
    router = APIRouter(tags=["search"])

    @router.post("/search", response_model=Page[HitView])
    async def search(body: SearchBody, call: Post, after: Id | None = None, limit: Few = 20) -> Response:
        return await door.look(call, lambda work: _search(work, body.words, after, limit))

    return router
