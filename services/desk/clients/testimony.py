"""Testimony as the desk asks intake for it: statements, masks and evidence."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from services.desk.clients.api import Said
from services.desk.clients.service import Done, Service


class Head(Said):
    """A statement on a list."""

    id: str
    person_id: str | None
    language: str
    held_on: date
    number: int
    uses: tuple[str, ...]
    masked: bool


class Happening(Said):
    """What was done, as it is counted."""

    harm: str
    region: str
    year: int


class Words(Said):
    """One version of what was said."""

    number: int
    original: str
    translation: str
    happenings: tuple[Happening, ...]
    why: str
    written_by: str
    written_at: datetime


class Use(Said):
    """A use that was consented to."""

    use: str
    expires_on: date | None
    proof: str
    given_at: datetime
    withdrawn_at: datetime | None
    live: bool


class Span(Said):
    """A masked passage."""

    text: str
    start: int
    end: int
    uses: tuple[str, ...]
    reason: str


class Statement(Said):
    """A statement with its last words."""

    id: str
    case_id: str
    person_id: str | None
    interviewer_id: str
    interpreter_id: str | None
    language: str
    held_on: date
    place: str
    words: Words
    uses: tuple[Use, ...]
    masks: tuple[Span, ...] | None
    version: int


class Masked(Said):
    """What was asked of masks; stands: nobody else has to agree."""

    stands: bool


class Masking(Said):
    """A masking that waits for a second person, with the words that it is of."""

    spans: tuple[Span, ...]
    original: str
    translation: str
    set_by: str


class Handover(Said):
    """An entry of a chain of custody."""

    number: int
    given_by: str
    received_by: str
    reason: str
    at: datetime
    recorded_by: str


class Evidence(Said):
    """A piece of evidence on a list."""

    id: str
    description: str
    has_content: bool
    copy_of: str | None


class Registered(Said):
    """Evidence or a statement that was just written down."""

    id: str
    version: int


class Looked(Evidence):
    """A piece of evidence as it was found now."""

    statement_id: str
    version: int
    digest: str | None
    content_intact: bool
    chain_intact: bool
    custody: tuple[Handover, ...]


class Testimony(Service):
    """Statements of a case, and what becomes of them."""

    async def take(self, case_id: str, body: Mapping[str, Any], key: str) -> Registered:
        return await self.post(f"/cases/{case_id}/statements", Registered, key, body)

    async def statements(self, case_id: str) -> tuple[Head, ...]:
        return await self.every(f"/cases/{case_id}/statements", Head)

    async def statement(self, statement_id: str) -> Statement:
        return await self.get(f"/statements/{statement_id}", Statement)

    async def versions(self, statement_id: str) -> tuple[Words, ...]:
        return await self.every(f"/statements/{statement_id}/versions", Words)

    async def evidence_of(self, statement_id: str) -> tuple[Evidence, ...]:
        return await self.every(f"/statements/{statement_id}/evidence", Evidence)

    async def evidence(self, evidence_id: str) -> Looked:
        return await self.get(f"/evidence/{evidence_id}", Looked)

    async def change_statement(
        self, statement_id: str, what: str, body: Mapping[str, Any], version: int, key: str
    ) -> None:
        """what: versions, uses or withdrawal."""
        await self.post(f"/statements/{statement_id}/{what}", Done, key, body, version)

    async def mask(self, statement_id: str, body: Mapping[str, Any], version: int, key: str) -> Masked:
        return await self.post(f"/statements/{statement_id}/masking", Masked, key, body, version)

    async def register(self, statement_id: str, body: Mapping[str, Any], key: str) -> Registered:
        return await self.post(f"/statements/{statement_id}/evidence", Registered, key, body)

    async def keep_content(self, evidence_id: str, content: bytes, media_type: str, key: str) -> None:
        await self.send(f"/evidence/{evidence_id}/content", Done, key, content, media_type)

    async def content_of(self, evidence_id: str) -> tuple[str, bytes]:
        return await self.content(f"/evidence/{evidence_id}/content")

    async def hand_over(self, evidence_id: str, body: Mapping[str, Any], version: int, key: str) -> None:
        await self.post(f"/evidence/{evidence_id}/handovers", Done, key, body, version)

    async def copy_evidence(self, evidence_id: str, key: str) -> None:
        """Begin a copy without metadata; it is there when its run is over."""
        await self.post(f"/evidence/{evidence_id}/copies", Done, key)

    async def masking(self, masking_id: str) -> Masking:
        return await self.get(f"/maskings/{masking_id}", Masking)
