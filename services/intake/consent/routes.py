"""The HTTP door of consent."""

from datetime import date

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.intake.consent import actions
from services.intake.consent.model import Consent, Purpose
from shared.contracts.fields import Id
from shared.web import Change, Door, Look, Post
from shared.work import Work


class ConsentBody(BaseModel):
    """A consent as it was given; `proof` says how: spoken on which call, signed on which paper."""

    purpose: Purpose
    expires_on: date | None = None
    proof: str = Field(min_length=1, max_length=2000)


class ConsentView(BaseModel):
    """A consent of a person."""

    id: Id
    person_id: Id
    purpose: Purpose
    live: bool
    expires_on: date | None
    version: int


class ConsentsView(BaseModel):
    """All consents in a case, live and withdrawn."""

    consents: tuple[ConsentView, ...]


def view(consent: Consent, today: date) -> ConsentView:
    seen = ConsentView.model_validate(consent, from_attributes=True)
    return seen.model_copy(update={"live": consent.holds(today)})


async def _give(work: Work, person_id: str, body: ConsentBody) -> ConsentView:
    return view(await actions.give(work, person_id, body.purpose, body.expires_on, body.proof), work.now.date())


async def _withdraw(work: Work, consent_id: str, version: int) -> ConsentView:
    return view(await actions.withdraw(work, consent_id, version), work.now.date())


async def _of_case(work: Work, case_id: str) -> ConsentsView:
    today = work.now.date()
    return ConsentsView(consents=tuple(view(consent, today) for consent in await actions.see_consents(work, case_id)))


def routes(door: Door) -> APIRouter:
    router = APIRouter(tags=["consent"])

    @router.post("/people/{person_id}/consents", response_model=ConsentView, status_code=201)
    async def give(person_id: Id, body: ConsentBody, call: Post) -> Response:
        return await door.act(call, lambda work: _give(work, person_id, body), 201)

    @router.post("/consents/{consent_id}/withdrawal", response_model=ConsentView)
    async def withdraw(consent_id: Id, call: Change) -> Response:
        return await door.act(call, lambda work: _withdraw(work, consent_id, call.version))

    @router.get("/cases/{case_id}/consents", response_model=ConsentsView)
    async def see_consents(case_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _of_case(work, case_id))

    return router
