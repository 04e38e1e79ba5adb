"""The HTTP door of safe contact."""

from datetime import datetime, time
from typing import Annotated, Self

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field, model_validator

from services.intake.people.actions import safe_contact as actions
from services.intake.people.model import safe_contact as model
from services.intake.people.model.safe_contact import Channel, Hours, Profile, SafeContact, WhyNot, Words
from shared.contracts.fields import Id
from shared.web import Change, Door, Look, Post
from shared.work import Work

Word = Annotated[str, Field(min_length=1, max_length=60)]
Day = Annotated[int, Field(ge=1, le=7)]


class HoursBody(BaseModel):
    """When contact is safe by the person's own clock. days: 1 is Monday, on which it begins; until: not later than
    begins is on the next day, the same hour a whole day."""

    days: tuple[Day, ...] = Field(min_length=1, max_length=7)
    begins: time
    until: time


class ContactBody(BaseModel):
    """How a person can be reached. zone: IANA name; cover_name: as whom the caller presents themselves."""

    channel: Channel
    handle: str = Field(min_length=1, max_length=120)
    hours: tuple[HoursBody, ...] = Field(min_length=1, max_length=6)
    zone: str = Field(min_length=1, max_length=60)
    language: str = Field(pattern="^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}$")
    cover_name: str = Field(default="", max_length=60)
    never_call: bool = False
    somebody_else_reads: bool = False

    def contact(self) -> SafeContact:
        hours = tuple(
            Hours(it.days, it.begins.replace(tzinfo=None), it.until.replace(tzinfo=None)) for it in self.hours
        )
        return SafeContact(**{**dict(self), "hours": hours})


class SafeContactBody(ContactBody):
    """What was agreed. code_word, duress_word: both or neither; without them those agreed before stay."""

    code_word: Word | None = None
    duress_word: Word | None = None

    @model_validator(mode="after")
    def both(self) -> Self:
        if (self.code_word is None) != (self.duress_word is None):
            raise ValueError("code_word and duress_word come together")
        return self

    def contact(self) -> SafeContact:
        return ContactBody(**self.model_dump(exclude={"code_word", "duress_word"})).contact()

    def words(self) -> Words | None:
        if self.code_word is None or self.duress_word is None:
            return None
        return Words(self.code_word, self.duress_word)


class NowView(BaseModel):
    """Whether contact on the agreed channel is allowed now; safe_at: now, or when it next is."""

    allowed: bool
    why_not: tuple[WhyNot, ...]
    safe_at: datetime | None


class SafeContactView(BaseModel):
    """How a person can be reached; contact: null while nothing was agreed, of version 0. words_agreed: whether there
    are a code word and a duress word, which are never shown."""

    person_id: Id
    contact: ContactBody | None
    words_agreed: bool
    now: NowView
    version: int


class WordBody(BaseModel):
    """The word that the person said."""

    word: Word


class HearingView(BaseModel):
    """matches: whether it is a word that was agreed with them."""

    id: Id
    matches: bool


def view(profile: Profile, at: datetime) -> SafeContactView:
    contact = profile.contact
    now = model.attempt(contact, "in_person" if contact is None else contact.channel, at)
    return SafeContactView(
        person_id=profile.person_id,
        contact=None if contact is None else ContactBody.model_validate(contact, from_attributes=True),
        words_agreed=profile.words,
        now=NowView(allowed=now.allowed, why_not=now.why_not, safe_at=now.safe_at),
        version=profile.version,
    )


async def _see(work: Work, person_id: str) -> SafeContactView:
    return view(await actions.see(work, person_id), work.now)


async def _agree(work: Work, person_id: str, version: int, body: SafeContactBody) -> SafeContactView:
    return view(await actions.agree(work, person_id, version, body.contact(), body.words()), work.now)


async def _hear(work: Work, person_id: str, body: WordBody) -> HearingView:
    hearing_id, matches = await actions.hear_word(work, person_id, body.word)
    return HearingView(id=hearing_id, matches=matches)


def routes(door: Door) -> APIRouter:
    router = APIRouter(tags=["people"])

    @router.get("/people/{person_id}/safe-contact", response_model=SafeContactView)
    async def see_safe_contact(person_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _see(work, person_id))

    @router.post("/people/{person_id}/safe-contact", response_model=SafeContactView)
    async def agree_safe_contact(person_id: Id, body: SafeContactBody, call: Change) -> Response:
        return await door.act(call, lambda work: _agree(work, person_id, call.version, body))

    @router.post("/people/{person_id}/safe-contact/code-word", response_model=HearingView, status_code=201)
    async def hear_code_word(person_id: Id, body: WordBody, call: Post) -> Response:
        return await door.act(call, lambda work: _hear(work, person_id, body), 201)

    return router
