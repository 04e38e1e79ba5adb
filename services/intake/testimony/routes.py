"""The HTTP door of testimony."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from services.intake.testimony import actions, model
from services.intake.testimony.model import Qualifier
from shared.contracts.fields import Id
from shared.web import Created, Door, Look, Post
from shared.work import Work

Topic = Annotated[str, Query(pattern="^[a-z_]{2,40}$")]


class ClaimBody(BaseModel):
    """A number that somebody published."""

    topic: str = Field(pattern="^[a-z_]{2,40}$")
    qualifier: Qualifier
    value: int = Field(ge=0)
    definition: str = Field(min_length=1, max_length=1000)
    as_of: date
    source: str = Field(min_length=1, max_length=500)
    verified: bool = False


class ClaimView(ClaimBody):
    """A claim in the ledger."""

    id: Id


class ClaimsView(BaseModel):
    """Claims on one topic side by side; `disagree` says whether their numbers differ."""

    claims: tuple[ClaimView, ...]
    disagree: bool


async def _record(work: Work, body: ClaimBody) -> Created:
    return Created(id=(await actions.record_claim(work, **body.model_dump())).id)


async def _see(work: Work, topic: str) -> ClaimsView:
    claims = await actions.see_claims(work, topic)
    views = tuple(ClaimView.model_validate(claim, from_attributes=True) for claim in claims)
    return ClaimsView(claims=views, disagree=model.disagree(claims))


def routes(door: Door) -> APIRouter:
    router = APIRouter(tags=["testimony"])

    @router.post("/claims", response_model=Created, status_code=201)
    async def record_claim(body: ClaimBody, call: Post) -> Response:
        return await door.act(call, lambda work: _record(work, body), 201)

    @router.get("/claims", response_model=ClaimsView)
    async def see_claims(topic: Topic, call: Look) -> Response:
        return await door.look(call, lambda work: _see(work, topic))

    return router
