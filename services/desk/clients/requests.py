"""Requests for help as the desk asks intake for them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.desk.clients.api import Paged, Said
from services.desk.clients.people import Contact
from services.desk.clients.service import Done, Made, Service


class Queued(Said):
    """An open request in its place."""

    id: str
    state: str
    urgency: str
    language: str
    received_at: datetime
    claimed_by: str | None
    readable: bool


class Asked(Said):
    """A request that a case came from."""

    id: str
    channel: str
    received_at: datetime


class ThirdParty(Said):
    """Who asked for somebody else."""

    name: str
    contact: str
    person_agrees: str
    contact_person: bool


class Request(Said):
    """A request with what was told; name, contact and who asked are None for who sees it masked."""

    id: str
    state: str
    channel: str
    language: str
    asked_by: str
    urgency: str
    merged_into: str | None
    case_id: str | None
    received_at: datetime
    claimed_by: str | None
    claimed_until: datetime | None
    name: str | None
    contact: str | None
    country: str
    story: str
    third_party: ThirdParty | None
    possible_duplicates: tuple[str, ...]
    apart: tuple[str, ...]
    version: int


class Heard(Said):
    """On which channel somebody said something, and who."""

    how: str
    whom: str


class Step(Said):
    """One step of a screening; heard: how a withdrawal was said."""

    outcome: str
    reason: str
    answer: str
    by: str
    at: datetime
    heard: Heard | None


class Way(Said):
    """How somebody can be reached, and whether now."""

    whom: str
    contact: Contact | None
    why_not: str | None
    safe_at: datetime | None
    discreet: bool


class Tried(Said):
    """A contact that was tried."""

    whom: str
    channel: str
    result: str
    note: str
    by: str
    at: datetime


class Handover(Said):
    """What somebody left to the next on duty."""

    id: str
    request_id: str
    note: str
    by: str
    at: datetime
    version: int


class Shift(Said):
    """When somebody is on duty, and what they read."""

    id: str
    actor_id: str
    begins_at: datetime
    ends_at: datetime
    languages: tuple[str, ...]
    on_duty: bool
    version: int


class Requests(Service):
    """The queue, one request with all that was done about it, hand-overs, and who is on duty."""

    async def queue(self, after: str | None, limit: int, *, for_me: bool) -> Paged[Queued]:
        mine = "true" if for_me else "false"
        return await self.get("/queue", Paged[Queued], after=after, limit=limit, for_me=mine)

    async def request(self, request_id: str) -> Request:
        return await self.get(f"/requests/{request_id}", Request)

    async def of_case(self, case_id: str) -> tuple[Asked, ...]:
        return await self.every(f"/cases/{case_id}/requests", Asked)

    async def steps(self, request_id: str) -> tuple[Step, ...]:
        return (await self.get(f"/requests/{request_id}/screenings", Paged[Step])).items

    async def ways(self, request_id: str) -> tuple[Way, ...]:
        return (await self.get(f"/requests/{request_id}/safe-contact", Paged[Way])).items

    async def tried(self, request_id: str) -> tuple[Tried, ...]:
        return (await self.get(f"/requests/{request_id}/contact-attempts", Paged[Tried])).items

    async def handovers(self, after: str | None, limit: int) -> Paged[Handover]:
        return await self.get("/handovers", Paged[Handover], after=after, limit=limit)

    async def act(
        self, request_id: str, what: str, key: str, version: int | None, body: Mapping[str, Any] | None = None
    ) -> None:
        """Any act on a request, by the last word of its address."""
        await self.post(f"/requests/{request_id}/{what}", Done, key, body, version)

    async def receive(self, body: Mapping[str, Any], key: str) -> str:
        """Write down what somebody asks for; the id of the request."""
        return (await self.post("/requests", Made, key, body)).id

    async def open_case(self, request_id: str, body: Mapping[str, Any], version: int, key: str) -> str:
        """A request becomes a case; its id."""
        return (await self.post(f"/requests/{request_id}/case", Made, key, body, version)).id

    async def take_over(self, handover_id: str, version: int, key: str) -> None:
        await self.post(f"/handovers/{handover_id}/taking", Done, key, version=version)

    async def roster(self, after: str | None, limit: int) -> Paged[Shift]:
        return await self.get("/shifts", Paged[Shift], after=after, limit=limit)

    async def plan_shift(self, body: Mapping[str, Any], key: str) -> None:
        await self.post("/shifts", Done, key, body)

    async def end_shift(self, shift_id: str, version: int, key: str) -> None:
        await self.post(f"/shifts/{shift_id}/end", Done, key, version=version)
