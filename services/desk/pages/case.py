"""One case: its people, team, plan and consents, and what happened in all four services; or the way past a closed door.

Rule: a case that one may not see gives the same page as one that does not exist.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Response

from services.desk.clients import Joined, Problem, joined
from services.desk.clients.service import Timeline
from services.desk.pages.visit import Visit, Visiting, see
from shared.contracts.fields import Id
from shared.errors import invalid

MAX_REASON = 1000
SHOWN = 20
"""How much of what happened a case shows before somebody opens the rest."""


@dataclass(frozen=True)
class Entry:
    """One line of the joined timeline."""

    at: datetime
    service: str
    what: str
    actor_id: str


def entries(told: Mapping[str, Timeline]) -> list[tuple[Entry, int]]:
    """What all services told, newest first, the same at the same instant on one line with how often it happened."""
    counted = Counter(
        Entry(happening.at, service, happening.what, happening.actor_id)
        for service, timeline in told.items()
        for happening in timeline.happenings
    )
    return sorted(counted.items(), key=lambda line: line[0].at)[::-1]


def hidden(found: Joined[Any], timelines: Joined[Timeline]) -> bool:
    """Whether nobody tells this person anything of the case."""
    refusal = found.missing.get("case")
    return isinstance(refusal, Problem) and refusal.status == 404 and not timelines.told


async def show(visit: Visit, case_id: str) -> Response:
    """The case as far as the services tell of it."""
    intake = visit.intake
    asked = {
        "case": intake.case(case_id),
        "people": intake.people(case_id),
        "team": intake.team(case_id),
        "consents": intake.consents(case_id),
        "requests": visit.requests.of_case(case_id),
    }
    found: Joined[Any]
    found, timelines = await asyncio.gather(
        joined(asked), joined({name: service.timeline(case_id) for name, service in visit.all().items()})
    )
    if hidden(found, timelines):
        return not_found(visit, case_id)
    return visit.page(
        "case.html",
        case_id=case_id,
        case=found.told.get("case"),
        people=found.told.get("people"),
        team=found.told.get("team"),
        consents=found.told.get("consents"),
        requests=found.told.get("requests"),
        unanswered=found.missing,
        entries=entries(timelines.told),
        shown=SHOWN,
        missing=timelines.missing,
    )


def not_found(visit: Visit, case_id: str) -> Response:
    """There is no such case, or not for this person; the glass can be broken."""
    return visit.page("case_not_found.html", 404, case_id=case_id, services=tuple(visit.desk.services))


def routes() -> APIRouter:
    router = APIRouter()

    @router.get("/cases/{case_id}")
    async def see_case(visit: Visiting, case_id: Id) -> Response:
        return await show(visit, case_id)

    @router.post("/cases/{case_id}/break-glass")
    async def break_glass(
        visit: Visiting,
        case_id: Id,
        reason: Annotated[str, Form(max_length=MAX_REASON)] = "",
        service: Annotated[list[str] | None, Form()] = None,
        token: Annotated[str, Form()] = "",
    ) -> Response:
        key = visit.key(token)
        chosen = [name for name in visit.desk.services if name in (service or ())]
        if not chosen or not reason.strip():
            raise invalid("reason_needed")
        opened = await joined({name: visit.service(name).break_glass(case_id, reason, key) for name in chosen})
        if not opened.told:
            raise next(iter(opened.missing.values()))
        return see(f"/cases/{case_id}")

    return router
