"""The HTTP door of duties."""

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, BaseModel, Field

from services.intake.duties import actions
from services.intake.duties.model import Duty, Kind, State, Step, Who, WhoKind
from shared.contracts.fields import Id
from shared.web import Change, Door, Limit, Look, Page, Post
from shared.work import Work


class TaskBody(BaseModel):
    """What must be done on a case by when; falls_to: a person or a team of the case; without, everybody on it."""

    text: str = Field(min_length=1, max_length=2000)
    due_at: AwareDatetime
    falls_to: Literal["person", "team", "case"] = "case"
    who_id: Id | None = None


class EndBody(BaseModel):
    """What came of it, or why it need not be done."""

    note: str = Field(default="", max_length=2000)


class DutyView(BaseModel):
    """A duty. who_id: of the person or team, or the name of the role, of several with commas between. step: how far it
    has called.

    by_hand: whoever it falls to says when it is done; else it ends when what it asks for is done.
    """

    id: Id
    kind: Kind
    case_id: Id | None
    request_id: Id | None
    report_id: Id | None = None
    person_id: Id | None
    text: str
    due_at: AwareDatetime
    falls_to: WhoKind
    who_id: str | None
    step: Step | None
    state: State
    by_hand: bool
    made_by: Id
    made_at: AwareDatetime
    ended_by: Id | None
    ended_at: AwareDatetime | None
    note: str
    version: int


def view(duty: Duty) -> DutyView:
    subject, own = duty.subject, {name: vars(duty)[name] for name in DutyView.model_fields if name in vars(duty)}
    about = {
        "case_id": subject.case_id,
        **{it: getattr(subject, it) for it in ("request_id", "report_id", "person_id")},
    }
    turn = {"falls_to": duty.who.kind, "who_id": duty.who.id, "by_hand": duty.by_hand}
    return DutyView.model_validate({**own, **about, **turn})


async def _mine(work: Work, after: str | None, limit: int) -> Page[DutyView]:
    return Page.from_slice(await actions.see_mine(work, after, limit), view)


async def _of_case(work: Work, case_id: str, after: str | None, limit: int) -> Page[DutyView]:
    return Page.from_slice(await actions.see_of_case(work, case_id, after, limit), view)


async def _see(work: Work, duty_id: str) -> DutyView:
    return view(await actions.see_duty(work, duty_id))


async def _make(work: Work, case_id: str, body: TaskBody) -> DutyView:
    who = Who(body.falls_to, None if body.falls_to == "case" else body.who_id or work.actor.id)
    return view(await actions.make_task(work, case_id, body.text, body.due_at, who))


async def _complete(work: Work, duty_id: str, version: int, body: EndBody) -> DutyView:
    return view(await actions.complete(work, duty_id, version, body.note))


async def _call_off(work: Work, duty_id: str, version: int, body: EndBody) -> DutyView:
    return view(await actions.call_off(work, duty_id, version, body.note))


def routes(door: Door) -> APIRouter:
    router = APIRouter(tags=["duties"])

    @router.get("/duties", response_model=Page[DutyView])
    async def see_mine(call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _mine(work, after, limit))

    @router.get("/duties/{duty_id}", response_model=DutyView)
    async def see_duty(duty_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _see(work, duty_id))

    @router.post("/duties/{duty_id}/completion", response_model=DutyView)
    async def complete(duty_id: Id, body: EndBody, call: Change) -> Response:
        return await door.act(call, lambda work: _complete(work, duty_id, call.version, body))

    @router.post("/duties/{duty_id}/cancellation", response_model=DutyView)
    async def call_off(duty_id: Id, body: EndBody, call: Change) -> Response:
        return await door.act(call, lambda work: _call_off(work, duty_id, call.version, body))

    @router.get("/cases/{case_id}/duties", response_model=Page[DutyView])
    async def see_of_case(case_id: Id, call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _of_case(work, case_id, after, limit))

    @router.post("/cases/{case_id}/duties", response_model=DutyView, status_code=201)
    async def make_task(case_id: Id, body: TaskBody, call: Post) -> Response:
        return await door.act(call, lambda work: _make(work, case_id, body), 201)

    return router
