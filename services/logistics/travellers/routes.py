"""The HTTP door of travellers."""

from datetime import date

from fastapi import APIRouter, Response
from pydantic import BaseModel

from services.logistics.travellers import actions
from services.logistics.travellers.actions import Member
from shared.contracts.fields import Id
from shared.web import Door, Look
from shared.work import Work


class TravellerView(BaseModel):
    """A member of the group; born_on: null for who does not work with the people; consents: live today."""

    person_id: Id
    principal: bool
    born_on: date | None
    country_of_danger: str
    minor: bool
    consents: tuple[str, ...]


class GroupView(BaseModel):
    """The people who travel together; state: what intake said last of their case."""

    case_id: Id
    state: str
    travellers: tuple[TravellerView, ...]


def view(member: Member) -> TravellerView:
    return TravellerView(person_id=member.id, **{name: it for name, it in vars(member).items() if name != "id"})


async def _group(work: Work, case_id: str) -> GroupView:
    group, members = await actions.see_group(work, case_id)
    return GroupView(case_id=case_id, state=group.state, travellers=tuple(map(view, members)))


def routes(door: Door) -> APIRouter:
    router = APIRouter(tags=["travellers"])

    @router.get("/cases/{case_id}/travellers", response_model=GroupView)
    async def see_travellers(case_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _group(work, case_id))

    return router
