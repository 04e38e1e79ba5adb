"""The HTTP door of threads."""

from collections.abc import Mapping

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, BaseModel, Field

from services.intake.front_door.model.letters import TEXT
from services.intake.people.actions.own_copy import Part
from services.intake.threads.actions import answering, setting_aside
from services.intake.threads.model import Kind, State, Thread, Written
from shared.contracts.fields import Id
from shared.database import Database
from shared.web import Change, Done, Door, Limit, Look, Page, Post
from shared.work import Work


class AnswerBody(BaseModel):
    """What is written to who asked, in their language."""

    text: str = Field(min_length=1, max_length=TEXT)


class CopyBody(BaseModel):
    """Of whom the copy is: somebody of the case that the request became."""

    person_id: Id


class ThreadView(BaseModel):
    """The thread of a request; state `none`: who asked did not come through the front door."""

    id: Id
    request_id: Id
    case_id: Id | None
    state: State
    waiting: bool
    unread: int
    version: int


class LetterView(BaseModel):
    """A letter; `answer`, `copy_given`, `correction_accepted` and `correction_refused` are ours. file: the id of a file
    that came with it."""

    id: Id
    request_id: Id
    kind: Kind
    language: str
    text: str
    at: AwareDatetime
    read: bool
    file: Id | None


class SetAsideView(BaseModel):
    """A letter that cannot be opened. number: the order in which it came; size: bytes of its box and its file."""

    id: Id
    thread_id: Id
    number: int
    why: str
    size: int


def view(thread: Thread) -> ThreadView:
    return ThreadView.model_validate(thread, from_attributes=True)


def letter_view(letter: Written) -> LetterView:
    return LetterView.model_validate(letter, from_attributes=True)


async def _list(work: Work, waiting: bool, after: str | None, limit: int) -> Page[ThreadView]:
    found = await answering.see_threads(work, after, limit, waiting=waiting)
    return Page.of([view(thread) for thread in found], limit, lambda thread: thread.id)


async def _see(work: Work, request_id: str) -> ThreadView:
    return view(await answering.see_thread(work, request_id))


async def _letters(work: Work, request_id: str, after: str | None, limit: int) -> Page[LetterView]:
    return Page.from_slice(await answering.see_letters(work, request_id, after, limit), letter_view)


async def _answer(work: Work, request_id: str, version: int, body: AnswerBody) -> ThreadView:
    return view(await answering.answer(work, request_id, version, body.text))


async def _read(work: Work, request_id: str, version: int) -> ThreadView:
    return view(await answering.mark_read(work, request_id, version))


async def _set_aside(work: Work, front: Database | None, after: str | None, limit: int) -> Page[SetAsideView]:
    found = await setting_aside.see_set_aside(work, front, after, limit)
    return Page.from_slice(found, lambda letter: SetAsideView.model_validate(letter, from_attributes=True))


async def _try_again(work: Work, front: Database | None, letter_id: str) -> Done:
    await setting_aside.try_again(work, front, letter_id)
    return Done()


async def _discard(work: Work, front: Database | None, letter_id: str) -> Done:
    await setting_aside.discard(work, front, letter_id)
    return Done()


async def _send_copy(
    work: Work, request_id: str, version: int, person_id: str, parts: Mapping[str, Part]
) -> ThreadView:
    return view(await answering.send_copy(work, request_id, version, person_id, parts))


def routes(door: Door, parts: Mapping[str, Part], front: Database | None) -> APIRouter:
    """parts: what each slice puts into a person's own copy. front: the front door's database, if there is one."""
    router = APIRouter(tags=["threads"])

    @router.get("/threads", response_model=Page[ThreadView])
    async def see_threads(call: Look, waiting: bool = False, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _list(work, waiting, after, limit))

    @router.get("/requests/{request_id}/thread", response_model=ThreadView)
    async def see_thread(request_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _see(work, request_id))

    @router.get("/requests/{request_id}/letters", response_model=Page[LetterView])
    async def see_letters(request_id: Id, call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _letters(work, request_id, after, limit))

    @router.post("/requests/{request_id}/thread/answer", response_model=ThreadView)
    async def answer(request_id: Id, body: AnswerBody, call: Change) -> Response:
        return await door.act(call, lambda work: _answer(work, request_id, call.version, body))

    @router.post("/requests/{request_id}/thread/copy", response_model=ThreadView)
    async def send_copy(request_id: Id, body: CopyBody, call: Change) -> Response:
        return await door.act(call, lambda work: _send_copy(work, request_id, call.version, body.person_id, parts))

    @router.post("/requests/{request_id}/thread/reading", response_model=ThreadView)
    async def read(request_id: Id, call: Change) -> Response:
        return await door.act(call, lambda work: _read(work, request_id, call.version))

    @router.get("/letters/{letter_id}/file", response_class=Response)
    async def see_file(letter_id: Id, call: Look) -> Response:
        return await door.hand_out(call, lambda work: answering.see_file(work, letter_id))

    @router.get("/letters-set-aside", response_model=Page[SetAsideView])
    async def see_set_aside(call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _set_aside(work, front, after, limit))

    @router.post("/letters-set-aside/{letter_id}/retry", response_model=Done)
    async def try_again(letter_id: Id, call: Post) -> Response:
        return await door.act(call, lambda work: _try_again(work, front, letter_id))

    @router.post("/letters-set-aside/{letter_id}/discard", response_model=Done)
    async def discard(letter_id: Id, call: Post) -> Response:
        return await door.act(call, lambda work: _discard(work, front, letter_id))

    return router
