"""The HTTP door of notes."""

from datetime import date

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, BaseModel, Field

from services.intake.diary.actions import notes as actions
from services.intake.diary.model.notes import Note
from shared.contracts.fields import Id
from shared.web import Change, Door, Limit, Look, Page, Post
from shared.work import Work


class NoteBody(BaseModel):
    """What happened on a day; confidential: read only by those who work with the people of the case."""

    on: date
    text: str = Field(min_length=1, max_length=20_000)
    person_id: Id | None = None
    confidential: bool = False


class CorrectionBody(BaseModel):
    """What the note should have said, and why it is corrected."""

    text: str = Field(min_length=1, max_length=20_000)
    reason: str = Field(min_length=1, max_length=2000)


class VersionView(BaseModel):
    """What was written; a correction has a reason."""

    number: int
    text: str
    reason: str
    written_by: Id
    written_at: AwareDatetime


class NoteView(BaseModel):
    """A note with all its versions, oldest first; the last one counts. masked: what it says is not for the caller."""

    id: Id
    case_id: Id
    person_id: Id | None
    on: date
    confidential: bool
    masked: bool
    versions: tuple[VersionView, ...]
    version: int


def view(note: Note) -> NoteView:
    return NoteView.model_validate(
        {**vars(note), "versions": [vars(it) for it in note.versions], "version": note.version}
    )


async def _write(work: Work, case_id: str, body: NoteBody) -> NoteView:
    person_id, confidential = body.person_id, body.confidential
    note = await actions.write(work, case_id, body.text, body.on, person_id=person_id, confidential=confidential)
    return view(note)


async def _correct(work: Work, note_id: str, version: int, body: CorrectionBody) -> NoteView:
    return view(await actions.correct(work, note_id, version, body.text, body.reason))


async def _see(work: Work, note_id: str) -> NoteView:
    return view(await actions.see_note(work, note_id))


async def _of_case(work: Work, case_id: str, after: str | None, limit: int) -> Page[NoteView]:
    return Page.from_slice(await actions.see_notes(work, case_id, after, limit), view)


def routes(door: Door) -> APIRouter:
    router = APIRouter()

    @router.post("/cases/{case_id}/notes", response_model=NoteView, status_code=201)
    async def write_note(case_id: Id, body: NoteBody, call: Post) -> Response:
        return await door.act(call, lambda work: _write(work, case_id, body), 201)

    @router.get("/cases/{case_id}/notes", response_model=Page[NoteView])
    async def see_notes(case_id: Id, call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _of_case(work, case_id, after, limit))

    @router.get("/notes/{note_id}", response_model=NoteView)
    async def see_note(note_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _see(work, note_id))

    @router.post("/notes/{note_id}/corrections", response_model=NoteView)
    async def correct_note(note_id: Id, body: CorrectionBody, call: Change) -> Response:
        return await door.act(call, lambda work: _correct(work, note_id, call.version, body))

    return router
