"""The HTTP door of a person's own copy, and of corrections."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.intake.people.actions import corrections as actions
from services.intake.people.actions import own_copy
from services.intake.people.actions.corrections import Tell
from services.intake.people.actions.own_copy import Part
from services.intake.people.model.corrections import By, Correction, State, What, Wish
from shared.contracts.fields import Id
from shared.web import Change, Door, Limit, Look, Page, Post
from shared.work import Work


class WishBody(BaseModel):
    """What is to be corrected, to which value, and why."""

    what: What
    value: str = Field(default="", max_length=200)
    why: str = Field(min_length=1, max_length=2000)


class AnswerBody(BaseModel):
    """What the one who decides says to it. kept: what is entered, from the other members; left out, as what it corrects
    is."""

    accept: bool
    kept: bool | None = None
    answer: str = Field(min_length=1, max_length=2000)


class CorrectionView(WishBody):
    """A correction that was asked for, and what became of it."""

    id: Id
    person_id: Id
    asked_by: By
    asked_at: datetime
    state: State
    answer: str
    decided_by: Id | None
    decided_at: datetime | None
    version: int


class CopyView(BaseModel):
    """Everything that intake keeps of a person, by what keeps it."""

    person_id: Id
    made_at: datetime
    parts: dict[str, Any]


def view(correction: Correction) -> CorrectionView:
    return CorrectionView.model_validate({**vars(correction), **vars(correction.wish)})


async def _ask(work: Work, person_id: str, body: WishBody) -> CorrectionView:
    return view(await actions.ask(work, person_id, Wish(body.what, body.value, body.why)))


async def _decide(work: Work, correction_id: str, version: int, body: AnswerBody, tell: Tell) -> CorrectionView:
    decided = await actions.decide(work, correction_id, version, body.answer, tell, accept=body.accept, kept=body.kept)
    return view(decided)


async def _see(work: Work, correction_id: str) -> CorrectionView:
    return view(await actions.see_correction(work, correction_id))


async def _list(work: Work, person_id: str, after: str | None, limit: int) -> Page[CorrectionView]:
    return Page.from_slice(await actions.see_corrections(work, person_id, after, limit), view)


async def _copy(work: Work, person_id: str, parts: Mapping[str, Part]) -> CopyView:
    copy = await own_copy.give_copy(work, person_id, parts)
    return CopyView(person_id=person_id, made_at=work.now, parts=copy)


def routes(door: Door, parts: Mapping[str, Part], tell: Tell) -> APIRouter:
    """parts: what each slice keeps of a person, by its name. tell: how they hear what was decided."""
    router = APIRouter(tags=["people"])

    @router.get("/people/{person_id}/copy", response_model=CopyView)
    async def see_copy(person_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _copy(work, person_id, parts))

    @router.post("/people/{person_id}/corrections", response_model=CorrectionView, status_code=201)
    async def ask_correction(person_id: Id, body: WishBody, call: Post) -> Response:
        return await door.act(call, lambda work: _ask(work, person_id, body), 201)

    @router.get("/people/{person_id}/corrections", response_model=Page[CorrectionView])
    async def see_corrections(person_id: Id, call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _list(work, person_id, after, limit))

    @router.get("/corrections/{correction_id}", response_model=CorrectionView)
    async def see_correction(correction_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _see(work, correction_id))

    @router.post("/corrections/{correction_id}/decision", response_model=CorrectionView)
    async def decide_correction(correction_id: Id, body: AnswerBody, call: Change) -> Response:
        return await door.act(call, lambda work: _decide(work, correction_id, call.version, body, tell))

    return router
