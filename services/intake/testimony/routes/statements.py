"""The HTTP door of statements: taking and correcting them, and what they may be used for."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from services.intake.testimony.actions import statements as actions
from services.intake.testimony.actions.statements import Head, Said, Seen
from services.intake.testimony.model.statements import Happening, Harm, Interview, Use, Words
from services.intake.testimony.routes.masks import SpanBody, span_views
from shared.contracts.fields import Id
from shared.web import Change, Door, Limit, Look, Page, Post
from shared.work import Work

Region = Annotated[str, Field(min_length=1, max_length=60)]
Telling = Annotated[str, Field(max_length=50_000)]


class HappeningBody(BaseModel):
    """What was done, coded for counting; region: coarse."""

    model_config = ConfigDict(from_attributes=True)

    harm: Harm
    region: Region
    year: int = Field(ge=1900, le=2200)


class SaidBody(BaseModel):
    """What was said: in the language of the interview, and translated."""

    original: str = Field(min_length=1, max_length=50_000)
    translation: Telling = ""
    happenings: tuple[HappeningBody, ...] = Field(default=(), max_length=50)

    def said(self, why: str = "") -> Said:
        coded = tuple(Happening(**it.model_dump()) for it in self.happenings)
        return Said(self.original, self.translation, coded, why)


class StatementBody(SaidBody):
    """A statement as it was taken. person_id: null when who spoke stays unknown to the case."""

    person_id: Id | None = None
    interviewer_id: Id | None = Field(default=None, description="Who asked; whoever writes it down if not named.")
    interpreter_id: Id | None = None
    language: str = Field(pattern="^[a-zA-Z0-9-]{2,35}$")
    held_on: date
    place: str = Field(default="", max_length=80, description="Coarse: a region or a country.")

    def interview(self, actor_id: str) -> Interview:
        asked = self.interviewer_id or actor_id
        return Interview(asked, self.interpreter_id, self.language, self.held_on, self.place)


class CorrectionBody(SaidBody):
    """A further version, and what it corrects."""

    why: str = Field(min_length=1, max_length=1000)


class UseBody(BaseModel):
    """A use that they consent to; `proof` says how."""

    use: Use
    expires_on: date | None = None
    proof: str = Field(min_length=1, max_length=2000)


class WithdrawalBody(BaseModel):
    """The uses that they take back; none named means all."""

    uses: tuple[Use, ...] = Field(default=(), max_length=10)


class UseView(BaseModel):
    """A use that was consented to; live: whether that holds today."""

    use: Use
    expires_on: date | None
    proof: str
    given_at: datetime
    withdrawn_at: datetime | None
    live: bool


class WordsView(SaidBody):
    """One version of what was said."""

    model_config = ConfigDict(from_attributes=True)

    id: Id
    number: int
    why: str
    written_by: Id
    written_at: datetime


class StatementView(BaseModel):
    """A statement with its last words. masks: null while nobody has looked through these words for masking."""

    id: Id
    case_id: Id
    person_id: Id | None
    interviewer_id: Id
    interpreter_id: Id | None
    language: str
    held_on: date
    place: str
    taken_at: datetime
    words: WordsView
    uses: tuple[UseView, ...]
    masks: tuple[SpanBody, ...] | None
    version: int


class HeadView(BaseModel):
    """A statement on a list, without its words."""

    id: Id
    person_id: Id | None
    language: str
    held_on: date
    number: int
    uses: tuple[Use, ...]
    masked: bool
    version: int


def words_view(words: Words) -> WordsView:
    return WordsView.model_validate(words)


def view(seen: Seen, today: date) -> StatementView:
    it = seen.statement
    return StatementView(
        id=it.id,
        case_id=it.case_id,
        person_id=it.person_id,
        **vars(it.interview),
        taken_at=it.taken_at,
        words=words_view(seen.words),
        uses=tuple(UseView(**vars(one), live=one.holds(today)) for one in seen.consents),
        masks=None if seen.masking is None else span_views(seen.masking.spans),
        version=it.version,
    )


def head_view(head: Head) -> HeadView:
    it = head.statement
    return HeadView(
        id=it.id,
        person_id=it.person_id,
        language=it.interview.language,
        held_on=it.interview.held_on,
        number=head.number,
        uses=head.uses,
        masked=head.masked,
        version=it.version,
    )


async def _take(work: Work, case_id: str, body: StatementBody) -> StatementView:
    interview = body.interview(work.actor.id)
    return view(await actions.take(work, case_id, body.person_id, interview, body.said()), work.now.date())


async def _correct(work: Work, statement_id: str, version: int, body: CorrectionBody) -> StatementView:
    return view(await actions.correct(work, statement_id, version, body.said(body.why)), work.now.date())


async def _consent(work: Work, statement_id: str, version: int, body: UseBody) -> StatementView:
    return view(await actions.consent(work, statement_id, version, **body.model_dump()), work.now.date())


async def _withdraw(work: Work, statement_id: str, version: int, body: WithdrawalBody) -> StatementView:
    return view(await actions.withdraw(work, statement_id, version, body.uses), work.now.date())


async def _see(work: Work, statement_id: str) -> StatementView:
    return view(await actions.see(work, statement_id), work.now.date())


async def _versions(work: Work, statement_id: str, after: str | None, limit: int) -> Page[WordsView]:
    return Page.from_slice(await actions.see_versions(work, statement_id, after, limit), words_view)


async def _of_case(work: Work, case_id: str, after: str | None, limit: int) -> Page[HeadView]:
    return Page.from_slice(await actions.see_statements(work, case_id, after, limit), head_view)


def routes(door: Door) -> APIRouter:
    router = APIRouter(tags=["testimony"])

    @router.post("/cases/{case_id}/statements", response_model=StatementView, status_code=201)
    async def take_statement(case_id: Id, body: StatementBody, call: Post) -> Response:
        return await door.act(call, lambda work: _take(work, case_id, body), 201)

    @router.get("/cases/{case_id}/statements", response_model=Page[HeadView])
    async def see_statements(case_id: Id, call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _of_case(work, case_id, after, limit))

    @router.get("/statements/{statement_id}", response_model=StatementView)
    async def see_statement(statement_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _see(work, statement_id))

    @router.post("/statements/{statement_id}/versions", response_model=StatementView)
    async def correct_statement(statement_id: Id, body: CorrectionBody, call: Change) -> Response:
        """A further version beside what was said; nothing is overwritten."""
        return await door.act(call, lambda work: _correct(work, statement_id, call.version, body))

    @router.get("/statements/{statement_id}/versions", response_model=Page[WordsView])
    async def see_versions(statement_id: Id, call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: _versions(work, statement_id, after, limit))

    @router.post("/statements/{statement_id}/uses", response_model=StatementView)
    async def give_use_consent(statement_id: Id, body: UseBody, call: Change) -> Response:
        return await door.act(call, lambda work: _consent(work, statement_id, call.version, body))

    @router.post("/statements/{statement_id}/withdrawal", response_model=StatementView)
    async def withdraw(statement_id: Id, body: WithdrawalBody, call: Change) -> Response:
        return await door.act(call, lambda work: _withdraw(work, statement_id, call.version, body))

    return router
