"""What happened to a case in this service, for the desk to join with what the other services tell.

Rule: read from the audit log, so it can neither lag nor disagree; changes only, looks are for auditors.
"""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel
from sqlalchemy import Select, select

from shared.access import case_resource
from shared.audit import AUDIT
from shared.contracts.fields import Id
from shared.unknown import Unknown, nothing, read
from shared.web.calls import Look
from shared.web.door import Door
from shared.work import Work

LOOKS = "see_"
PAGE = 500


class Happening(BaseModel):
    """One change: `what` is the verb of the audit log, `subjects` the ids concerned."""

    at: datetime
    what: str
    actor_id: str
    subjects: tuple[str, ...]


class Timeline(BaseModel):
    """The newest changes to a case in this service, oldest first."""

    case_id: str
    happenings: tuple[Happening, ...]


async def see_timeline(work: Work, case_id: str, unknown: Unknown = nothing) -> Timeline:
    """Errors: Refusal not_found for who may not see the case."""
    work.permit("see_case", await case_resource(work, work.actor, case_id), see="see_case")
    changes = (
        select(AUDIT, AUDIT.c.seq.label("place"))
        .where(
            AUDIT.c.case_id == case_id,
            AUDIT.c.denied.is_(False),
            ~AUDIT.c.verb.startswith(LOOKS, autoescape=True),
        )
        .order_by(AUDIT.c.seq.desc())
    )

    def before(place: int | None) -> Select[Any]:
        return changes if place is None else changes.where(AUDIT.c.seq < place)

    found = [
        Happening(at=row.at, what=row.verb, actor_id=row.actor_id, subjects=row.subjects)
        for _, row in await read(work, before, unknown, PAGE)
    ]
    work.audit("see_timeline", case_id=case_id)
    return Timeline(case_id=case_id, happenings=tuple(reversed(found)))


def routes(door: Door, unknown: Unknown = nothing) -> APIRouter:
    """unknown: what of a case the actor may not know of."""
    router = APIRouter(tags=["timeline"])

    @router.get("/cases/{case_id}/timeline", response_model=Timeline)
    async def timeline(case_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: see_timeline(work, case_id, unknown))

    return router
