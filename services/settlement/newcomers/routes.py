"""The HTTP door of newcomers."""

from datetime import date

from fastapi import APIRouter, Response
from pydantic import BaseModel

from services.settlement.newcomers import actions
from services.settlement.newcomers.model import Newcomer, Purpose
from shared.contracts.fields import Id
from shared.web import Door, Look
from shared.work import Work


class NewcomerView(BaseModel):
    """A person of the case; `consents` are the purposes that they consent to today.

    born_on: null for who does not work with the people.
    """

    id: Id
    principal: bool
    born_on: date | None
    country_of_danger: str
    consents: tuple[Purpose, ...]


class NewcomersView(BaseModel):
    """The members of a case, in intake's order, and how far intake's own part has come."""

    case_id: Id
    state: str
    newcomers: tuple[NewcomerView, ...]


def view(person: Newcomer, today: date, *, masked: bool) -> NewcomerView:
    live = tuple(sorted(purpose for purpose in person.consents if person.consents_to(purpose, today)))
    facts = person.facts
    return NewcomerView(
        id=person.id,
        principal=facts.principal,
        born_on=None if masked else facts.born_on,
        country_of_danger=facts.country_of_danger,
        consents=live,
    )


async def _of_case(work: Work, case_id: str) -> NewcomersView:
    seen = await actions.see_newcomers(work, case_id)
    newcomers = tuple(view(person, work.now.date(), masked=seen.masked) for person in seen.group)
    return NewcomersView(case_id=case_id, state=seen.state, newcomers=newcomers)


def routes(door: Door) -> APIRouter:
    router = APIRouter(tags=["newcomers"])

    @router.get("/cases/{case_id}/newcomers", response_model=NewcomersView)
    async def see_newcomers(case_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _of_case(work, case_id))

    return router
