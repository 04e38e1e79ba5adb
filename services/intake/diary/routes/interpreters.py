"""The HTTP door of interpreters."""

from datetime import date, time
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.intake.diary.actions import interpreters as actions
from services.intake.diary.model.interpreters import About, Away, Gender, Hours, Interpreter, State, Wishes
from shared.contracts.fields import Id
from shared.web import Change, Door, Limit, Look, Page, Post
from shared.work import Work

Word = Annotated[str, Field(min_length=1, max_length=100)]


class HoursBody(BaseModel):
    """When they can come in a week, by the clocks of their zone; Monday is 0."""

    model_config = ConfigDict(from_attributes=True)

    weekday: int = Field(ge=0, le=6)
    begins: time
    ends: time


class AwayBody(BaseModel):
    """From the first to the last day they cannot come."""

    model_config = ConfigDict(from_attributes=True)

    first: date
    last: date


class InterpreterBody(BaseModel):
    """Somebody who interprets. towns: where they come from and are known; actor_id: as whom they sign in."""

    name: Word
    languages: tuple[Word, ...] = Field(min_length=1, max_length=20)
    gender: Gender
    towns: tuple[Word, ...] = Field(max_length=20)
    zone: Word
    hours: tuple[HoursBody, ...] = Field(default=(), max_length=50)
    away: tuple[AwayBody, ...] = Field(default=(), max_length=50)
    actor_id: Id | None = None


class InterpreterView(InterpreterBody):
    """An interpreter in the register; signed_on: confidentiality."""

    model_config = ConfigDict(from_attributes=True)

    id: Id
    state: State
    registered_by: Id
    signed_on: date | None
    version: int


class VettingBody(BaseModel):
    """When they signed confidentiality."""

    signed_on: date


class ExclusionBody(BaseModel):
    """Who must not interpret in the case, and why."""

    interpreter_id: Id
    reason: str = Field(min_length=1, max_length=2000)


class WishesBody(BaseModel):
    """What a person asked for. towns: nobody from there interprets for them."""

    gender: Gender | None = None
    towns: tuple[Word, ...] = Field(default=(), max_length=20)


class SearchBody(BaseModel):
    """Which language is needed when, for whom."""

    language: Word
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    person_id: Id | None = None


class FoundView(BaseModel):
    """Whoever may interpret then, and is free."""

    items: tuple[InterpreterView, ...]


def view(interpreter: Interpreter) -> InterpreterView:
    return InterpreterView.model_validate({**vars(interpreter.about), **vars(interpreter)})


def about(body: InterpreterBody) -> About:
    plain = body.model_dump(exclude={"hours", "away", "actor_id"})
    hours = tuple(Hours(it.weekday, it.begins, it.ends) for it in body.hours)
    return About(**plain, hours=hours, away=tuple(Away(it.first, it.last) for it in body.away))


async def _register(work: Work, body: InterpreterBody) -> InterpreterView:
    return view(await actions.register(work, about(body), body.actor_id))


async def _list(work: Work, after: str | None, limit: int) -> Page[InterpreterView]:
    found = [view(one) for one in await actions.see_interpreters(work, after, limit)]
    return Page.of(found, limit, lambda one: one.id)


async def _see(work: Work, interpreter_id: str) -> InterpreterView:
    return view(await actions.see_interpreter(work, interpreter_id))


async def _change(work: Work, interpreter_id: str, version: int, body: InterpreterBody) -> InterpreterView:
    return view(await actions.change(work, interpreter_id, version, about(body), body.actor_id))


async def _vet(work: Work, interpreter_id: str, version: int, body: VettingBody) -> InterpreterView:
    return view(await actions.vet(work, interpreter_id, version, body.signed_on))


async def _suspend(work: Work, interpreter_id: str, version: int) -> InterpreterView:
    return view(await actions.suspend(work, interpreter_id, version))


async def _exclude(work: Work, case_id: str, body: ExclusionBody) -> ExclusionBody:
    await actions.exclude(work, case_id, body.interpreter_id, body.reason)
    return body


async def _wish(work: Work, person_id: str, body: WishesBody) -> WishesBody:
    await actions.wish(work, person_id, Wishes(body.gender, body.towns))
    return body


async def _find(work: Work, case_id: str, body: SearchBody) -> FoundView:
    found = await actions.find(work, case_id, body.person_id, body.language, body.starts_at, body.ends_at)
    return FoundView(items=tuple(map(view, found)))


def routes(door: Door) -> APIRouter:
    router = APIRouter()
    router.include_router(_of_cases(door))

    @router.post("/interpreters", response_model=InterpreterView, status_code=201)
    async def register(body: InterpreterBody, call: Post) -> Response:
        return await door.act(call, lambda work: _register(work, body), 201)

    @router.get("/interpreters", response_model=Page[InterpreterView])
    async def see_interpreters(call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _list(work, after, limit))

    @router.get("/interpreters/{interpreter_id}", response_model=InterpreterView)
    async def see_interpreter(interpreter_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _see(work, interpreter_id))

    @router.post("/interpreters/{interpreter_id}", response_model=InterpreterView)
    async def change(interpreter_id: Id, body: InterpreterBody, call: Change) -> Response:
        return await door.act(call, lambda work: _change(work, interpreter_id, call.version, body))

    @router.post("/interpreters/{interpreter_id}/vetting", response_model=InterpreterView)
    async def vet(interpreter_id: Id, body: VettingBody, call: Change) -> Response:
        return await door.act(call, lambda work: _vet(work, interpreter_id, call.version, body))

    @router.post("/interpreters/{interpreter_id}/suspension", response_model=InterpreterView)
    async def suspend(interpreter_id: Id, call: Change) -> Response:
        return await door.act(call, lambda work: _suspend(work, interpreter_id, call.version))

    return router


def _of_cases(door: Door) -> APIRouter:
    router = APIRouter()

    @router.post("/cases/{case_id}/excluded-interpreters", response_model=ExclusionBody, status_code=201)
    async def exclude(case_id: Id, body: ExclusionBody, call: Post) -> Response:
        return await door.act(call, lambda work: _exclude(work, case_id, body), 201)

    @router.post("/cases/{case_id}/interpreter-search", response_model=FoundView)
    async def find(case_id: Id, body: SearchBody, call: Post) -> Response:
        return await door.act(call, lambda work: _find(work, case_id, body))

    @router.post("/people/{person_id}/interpreter-wishes", response_model=WishesBody, status_code=201)
    async def wish(person_id: Id, body: WishesBody, call: Post) -> Response:
        return await door.act(call, lambda work: _wish(work, person_id, body), 201)

    return router
