"""The HTTP door of appointments."""

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, BaseModel, Field

from services.intake.diary.actions import appointments as actions
from services.intake.diary.actions.appointments import Told
from services.intake.diary.model.appointments import Appointment, Kind, Outcome, State, Terms, What
from shared.contracts.fields import Id
from shared.web import Change, Door, Limit, Look, Page, Post
from shared.work import Work


class TermsBody(BaseModel):
    """What an appointment is. room: one of ours by name, booked once at a time; zone: such as Europe/Vilnius."""

    kind: Kind
    place: str = Field(min_length=1, max_length=500)
    zone: str = Field(min_length=1, max_length=60)
    room: str = Field(default="", max_length=100)
    language: str = Field(default="", max_length=40)
    purpose: str = Field(default="", max_length=2000)


class TimesBody(BaseModel):
    """From when till when."""

    starts_at: AwareDatetime
    ends_at: AwareDatetime


class BookingBody(TermsBody, TimesBody):
    """An appointment of the whole case, or of one person of it; with an interpreter, or without."""

    person_id: Id | None = None
    interpreter_id: Id | None = None


class MoveBody(TimesBody):
    """Another time, with why; with another interpreter, where one is named."""

    interpreter_id: Id | None = None
    reason: str = Field(min_length=1, max_length=2000)


class ReasonBody(BaseModel):
    """Why it does not take place."""

    reason: str = Field(min_length=1, max_length=2000)


class OutcomeBody(BaseModel):
    """Whether it was kept."""

    outcome: Outcome
    note: str = Field(default="", max_length=2000)


class AppointmentView(TermsBody):
    """An appointment."""

    id: Id
    case_id: Id
    person_id: Id | None
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    interpreter_id: Id | None
    state: State
    version: int


class TurnView(BaseModel):
    """What happened to an appointment, and its time after that."""

    what: What
    at: AwareDatetime
    by: Id
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    reason: str


class ToldView(AppointmentView):
    """An appointment with all that happened to it, oldest first."""

    turns: tuple[TurnView, ...]


class GivenView(BaseModel):
    """What an interpreter needs to come: nothing of the case or the people."""

    id: Id
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    zone: str
    place: str
    language: str


def view(appointment: Appointment) -> AppointmentView:
    return AppointmentView.model_validate({**vars(appointment), **vars(appointment.terms)})


def told_view(told: Told) -> ToldView:
    turns = tuple(TurnView.model_validate(vars(turn)) for turn in told.turns)
    return ToldView(**view(told.appointment).model_dump(), turns=turns)


def given_view(appointment: Appointment) -> GivenView:
    return GivenView.model_validate(view(appointment).model_dump())


async def _book(work: Work, case_id: str, body: BookingBody) -> ToldView:
    terms = Terms(**body.model_dump(include=set(TermsBody.model_fields)))
    whom = {"person_id": body.person_id, "interpreter_id": body.interpreter_id}
    return told_view(await actions.book(work, case_id, terms, body.starts_at, body.ends_at, **whom))


async def _move(work: Work, appointment_id: str, version: int, body: MoveBody) -> ToldView:
    times, interpreter_id = (body.starts_at, body.ends_at), body.interpreter_id
    moved = await actions.move(work, appointment_id, version, *times, body.reason, interpreter_id=interpreter_id)
    return told_view(moved)


async def _cancel(work: Work, appointment_id: str, version: int, body: ReasonBody) -> ToldView:
    return told_view(await actions.cancel(work, appointment_id, version, body.reason))


async def _conclude(work: Work, appointment_id: str, version: int, body: OutcomeBody) -> ToldView:
    return told_view(await actions.conclude(work, appointment_id, version, body.outcome, body.note))


async def _see(work: Work, appointment_id: str) -> ToldView:
    return told_view(await actions.see(work, appointment_id))


async def _of_case(work: Work, case_id: str, after: str | None, limit: int) -> Page[AppointmentView]:
    return Page.from_slice(await actions.see_of_case(work, case_id, after, limit), view)


async def _given(work: Work, after: str | None, limit: int) -> Page[GivenView]:
    return Page.from_slice(await actions.see_given(work, after, limit), given_view)


def routes(door: Door) -> APIRouter:
    router = APIRouter()

    @router.post("/cases/{case_id}/appointments", response_model=ToldView, status_code=201)
    async def book(case_id: Id, body: BookingBody, call: Post) -> Response:
        return await door.act(call, lambda work: _book(work, case_id, body), 201)

    @router.get("/cases/{case_id}/appointments", response_model=Page[AppointmentView])
    async def see_of_case(case_id: Id, call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _of_case(work, case_id, after, limit))

    @router.get("/appointments/given", response_model=Page[GivenView])
    async def see_given(call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _given(work, after, limit))

    @router.get("/appointments/{appointment_id}", response_model=ToldView)
    async def see_appointment(appointment_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _see(work, appointment_id))

    @router.post("/appointments/{appointment_id}/times", response_model=ToldView)
    async def move(appointment_id: Id, body: MoveBody, call: Change) -> Response:
        return await door.act(call, lambda work: _move(work, appointment_id, call.version, body))

    @router.post("/appointments/{appointment_id}/cancellation", response_model=ToldView)
    async def cancel(appointment_id: Id, body: ReasonBody, call: Change) -> Response:
        return await door.act(call, lambda work: _cancel(work, appointment_id, call.version, body))

    @router.post("/appointments/{appointment_id}/outcome", response_model=ToldView)
    async def conclude(appointment_id: Id, body: OutcomeBody, call: Change) -> Response:
        return await door.act(call, lambda work: _conclude(work, appointment_id, call.version, body))

    return router
