"""The HTTP door of the ledger of claims."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from services.intake.testimony.actions import claims as actions
from services.intake.testimony.model.claims import Claim, Qualifier, Told
from shared.contracts.fields import Id
from shared.web import Change, Created, Door, Limit, Look, Page, Post
from shared.work import Work

MOST = 2_000_000_000
"""No count of people is larger, and the column holds no more."""

Topic = Annotated[str, Query(pattern="^[a-z_]{2,40}$")]


class ClaimBody(BaseModel):
    """A number that somebody published. how_verified: required of one that is verified."""

    topic: str = Field(pattern="^[a-z_]{2,40}$")
    qualifier: Qualifier
    value: int = Field(ge=0, le=MOST)
    definition: str = Field(min_length=1, max_length=1000)
    as_of: date
    source: str = Field(min_length=1, max_length=500)
    verified: bool = False
    how_verified: str = Field(default="", max_length=1000)


class VerificationBody(BaseModel):
    """How a number was checked."""

    how: str = Field(min_length=1, max_length=1000)


class ErratumBody(BaseModel):
    """What was wrong in a claim. value: what it should have been; null takes it back."""

    qualifier: Qualifier = "exactly"
    value: int | None = Field(ge=0, le=MOST)
    note: str = Field(min_length=1, max_length=1000)


class ErratumView(ErratumBody):
    """An erratum, behind its claim."""

    model_config = ConfigDict(from_attributes=True)

    id: Id
    at: datetime
    by: Id


class NumberView(BaseModel):
    """A number."""

    qualifier: Qualifier
    value: int


class ClaimView(ClaimBody):
    """A claim as it was recorded, and what was said of it since. present: the number that counts; null: taken back."""

    id: Id
    definition_version: int
    verified_by: Id | None
    verified_at: datetime | None
    recorded_by: Id
    recorded_at: datetime
    errata: tuple[ErratumView, ...]
    present: NumberView | None
    version: int


class ToldView(NumberView):
    """One of the different numbers on a topic, and the claims that tell it."""

    claims: tuple[Id, ...]


class ClaimsView(Page[ClaimView]):
    """Claims on one topic side by side; `disagree` says whether the numbers of all of them differ."""

    disagree: bool
    numbers: tuple[ToldView, ...]


class DefinitionView(BaseModel):
    """What is counted under a topic; number: the version."""

    number: int
    definition: str


class DefinitionsView(BaseModel):
    """All versions of what is counted under a topic."""

    topic: str
    definitions: tuple[DefinitionView, ...]


def view(claim: Claim) -> ClaimView:
    checked = claim.verification
    named = ("id", "topic", "value", "qualifier", "definition", "definition_version", "as_of", "source", "version")
    return ClaimView.model_validate(
        {
            **{name: getattr(claim, name) for name in (*named, "recorded_by", "recorded_at")},
            "verified": checked is not None,
            "how_verified": "" if checked is None else checked.how,
            "verified_by": None if checked is None else checked.by,
            "verified_at": None if checked is None else checked.at,
            "errata": tuple(ErratumView.model_validate(it) for it in claim.errata),
            "present": None if claim.number is None else dict(zip(("qualifier", "value"), claim.number, strict=True)),
        }
    )


def told_view(told: Told) -> ToldView:
    qualifier, value = told.number
    return ToldView(qualifier=qualifier, value=value, claims=told.claims)


async def _record(work: Work, body: ClaimBody) -> Created:
    what = body.model_dump(exclude={"how_verified"})
    return Created(id=(await actions.record_claim(work, **what, how=body.how_verified)).id)


async def _verify(work: Work, claim_id: str, version: int, body: VerificationBody) -> ClaimView:
    return view(await actions.verify_claim(work, claim_id, version, body.how))


async def _correct(work: Work, claim_id: str, version: int, body: ErratumBody) -> ClaimView:
    return view(await actions.correct_claim(work, claim_id, version, **body.model_dump()))


async def _see_one(work: Work, claim_id: str) -> ClaimView:
    return view(await actions.see_claim(work, claim_id))


async def _see(work: Work, topic: str, after: str | None, limit: int) -> ClaimsView:
    claims, told = await actions.see_claims(work, topic, after, limit)
    numbers = tuple(map(told_view, told))
    return ClaimsView(items=tuple(map(view, claims.items)), next=claims.next, disagree=len(told) > 1, numbers=numbers)


async def _definitions(work: Work, topic: str) -> DefinitionsView:
    found = await actions.see_definitions(work, topic)
    return DefinitionsView(topic=topic, definitions=tuple(DefinitionView(number=n, definition=it) for n, it in found))


def routes(door: Door) -> APIRouter:
    router = APIRouter(tags=["testimony"])

    @router.post("/claims", response_model=Created, status_code=201)
    async def record_claim(body: ClaimBody, call: Post) -> Response:
        return await door.act(call, lambda work: _record(work, body), 201)

    @router.get("/claims", response_model=ClaimsView)
    async def see_claims(topic: Topic, call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _see(work, topic, after, limit))

    @router.get("/claims/{claim_id}", response_model=ClaimView)
    async def see_claim(claim_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _see_one(work, claim_id))

    @router.post("/claims/{claim_id}/verification", response_model=ClaimView)
    async def verify_claim(claim_id: Id, body: VerificationBody, call: Change) -> Response:
        return await door.act(call, lambda work: _verify(work, claim_id, call.version, body))

    @router.post("/claims/{claim_id}/errata", response_model=ClaimView)
    async def correct_claim(claim_id: Id, body: ErratumBody, call: Change) -> Response:
        """Say what was wrong; the claim itself is never overwritten."""
        return await door.act(call, lambda work: _correct(work, claim_id, call.version, body))

    @router.get("/claim-definitions", response_model=DefinitionsView)
    async def see_definitions(topic: Topic, call: Look) -> Response:
        return await door.look(call, lambda work: _definitions(work, topic))

    return router
