"""What every service offers: the timeline of a case, approvals, parked events, breaking the glass."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from services.desk.clients.api import Api, Said


class Happening(Said):
    """One change: `what` is a verb of the audit log."""

    at: datetime
    what: str
    actor_id: str


class Timeline(Said):
    """The changes to a case in one service, oldest first."""

    happenings: tuple[Happening, ...]


class Waiting(Said):
    """A proposal that needs another person."""

    id: str
    kind: str
    subject_id: str
    case_id: str | None
    proposed_by: str
    proposed_at: datetime
    expires_at: datetime
    needed: int
    signed: int
    decide_at: str
    state: str = "open"


class Parked(Said):
    """An event that could not be handled."""

    id: str
    publisher: str
    event: str
    revision: int | None
    reason: str
    parked_at: datetime


class Done(Said):
    """Whatever a service answers to an act."""


class Made(Said):
    """What an act made."""

    id: str


class Service(Api):
    """Any of the four."""

    async def timeline(self, case_id: str) -> Timeline:
        return await self.get(f"/cases/{case_id}/timeline", Timeline)

    async def waiting(self) -> tuple[Waiting, ...]:
        """Every approval that waits for the caller."""
        return await self.every("/approvals", Waiting)

    async def approval(self, approval_id: str) -> Waiting:
        """One, however far it came."""
        return await self.get(f"/approvals/{approval_id}", Waiting)

    async def decide(self, at: str, body: Mapping[str, Any], version: int | None, key: str) -> None:
        """at: where the service said that it is decided."""
        await self.post(at, Done, key, body, version)

    async def parked(self) -> tuple[Parked, ...]:
        return await self.every("/parked", Parked)

    async def settle_parked(self, parked_id: str, how: Literal["replay", "discard"], key: str) -> None:
        await self.post(f"/parked/{parked_id}/{how}", Done, key)

    async def break_glass(self, case_id: str, reason: str, key: str) -> None:
        """Open the case here for an hour; somebody is told."""
        await self.post(f"/cases/{case_id}/break-glass", Done, key, {"reason": reason})
