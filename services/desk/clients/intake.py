"""Intake as the desk asks it."""

from datetime import date, datetime

from services.desk.clients.api import Paged, Said
from services.desk.clients.people import PeopleClient


class BoardRow(Said):
    """Where a person stands."""

    person_id: str
    case_id: str
    code_name: str
    state: str
    blocked_by: tuple[str, ...]


class Case(Said):
    """A case with its triage and plan."""

    id: str
    code_name: str
    state: str
    standing: str | None = None
    version: int
    priority: str | None
    priority_reason: str | None
    goals: tuple[str, ...]


class Named(Said):
    """A case by what colleagues call it."""

    id: str
    code_name: str


class Person(Said):
    """Somebody of the group, as they are spoken to; name_in_use: None for who sees them masked."""

    id: str
    name_in_use: str | None
    pronouns: str
    languages: tuple[str, ...]
    principal: bool
    minor: bool


class Group(Said):
    """The people of a case."""

    people: tuple[Person, ...]


class Team(Said):
    """Who works on a case, and who must not."""

    assigned: tuple[str, ...]
    recused: tuple[str, ...]


class Consent(Said):
    """What a person agreed to."""

    id: str
    person_id: str
    purpose: str
    live: bool
    expires_on: date | None


class ItemFile(Said):
    """A file of an item."""

    id: str
    digest: str


class Item(Said):
    """What one check showed."""

    id: str
    kind: str
    source: str
    supports: str
    result: str
    note: str
    person_id: str | None
    recorded_by: str
    files: tuple[ItemFile, ...]


class Interview(Said):
    """What somebody of the case said, and who asked."""

    id: str
    person_id: str
    held_at: datetime
    by: str
    interviewer_id: str | None
    interviewer: str
    language: str
    interpreter: str
    summary: str


class Proposal(Said):
    """A verdict that waits for a second person."""

    id: str
    verdict: str
    mode: str
    reason: str
    proposed_by: str


class HeadReview(Said):
    """A verdict that waits for a head reviewer, and what the first reviewer said."""

    id: str
    proposal: Proposal
    cause: str
    reviewed_by: str
    agreed: bool
    opinion: str


class Claim(Said):
    """What speaks for a claim and against it: ids of items."""

    claim: str
    verified: tuple[str, ...]
    refuted: tuple[str, ...]
    unverifiable: tuple[str, ...]
    contradicted: bool


class Verification(Said):
    """How far a verification has come. missing: by mode, what it still needs."""

    claims: tuple[Claim, ...]
    missing: dict[str, tuple[str, ...]]
    proposal: Proposal | None
    head_review: HeadReview | None
    version: int


class Reveal(Said):
    """Who asks to know who a person is, and why."""

    person_id: str
    asked_by: str
    reason: str


class Kept(Said):
    """What would stay of a case after an erasure."""

    people: tuple[str, ...]
    requests: tuple[str, ...]
    case_ends: bool


class Erasure(Said):
    """Who would be erased, with which requests, and why; kept: None when it is no longer to be decided."""

    person_id: str
    request_ids: tuple[str, ...]
    reason: str | None
    kept: Kept | None
    version: int


class Intake(PeopleClient):
    """Board, case, people, team, consents, reveals, erasures."""

    async def board(self, after: str | None, limit: int) -> Paged[BoardRow]:
        return await self.get("/board", Paged[BoardRow], after=after, limit=limit)

    async def case(self, case_id: str) -> Case:
        return await self.get(f"/cases/{case_id}", Case)

    async def cases(self) -> tuple[Named, ...]:
        """Every case that who asks may see."""
        return await self.every("/cases", Named)

    async def people(self, case_id: str) -> Group:
        return await self.get(f"/cases/{case_id}/people", Group)

    async def team(self, case_id: str) -> Team:
        return await self.get(f"/cases/{case_id}/team", Team)

    async def consents(self, case_id: str) -> tuple[Consent, ...]:
        return await self.every(f"/cases/{case_id}/consents", Consent)

    async def verification(self, case_id: str) -> Verification:
        return await self.get(f"/cases/{case_id}/verification", Verification)

    async def items(self, case_id: str) -> tuple[Item, ...]:
        return await self.every(f"/cases/{case_id}/verification/items", Item)

    async def interviews(self, case_id: str) -> tuple[Interview, ...]:
        return await self.every(f"/cases/{case_id}/verification/interviews", Interview)

    async def reveal(self, reveal_id: str) -> Reveal:
        return await self.get(f"/reveals/{reveal_id}", Reveal)

    async def erasure(self, erasure_id: str) -> Erasure:
        return await self.get(f"/erasures/{erasure_id}", Erasure)
