"""The HTTP door of imports, and of the form that a government reads."""

from datetime import date
from typing import Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, BaseModel, Field

from services.intake.imports.actions import form as forms
from services.intake.imports.actions import imports as actions
from services.intake.imports.model.form import Asked, Category, SubmissionPriority, as_csv
from services.intake.imports.model.mapping import MOST, Format
from services.intake.imports.store import Import, State
from shared.contracts.fields import Id
from shared.vault import Incoming
from shared.web import Change, Created, Door, Limit, Look, Page, Post
from shared.web.bodies import takes_up_to
from shared.web.calls import Send
from shared.work import Work


class ImportBody(BaseModel):
    """form: whose export it is; csv is anybody's. mapping: TOML, what columns mean; empty for the one of the form."""

    form: Format
    mapping: str = Field(default="", max_length=MOST)


class FormBody(BaseModel):
    """What is said of the submission; case_size: how many individuals are counted. as_csv: also as a table."""

    case_size: int = Field(ge=1, le=100)
    submission_priority: SubmissionPriority
    primary_category: Category
    secondary_category: Category
    as_csv: bool = False


class IndividualView(BaseModel):
    """A member of the case; relationship: PA is the principal applicant. specific_needs: UNHCR's codes."""

    number: int
    relationship: str
    name_on_papers: str
    name_in_use: str
    marker_on_papers: str
    date_of_birth: date
    country_of_origin: str
    nationality: str
    marital_status: str
    languages: tuple[str, ...]
    specific_needs: tuple[str, ...]


class FormView(BaseModel):
    """The fields of the Resettlement Registration Form of a case; csv: a line per individual, if asked for."""

    case_reference: str
    made_on: date
    case_size: int
    submission_priority: SubmissionPriority
    primary_category: Category
    secondary_category: Category
    individuals: tuple[IndividualView, ...]
    csv: str | None = None


class RefusedView(BaseModel):
    """The first row of what could not be brought in although nothing was wrong with it, and why."""

    row: int
    reason: str


class ImportView(BaseModel):
    """An import and how far its run came; bad: how many rows it left out.

    reading: how far it came with its file, if there is one; unread: why that cannot be read.
    """

    id: Id
    form: Format
    state: State
    file_id: Id | None
    reading: Literal["waiting", "done", "failed"] | None
    unread: str | None
    begun_at: AwareDatetime
    made: int
    known: int
    bad: int
    refused: tuple[RefusedView, ...]
    version: int


class ListedView(BaseModel):
    """An import in a list."""

    id: Id
    form: Format
    state: State
    begun_at: AwareDatetime


class FaultView(BaseModel):
    """What is wrong with a row, the first is 1; field: with which part of it, empty for the row as a whole."""

    row: int
    field: str
    reason: str


class TriedView(BaseModel):
    """What a run would do now. good: what is brought in, less those `known` already. next: for `after`."""

    rows: int
    good: int
    known: int
    bad_rows: int
    faults: tuple[FaultView, ...]
    next: int | None


def view(told: actions.Told) -> ImportView:
    tally = told.tally
    read = "failed" if told.one.unread else "done" if told.one.sheet_id else "waiting"
    counts: dict[str, Any] = {"reading": read if told.one.file_id else None}
    counts |= {"made": tally.made, "known": tally.known, "bad": tally.bad}
    refused = [{"row": row, "reason": reason} for row, reason in tally.refused]
    return ImportView.model_validate({**vars(told.one), **counts, "refused": refused})


def _listed(one: Import) -> ListedView:
    return ListedView.model_validate(vars(one))


async def _begin(work: Work, body: ImportBody) -> ImportView:
    return view(await actions.begin(work, body.form, body.mapping))


async def _see(work: Work, import_id: str) -> ImportView:
    return view(await actions.see(work, import_id))


async def _page(work: Work, after: str | None, limit: int) -> Page[ListedView]:
    return Page.from_slice(await actions.see_many(work, after, limit), _listed)


async def _add_file(work: Work, import_id: str, incoming: Incoming) -> Created:
    return Created(id=await actions.add_file(work, import_id, incoming))


async def _try(work: Work, import_id: str, after: int, limit: int) -> TriedView:
    return TriedView.model_validate(await actions.try_out(work, import_id, after, limit), from_attributes=True)


async def _run(work: Work, import_id: str, version: int) -> ImportView:
    return view(await actions.run(work, import_id, version))


async def _drop(work: Work, import_id: str, version: int) -> ImportView:
    return view(await actions.drop(work, import_id, version))


async def _form(work: Work, case_id: str, body: FormBody) -> FormView:
    asked = Asked(**body.model_dump(exclude={"as_csv"}))
    made = await forms.make_form(work, case_id, asked)
    shown = FormView.model_validate(made, from_attributes=True)
    return shown.model_copy(update={"csv": as_csv(made)}) if body.as_csv else shown


_BINARY = {media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in actions.LISTS.begins}
_FILE = {"requestBody": {"required": True, "content": _BINARY}}


def routes(door: Door) -> APIRouter:
    router = APIRouter(tags=["imports"])

    @router.post("/imports", response_model=ImportView, status_code=201)
    async def begin(body: ImportBody, call: Post) -> Response:
        return await door.act(call, lambda work: _begin(work, body), 201)

    @router.get("/imports", response_model=Page[ListedView])
    async def see_many(call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _page(work, after, limit))

    @router.get("/imports/{import_id}", response_model=ImportView)
    async def see(import_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _see(work, import_id))

    @router.post("/imports/{import_id}/file", response_model=Created, status_code=201, openapi_extra=_FILE)
    @takes_up_to(actions.LISTS.most)
    async def add_file(import_id: Id, call: Send) -> Response:
        """Send the list, in place of an earlier one; the body is the file. It is read at once, in its own process."""
        return await door.take_in(
            call,
            actions.LISTS,
            lambda work: actions.begin_file(work, import_id),
            lambda work, incoming: _add_file(work, import_id, incoming),
        )

    @router.get("/imports/{import_id}/trial", response_model=TriedView)
    async def try_out(
        import_id: Id, call: Look, after: int = Query(default=0, ge=0, le=1_000_000), limit: Limit = 50
    ) -> Response:
        """What a run would do, and every bad row behind row `after`."""
        return await door.look(call, lambda work: _try(work, import_id, after, limit))

    @router.post("/imports/{import_id}/run", response_model=ImportView)
    async def run(import_id: Id, call: Change) -> Response:
        return await door.act(call, lambda work: _run(work, import_id, call.version))

    @router.post("/imports/{import_id}/cancellation", response_model=ImportView)
    async def drop(import_id: Id, call: Change) -> Response:
        return await door.act(call, lambda work: _drop(work, import_id, call.version))

    @router.post("/cases/{case_id}/resettlement-form", response_model=FormView)
    async def make_form(case_id: Id, body: FormBody, call: Post) -> Response:
        """The case as a government's form, made from what is known now."""
        return await door.act(call, lambda work: _form(work, case_id, body))

    return router
