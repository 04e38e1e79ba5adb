"""The HTTP door of people."""

from datetime import date

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.intake.people.actions import people as actions
from services.intake.people.model.people import Facts, Known, Person
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
    marker_on_papers: str = Field(default="", max_length=20)

    def facts(self) -> Facts:
        return Facts(**self.model_dump())


class PersonView(BaseModel):
    """A person of a case; masked: name and birth date are not shown to the one who looks."""

    id: Id
    principal: bool
    name_in_use: str | None
    pronouns: str
    born_on: date | None
    minor: bool
    country_of_danger: str
    languages: tuple[str, ...]
    masked: bool


class IdentityView(PersonView):
    """Who a person is, with what their papers say."""

    name_on_papers: str | None


class GroupView(BaseModel):
    """The members of a case, principal applicant first."""

    case_id: Id
    people: tuple[PersonView, ...]


def view(person: Person, known: Known) -> PersonView:
    return PersonView.model_validate({"id": person.id, "principal": person.principal, **vars(known)})


def identity_view(person: Person, known: Known) -> IdentityView:
    return IdentityView.model_validate({"id": person.id, "principal": person.principal, **vars(known)})


async def _group(work: Work, case_id: str) -> GroupView:
    group = await actions.see_group(work, case_id)
    return GroupView(case_id=case_id, people=tuple(view(person, known) for person, known in group))


def routes(door: Door) -> APIRouter:
    router = APIRouter(tags=["people"])

    @router.get("/cases/{case_id}/people", response_model=GroupView)
    async def see_people(case_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _group(work, case_id))

    return router
