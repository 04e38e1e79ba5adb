"""Parked events for operators: what could not be handled, why, and what to do about it.

Rule: operators see the reason and the event's type, never its content; replay and discard are on the audit log.
"""

from datetime import datetime

from fastapi import APIRouter, Response
from pydantic import BaseModel

from shared.access import Resource
from shared.contracts.fields import Id
from shared.messaging.inbox import Inbox
from shared.messaging.inbox_rows import parked_events
from shared.web.bodies import Done
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


class ParkedList(BaseModel):
    """All that nobody settled, oldest first."""

    items: tuple[ParkedView, ...]


async def see_parked(work: Work) -> ParkedList:
    """Errors: Refusal forbidden."""
    work.permit("see_parked", _PARKED)
    found = await parked_events(work)
    work.audit("see_parked", subjects=[row.id for row in found])
    views = (
        ParkedView(
            id=row.id,
            publisher=row.publisher,
            event=row.subject.rsplit(".", 1)[0],
            revision=row.revision,
            reason=row.reason,
            parked_at=row.parked_at,
        )
        for row in found
    )
    return ParkedList(items=tuple(views))


async def settle(work: Work, parked_id: str, verb: str) -> Done:
    """Permission and audit of a replay or discard. Errors: Refusal forbidden."""
    work.permit("settle_parked", _PARKED)
    work.audit(verb, subjects=[parked_id])
    return Done()


def routes(door: Door, inbox: Inbox) -> APIRouter:
    router = APIRouter(tags=["parked"])

    @router.get("/parked", response_model=ParkedList)
    async def list_parked(call: Look) -> Response:
        return await door.look(call, see_parked)

    @router.post("/parked/{parked_id}/replay", response_model=Done)
    async def replay(parked_id: Id, call: Post) -> Response:
        answer = await door.act(call, lambda work: settle(work, parked_id, "replay_parked"))
        await inbox.replay(parked_id)
        return answer

    @router.post("/parked/{parked_id}/discard", response_model=Done)
    async def discard(parked_id: Id, call: Post) -> Response:
        answer = await door.act(call, lambda work: settle(work, parked_id, "discard_parked"))
        await inbox.discard(parked_id)
        return answer

    return router
