"""Parked events for operators: what could not be handled, why, and what to do about it.

Rule: operators see the reason and the event's type, never its content; replay and discard are on the audit log.
"""

from datetime import datetime

from fastapi import APIRouter, Response
from pydantic import BaseModel

from shared.access import Resource
from shared.contracts.fields import Id
from shared.messaging.inbox import Inbox
from shared.messaging.inbox_rows import ParkedRow, parked_events
from shared.web.bodies import Done, Limit, Page
from shared.web.calls import Look, Post
from shared.web.door import Door
from shared.work import Work

_PARKED = Resource("Parked", "all", {})


class ParkedView(BaseModel):
    """A parked event: `event` is its type, `revision` its place among those of its key."""

    id: Id
    publisher: str
    event: str
    revision: int | None
    reason: str
    parked_at: datetime


def view(row: ParkedRow) -> ParkedView:
    return ParkedView(
        id=row.id,
        publisher=row.publisher,
        event=row.subject.rsplit(".", 1)[0],
        revision=row.revision,
        reason=row.reason,
        parked_at=row.parked_at,
    )


async def see_parked(work: Work, after: str | None, limit: int) -> Page[ParkedView]:
    """What nobody settled, oldest first. Errors: Refusal forbidden."""
    work.permit("see_parked", _PARKED)
    found = await parked_events(work, after, limit)
    work.audit("see_parked", subjects=[row.id for row in found.items])
    return Page.from_slice(found, view)


async def replay(work: Work, inbox: Inbox, parked_id: str) -> Done:
    """Errors: Refusal forbidden; as `Inbox.replay`."""
    work.permit("settle_parked", _PARKED)
    await inbox.replay(work, parked_id)
    work.audit("replay_parked", subjects=[parked_id])
    return Done()


async def discard(work: Work, inbox: Inbox, parked_id: str) -> Done:
    """Errors: Refusal forbidden; as `Inbox.discard`."""
    work.permit("settle_parked", _PARKED)
    await inbox.discard(work, parked_id)
    work.audit("discard_parked", subjects=[parked_id])
    return Done()


def routes(door: Door, inbox: Inbox) -> APIRouter:
    router = APIRouter(tags=["parked"])

    @router.get("/parked", response_model=Page[ParkedView])
    async def list_parked(call: Look, after: Id | None = None, limit: Limit = 50) -> Response:
        return await door.look(call, lambda work: see_parked(work, after, limit))

    @router.post("/parked/{parked_id}/replay", response_model=Done)
    async def replay_one(parked_id: Id, call: Post) -> Response:
        return await door.act(call, lambda work: replay(work, inbox, parked_id))

    @router.post("/parked/{parked_id}/discard", response_model=Done)
    async def discard_one(parked_id: Id, call: Post) -> Response:
        return await door.act(call, lambda work: discard(work, inbox, parked_id))

    return router
