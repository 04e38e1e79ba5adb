"""The HTTP door of people."""

from datetime import date

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.intake.people import actions
from services.intake.people.model import Facts, Person
from shared.contracts.fields import Id
from shared.web import Door, Look
from shared.work import Work


class PersonBody(BaseModel):
    """A person as they and their papers tell."""

    name_in_use: str = Field(min_length=1, max_length=200)
    pronouns: str = Field(default="", max_length=40)
    name_on_papers: str = Field(default="", max_length=200)
    born_on: date
    country_of_danger: str = Field(pattern="^[A-Z]{2}$")
    languages: tuple[str, ...] = Field(default=(), max_length=20)

    def facts(self) -> Facts:
        return Facts(**self.model_dump())


class PersonView(PersonBody):
    """A person of a case."""

    id: Id
    principal: bool


class GroupView(BaseModel):
    """The members of a case, principal applicant first."""

    case_id: Id
    people: tuple[PersonView, ...]


def view(person: Person, facts: Facts) -> PersonView:
    return PersonView(id=person.id, principal=person.principal, **vars(facts))


async def _group(work: Work, case_id: str) -> GroupView:
    group = await actions.see_group(work, case_id)
    return GroupView(case_id=case_id, people=tuple(view(person, facts) for person, facts in group))


def routes(door: Door) -> APIRouter:
    router = APIRouter(tags=["people"])

    @router.get("/cases/{case_id}/people", response_model=GroupView)
    async def see_people(case_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _group(work, case_id))

    return router
