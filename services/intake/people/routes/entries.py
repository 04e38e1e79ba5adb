"""The HTTP door of what is known of a person."""

from datetime import date, datetime

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.intake.people.actions import entries as actions
from services.intake.people.model.entries import Entry, Held, Kind, Source
from shared.contracts.fields import Id
from shared.web import Door, Limit, Look, Page, Post
from shared.work import Work


class EndBody(BaseModel):
    """Why something holds no longer, whose word that is, and from when on."""

    note: str = Field(default="", max_length=2000)
    source: Source
    since: date


class EntryBody(EndBody):
    """What is known. value: a code, or the name, pronouns or marker; kept: from the other members of the case."""

    kind: Kind
    value: str = Field(min_length=1, max_length=200)
    kept: bool = False


class EndView(EndBody):
    """The entry that ended another."""

    id: Id
    recorded_by: Id
    recorded_at: datetime


class EntryView(EntryBody):
    """What was entered, by whom and when; ended: the later entry that ended it."""

    id: Id
    recorded_by: Id
    recorded_at: datetime
    ended: EndView | None


class CodeView(BaseModel):
    """A code that holds."""

    entry_id: Id
    value: str
    since: date
    kept: bool


class KnownView(BaseModel):
    """A person as they are now; what their papers say is asked for apart."""

    id: Id
    case_id: Id
    principal: bool
    name_in_use: str
    pronouns: str
    born_on: date
    minor: bool
    country_of_danger: str
    languages: tuple[str, ...]
    sogiesc: tuple[CodeView, ...]
    needs: tuple[CodeView, ...]
    concerns: tuple[CodeView, ...]
    version: int


class PapersView(BaseModel):
    """What the papers say, for filling in documents and nothing else."""

    name_on_papers: str
    marker_on_papers: str


def view(held: Held) -> EntryView:
    ended = None if held.ended is None else EndView.model_validate(held.ended, from_attributes=True)
    return EntryView.model_validate({**vars(held.entry), "ended": ended})


async def _enter(work: Work, person_id: str, body: EntryBody) -> EntryView:
    return view(await actions.enter(work, person_id, **dict(body)))


async def _end(work: Work, entry_id: str, body: EndBody) -> EntryView:
    return view(await actions.end(work, entry_id, body.note, body.source, body.since))


async def _entries(work: Work, person_id: str, after: str | None, limit: int) -> Page[EntryView]:
    return Page.from_slice(await actions.see_entries(work, person_id, after, limit), view)


async def _person(work: Work, person_id: str) -> KnownView:
    person, facts, codes, minor = await actions.see_person(work, person_id)
    fields = KnownView.model_fields.keys() & vars(facts).keys()
    return KnownView(
        **vars(person),
        **{name: getattr(facts, name) for name in fields},
        minor=minor,
        sogiesc=_codes(codes, "sogiesc"),
        needs=_codes(codes, "need"),
        concerns=_codes(codes, "concern"),
    )


def _codes(entries: list[Entry], kind: Kind) -> tuple[CodeView, ...]:
    return tuple(
        CodeView(entry_id=it.id, value=it.value, since=it.since, kept=it.kept) for it in entries if it.kind == kind
    )


async def _papers(work: Work, person_id: str) -> PapersView:
    name, marker = await actions.see_papers(work, person_id)
    return PapersView(name_on_papers=name, marker_on_papers=marker)


def routes(door: Door) -> APIRouter:
    router = APIRouter(tags=["people"])

    @router.get("/people/{person_id}", response_model=KnownView)
    async def see_person(person_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _person(work, person_id))

    @router.get("/people/{person_id}/papers", response_model=PapersView)
    async def see_papers(person_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _papers(work, person_id))

    @router.get("/people/{person_id}/entries", response_model=Page[EntryView])
    async def see_entries(person_id: Id, call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _entries(work, person_id, after, limit))

    @router.post("/people/{person_id}/entries", response_model=EntryView, status_code=201)
    async def enter(person_id: Id, body: EntryBody, call: Post) -> Response:
        return await door.act(call, lambda work: _enter(work, person_id, body), 201)

    @router.post("/entries/{entry_id}/end", response_model=EntryView, status_code=201)
    async def end(entry_id: Id, body: EndBody, call: Post) -> Response:
        return await door.act(call, lambda work: _end(work, entry_id, body), 201)

    return router
