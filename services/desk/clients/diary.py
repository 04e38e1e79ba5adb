"""What intake keeps of the work on a case, as the desk asks for it: duties, notes, appointments, rests and ends."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from services.desk.clients.api import Paged, Said
from services.desk.clients.service import Done, Service


class Duty(Said):
    """Something that must be done, by when and by whom."""

    id: str
    kind: str
    case_id: str | None
    request_id: str | None
    text: str
    due_at: datetime
    falls_to: str
    who_id: str | None
    step: str | None
    state: str
    by_hand: bool
    version: int


class Version(Said):
    """What a note said first, or after a correction."""

    number: int
    text: str
    reason: str
    written_by: str
    written_at: datetime


class Note(Said):
    """A note with all its versions, oldest first."""

    id: str
    person_id: str | None
    on: date
    confidential: bool
    masked: bool
    versions: tuple[Version, ...]
    version: int


class Appointment(Said):
    """When, where and what."""

    id: str
    person_id: str | None
    kind: str
    place: str
    zone: str
    room: str
    language: str
    starts_at: datetime
    ends_at: datetime
    interpreter_id: str | None
    state: str
    version: int


class Turn(Said):
    """What happened to a case as a whole."""

    what: str
    at: datetime
    by: str
    reason: str
    outcome: str | None
    review_at: datetime | None


class Kept(Said):
    """What is over, and until when it is kept."""

    id: str
    kind: str
    outcome: str
    until: datetime
    state: str
    held: bool
    waits: tuple[str, ...]


class Holding(Said):
    """A legal hold, as the list has it."""

    id: str
    kind: str
    place_id: str
    reason: str
    set_by: str
    set_at: datetime
    lifted_at: datetime | None
    version: int


class Hold(Said):
    """A legal hold; lifting_reason: why somebody proposes to lift it."""

    kind: str
    place_id: str
    reason: str
    lifting_reason: str | None
    version: int


class Tried(Said):
    """A contact that was tried, and what came of it."""

    channel: str
    result: str
    note: str
    by: str
    at: datetime


class Interpreter(Said):
    """Somebody in the register of interpreters."""

    id: str
    name: str
    languages: tuple[str, ...]
    gender: str
    towns: tuple[str, ...]
    zone: str
    state: str
    registered_by: str
    signed_on: date | None
    version: int


class Found(Said):
    """Whoever may interpret, and is free."""

    items: tuple[Interpreter, ...]


class Diary(Service):
    """Duties, notes, appointments, the turns of a case, and what goes when."""

    async def duties(self, after: str | None, limit: int) -> Paged[Duty]:
        return await self.get("/duties", Paged[Duty], after=after, limit=limit)

    async def duties_of(self, case_id: str) -> tuple[Duty, ...]:
        return await self.every(f"/cases/{case_id}/duties", Duty)

    async def notes(self, case_id: str) -> tuple[Note, ...]:
        return await self.every(f"/cases/{case_id}/notes", Note)

    async def appointments(self, case_id: str) -> tuple[Appointment, ...]:
        return await self.every(f"/cases/{case_id}/appointments", Appointment)

    async def turns(self, case_id: str) -> tuple[Turn, ...]:
        return await self.every(f"/cases/{case_id}/turns", Turn)

    async def retention(self, after: str | None, limit: int) -> Paged[Kept]:
        return await self.get("/retention", Paged[Kept], after=after, limit=limit)

    async def hold(self, hold_id: str) -> Hold:
        return await self.get(f"/holds/{hold_id}", Hold)

    async def holds(self) -> tuple[Holding, ...]:
        return await self.every("/holds", Holding)

    async def tried(self, person_id: str) -> tuple[Tried, ...]:
        return await self.every(f"/people/{person_id}/contact-attempts", Tried)

    async def interpreters(self) -> tuple[Interpreter, ...]:
        return await self.every("/interpreters", Interpreter)

    async def free(self, case_id: str, body: Mapping[str, Any], key: str) -> tuple[Interpreter, ...]:
        """Whoever may interpret for somebody of the case then."""
        return (await self.post(f"/cases/{case_id}/interpreter-search", Found, key, body)).items

    async def do(self, path: str, body: Mapping[str, Any], key: str, version: int | None = None) -> None:
        """Any act on one of these. Errors: Problem, Silent."""
        await self.post(path, Done, key, body, version)
