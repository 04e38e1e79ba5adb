"""The HTTP door of reveals."""

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.intake.people.actions import reveals as actions
from services.intake.people.model.reveals import Reveal, RevealState, RevealTerms
from services.intake.people.routes.people import IdentityView, identity_view
from shared.contracts.fields import Id, Instant
from shared.web import Door, Look, Post
from shared.work import Work


class ReasonBody(BaseModel):
    """Why somebody has to know who a person is."""

    reason: str = Field(min_length=1, max_length=2000)


class CustodianBody(BaseModel):
    """What a custodian says."""

    approve: bool


class RevealView(ReasonBody):
    """Who asked to know who a person is; until: how long they may look, once enough custodians agreed."""

    id: Id
    person_id: Id
    case_id: Id
    approval_id: Id
    asked_by: Id
    state: RevealState
    expires_at: Instant
    until: Instant | None


def reveal_view(reveal: Reveal, reason: str) -> RevealView:
    return RevealView(**vars(reveal), reason=reason)


async def _ask(work: Work, person_id: str, body: ReasonBody, terms: RevealTerms) -> RevealView:
    return reveal_view(await actions.ask_reveal(work, person_id, body.reason, terms), body.reason)


async def _sign(work: Work, reveal_id: str, body: CustodianBody, terms: RevealTerms) -> RevealView:
    return reveal_view(*await actions.sign_reveal(work, reveal_id, terms, approve=body.approve))


async def _see_reveal(work: Work, reveal_id: str) -> RevealView:
    return reveal_view(*await actions.see_reveal(work, reveal_id))


async def _identity(work: Work, person_id: str) -> IdentityView:
    return identity_view(*await actions.see_identity(work, person_id))


def routes(door: Door, terms: RevealTerms) -> APIRouter:
    router = APIRouter(tags=["people"])

    @router.post("/people/{person_id}/reveals", response_model=RevealView, status_code=201)
    async def ask_reveal(person_id: Id, body: ReasonBody, call: Post) -> Response:
        return await door.act(call, lambda work: _ask(work, person_id, body, terms), 201)

    @router.get("/reveals/{reveal_id}", response_model=RevealView)
    async def see_reveal(reveal_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _see_reveal(work, reveal_id))

    @router.post("/reveals/{reveal_id}/signatures", response_model=RevealView)
    async def sign_reveal(reveal_id: Id, body: CustodianBody, call: Post) -> Response:
        return await door.act(call, lambda work: _sign(work, reveal_id, body, terms))

    @router.get("/people/{person_id}/identity", response_model=IdentityView)
    async def see_identity(person_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _identity(work, person_id))

    return router
