"""The HTTP door of who is processed together."""

from datetime import date
from typing import Annotated, Self

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field, model_validator

from services.intake.cases.actions import families as actions
from services.intake.cases.model.families import Determination, Move, MoveState, Terms
from services.intake.people.routes import PersonBody
from shared.contracts.fields import Id, Instant
from shared.web import Change, Created, Door, Limit, Look, Page, Post
from shared.work import Work


class DeterminationBody(BaseModel):
    """That it is best for a minor to be parted. by: who determined it, a panel or an officer of it."""

    person_id: Id
    by: str = Field(min_length=1, max_length=200)
    on: date
    finding: str = Field(min_length=1, max_length=4000)


class MoveBody(BaseModel):
    """Who goes, and why. to_case_id: the case that they join; or code_name: of the new case that they become."""

    person_ids: Annotated[tuple[Id, ...], Field(min_length=1, max_length=30)]
    to_case_id: Id | None = None
    code_name: str | None = Field(default=None, min_length=1, max_length=40)
    reason: str = Field(min_length=1, max_length=2000)
    determinations: tuple[DeterminationBody, ...] = Field(default=(), max_length=30)

    @model_validator(mode="after")
    def one_of_both(self) -> Self:
        if (self.to_case_id is None) == (self.code_name is None):
            raise ValueError("name the case that they join, or the code name of a new one")
        return self

    def terms(self) -> Terms:
        determined = tuple(Determination(**dict(one)) for one in self.determinations)
        return Terms(tuple(sorted(self.person_ids)), self.code_name, self.reason, determined)


class MoveView(BaseModel):
    """A move that was proposed, with what became of it. to_case_id: null of a split that is not done."""

    id: Id
    case_id: Id
    to_case_id: Id | None
    approval_id: Id
    proposed_by: Id
    state: MoveState
    expires_at: Instant
    person_ids: tuple[Id, ...]
    code_name: str | None
    reason: str
    determinations: tuple[DeterminationBody, ...]
    version: int


class SayBody(BaseModel):
    """What the second person says."""

    approve: bool


def view(move: Move, terms: Terms) -> MoveView:
    determined = [DeterminationBody.model_validate(it, from_attributes=True) for it in terms.determinations]
    return MoveView.model_validate({**vars(move), **vars(terms), "determinations": determined, "version": move.version})


async def _add(work: Work, case_id: str, body: PersonBody) -> Created:
    return Created(id=(await actions.add_member(work, case_id, body.facts())).id)


async def _propose(work: Work, case_id: str, body: MoveBody) -> MoveView:
    return view(*await actions.propose_move(work, case_id, body.to_case_id, body.terms()))


async def _decide(work: Work, move_id: str, version: int, body: SayBody, following: actions.Following) -> MoveView:
    return view(*await actions.decide_move(work, move_id, version, following, approve=body.approve))


async def _see(work: Work, move_id: str) -> MoveView:
    return view(*await actions.see_move(work, move_id))


async def _list(work: Work, case_id: str, after: str | None, limit: int) -> Page[MoveView]:
    found = [view(*it) for it in await actions.see_moves(work, case_id, after, limit)]
    return Page.of(found, limit, lambda move: move.id)


def routes(door: Door, following: actions.Following) -> APIRouter:
    """following: what else goes along with who moves."""
    router = APIRouter(tags=["cases"])

    @router.post("/cases/{case_id}/people", response_model=Created, status_code=201)
    async def add_member(case_id: Id, body: PersonBody, call: Post) -> Response:
        return await door.act(call, lambda work: _add(work, case_id, body), 201)

    @router.post("/cases/{case_id}/moves", response_model=MoveView, status_code=201)
    async def propose_move(case_id: Id, body: MoveBody, call: Post) -> Response:
        return await door.act(call, lambda work: _propose(work, case_id, body), 201)

    @router.get("/cases/{case_id}/moves", response_model=Page[MoveView])
    async def see_moves(case_id: Id, call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _list(work, case_id, after, limit))

    @router.get("/moves/{move_id}", response_model=MoveView)
    async def see_move(move_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _see(work, move_id))

    @router.post("/moves/{move_id}/decision", response_model=MoveView)
    async def decide_move(move_id: Id, body: SayBody, call: Change) -> Response:
        return await door.act(call, lambda work: _decide(work, move_id, call.version, body, following))

    return router
