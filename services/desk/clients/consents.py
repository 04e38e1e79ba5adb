"""Consents as the desk asks intake for them."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from services.desk.clients.api import Said
from services.desk.clients.service import Done, Service


class Proof(Said):
    """How it was said."""

    how: str
    note: str
    guardian_id: str | None
    witness: str
    interpreter: str


class TakenBack(Said):
    """How it was said that a consent is over; hearing_id: of a word that was heard with it."""

    how: str
    said_by: str
    note: str
    hearing_id: str | None


class Version(Said):
    """What a consent was from an instant on."""

    number: int
    turn: str
    at: datetime
    by: str
    recipients: tuple[str, ...]
    expires_on: date | None
    proof: Proof | None
    taken_back: TakenBack | None


class Answer(Said):
    """A service acted; stands: numbers of things, by what they are."""

    service: str
    at: datetime
    stands: dict[str, int]


class Change(Said):
    """A version that the others were told of."""

    number: int
    at: datetime
    answers: tuple[Answer, ...]
    waits_for: tuple[str, ...]
    overdue: bool


class ConsentDetails(Said):
    """A consent with all that became of it. proofs: whether who looks may read how it was said."""

    id: str
    person_id: str
    purpose: str
    recipients: tuple[str, ...]
    live: bool
    expires_on: date | None
    language: str
    version: int
    history: tuple[Version, ...]
    changes: tuple[Change, ...]
    evidence: bool
    proofs: bool


class Given(Said):
    """A consent that was just written down."""

    id: str


class Consents(Service):
    """Intake, asked for consents."""

    async def consent(self, consent_id: str) -> ConsentDetails:
        return await self.get(f"/consents/{consent_id}", ConsentDetails)

    async def give(self, person_id: str, body: Mapping[str, Any], key: str) -> Given:
        return await self.post(f"/people/{person_id}/consents", Given, key, body)

    async def change(self, consent_id: str, what: str, body: Mapping[str, Any], version: int, key: str) -> None:
        """what: narrowing or withdrawal."""
        await self.post(f"/consents/{consent_id}/{what}", Done, key, body, version)

    async def keep_evidence(self, consent_id: str, content: bytes, media_type: str, key: str) -> None:
        await self.send(f"/consents/{consent_id}/evidence", Done, key, content, media_type)

    async def evidence(self, consent_id: str) -> tuple[str, bytes]:
        return await self.content(f"/consents/{consent_id}/evidence")
