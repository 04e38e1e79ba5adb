"""People as the desk asks intake for them: who they are, how they can be reached, what is known, who moves where."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from services.desk.clients.api import Said
from services.desk.clients.service import Done, Made, Service


class Code(Said):
    """A code that holds. kept: from the other members of the case."""

    entry_id: str
    value: str
    since: date
    kept: bool


class Known(Said):
    """Somebody as they are now."""

    id: str
    case_id: str
    name_in_use: str
    pronouns: str
    born_on: date
    minor: bool
    country_of_danger: str
    languages: tuple[str, ...]
    sogiesc: tuple[Code, ...]
    needs: tuple[Code, ...]
    concerns: tuple[Code, ...]


class Hours(Said):
    """When contact is safe, by the person's own clock."""

    days: tuple[int, ...]
    begins: str
    until: str


class Contact(Said):
    """How somebody can be reached."""

    channel: str
    handle: str
    hours: tuple[Hours, ...]
    zone: str
    language: str
    cover_name: str
    never_call: bool
    somebody_else_reads: bool


class Attempt(Said):
    """Whether contact is allowed now, and when it next is."""

    allowed: bool
    why_not: tuple[str, ...]
    safe_at: datetime | None


class SafeContact(Said):
    """The present profile; version: 0 while nothing was agreed."""

    contact: Contact | None
    words_agreed: bool
    now: Attempt
    version: int


class End(Said):
    """The entry that ended another."""

    note: str
    since: date
    recorded_by: str


class Entry(Said):
    """What was entered about somebody."""

    id: str
    kind: str
    value: str
    note: str
    source: str
    since: date
    kept: bool
    recorded_by: str
    recorded_at: datetime
    ended: End | None


class RelativeEnded(Said):
    """Why a relative is none outside any more."""

    why: str
    by: str
    at: datetime


class Telling(Said):
    """What was told of family outside any case, at one time."""

    name: str
    relationship: str
    where: str
    contactable: str
    how: str
    by: str
    at: datetime


class Relative(Telling):
    """Family outside any case, as was told last; earlier: what was told before, oldest first."""

    id: str
    earlier: tuple[Telling, ...]
    ended: RelativeEnded | None
    version: int


class Correction(Said):
    """What somebody wants corrected, and what became of it."""

    id: str
    what: str
    value: str
    why: str
    asked_by: str
    asked_at: datetime
    state: str
    answer: str
    decided_by: str | None
    decided_at: datetime | None
    version: int


class OwnCopy(Said):
    """Everything that is kept of somebody, by what keeps it; left_out: what no copy holds."""

    made_at: datetime
    parts: dict[str, Any]


class Hearing(Said):
    """Whether a word is one that was agreed."""

    id: str
    matches: bool


class Determination(Said):
    """That it is best for a minor to be parted."""

    person_id: str
    by: str
    on: date
    finding: str


class Move(Said):
    """People who go from one case to another."""

    id: str
    case_id: str
    to_case_id: str | None
    proposed_by: str
    state: str
    person_ids: tuple[str, ...]
    code_name: str | None
    reason: str
    determinations: tuple[Determination, ...]
    version: int


class PeopleClient(Service):
    """What intake tells of people."""

    async def person(self, person_id: str) -> Known:
        return await self.get(f"/people/{person_id}", Known)

    async def safe_contact(self, person_id: str) -> SafeContact:
        return await self.get(f"/people/{person_id}/safe-contact", SafeContact)

    async def entries(self, person_id: str) -> tuple[Entry, ...]:
        return await self.every(f"/people/{person_id}/entries", Entry)

    async def relatives(self, person_id: str) -> tuple[Relative, ...]:
        return await self.every(f"/people/{person_id}/relatives", Relative)

    async def add_relative(self, person_id: str, body: Mapping[str, Any], key: str) -> None:
        await self.post(f"/people/{person_id}/relatives", Done, key, body)

    async def end_relative(self, relative_id: str, why: str, version: int, key: str) -> None:
        await self.post(f"/relatives/{relative_id}/end", Done, key, {"why": why}, version)

    async def corrections(self, person_id: str) -> tuple[Correction, ...]:
        return await self.every(f"/people/{person_id}/corrections", Correction)

    async def ask_correction(self, person_id: str, body: Mapping[str, Any], key: str) -> None:
        await self.post(f"/people/{person_id}/corrections", Done, key, body)

    async def decide_correction(self, correction_id: str, body: Mapping[str, Any], version: int, key: str) -> None:
        await self.post(f"/corrections/{correction_id}/decision", Done, key, body, version)

    async def own_copy(self, person_id: str) -> OwnCopy:
        return await self.get(f"/people/{person_id}/copy", OwnCopy)

    async def agree(self, person_id: str, body: Mapping[str, Any], version: int, key: str) -> None:
        await self.post(f"/people/{person_id}/safe-contact", Done, key, body, version)

    async def hear_word(self, person_id: str, word: str, key: str) -> Hearing:
        return await self.post(f"/people/{person_id}/safe-contact/code-word", Hearing, key, {"word": word})

    async def enter(self, person_id: str, body: Mapping[str, Any], key: str) -> None:
        await self.post(f"/people/{person_id}/entries", Done, key, body)

    async def end(self, entry_id: str, body: Mapping[str, Any], key: str) -> None:
        await self.post(f"/entries/{entry_id}/end", Done, key, body)

    async def add_member(self, case_id: str, body: Mapping[str, Any], key: str) -> str:
        """Somebody joins a case; their id."""
        return (await self.post(f"/cases/{case_id}/people", Made, key, body)).id

    async def propose_erasure(self, person_id: str, reason: str, request_ids: Sequence[str], key: str) -> None:
        """Ask that somebody be erased, with those requests of their case that are theirs."""
        await self.post(
            f"/people/{person_id}/erasures", Done, key, {"reason": reason, "request_ids": list(request_ids)}
        )

    async def moves(self, case_id: str) -> tuple[Move, ...]:
        return await self.every(f"/cases/{case_id}/moves", Move)

    async def move(self, move_id: str) -> Move:
        return await self.get(f"/moves/{move_id}", Move)

    async def propose_move(self, case_id: str, body: Mapping[str, Any], key: str) -> None:
        await self.post(f"/cases/{case_id}/moves", Done, key, body)
