"""The plan of a case: what counts, the draft since then, and how far the goals have come.

Rule: a goal that was there before keeps its id through the form, so that what was said of it stays with it.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Response

from services.desk.pages.visit import Visiting, see
from shared.contracts.fields import Id

Lines = Annotated[str, Form(max_length=8000)]
Token = Annotated[str, Form()]
Version = Annotated[int, Form(ge=0)]
MORE_GOALS = 2
"""Empty places for new goals on the form."""


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def goals(texts: list[str], ids: list[str], days: list[str], whose: list[str]) -> list[dict[str, Any]]:
    """Those that say something."""
    return [
        {"id": known or None, "text": text.strip(), "due_on": day or None, "responsible_id": who or None}
        for text, known, day, who in zip(texts, ids, days, whose, strict=True)
        if text.strip()
    ]


def routes() -> APIRouter:
    router = APIRouter()

    @router.get("/cases/{case_id}/plan")
    async def plan(visit: Visiting, case_id: Id) -> Response:
        case, planned = await visit.casework.case(case_id), await visit.casework.plan(case_id)
        team = (await visit.casework.team(case_id)).assigned
        return visit.page("plan.html", case=case, planned=planned, team=team, more_goals=range(MORE_GOALS))

    @router.post("/cases/{case_id}/plan")
    async def write(
        visit: Visiting,
        case_id: Id,
        version: Version,
        goal: Annotated[list[str], Form()],
        goal_id: Annotated[list[str], Form()],
        due_on: Annotated[list[str], Form()],
        responsible_id: Annotated[list[str], Form()],
        warning_signs: Lines = "",
        safe_places: Lines = "",
        contacts: Lines = "",
        steps: Lines = "",
        review_on: Annotated[str, Form(max_length=10)] = "",
        token: Token = "",
    ) -> Response:
        safety = {
            "warning_signs": lines(warning_signs),
            "safe_places": lines(safe_places),
            "contacts": lines(contacts),
            "steps": lines(steps),
        }
        body = {"goals": goals(goal, goal_id, due_on, responsible_id), "safety": safety, "review_on": review_on or None}
        await visit.casework.do(f"/cases/{case_id}/plan", visit.key(token), body, version)
        return see(f"/cases/{case_id}/plan")

    @router.post("/cases/{case_id}/plan/proposal")
    async def propose(visit: Visiting, case_id: Id, version: Version, token: Token = "") -> Response:
        await visit.casework.do(f"/cases/{case_id}/plan/proposal", visit.key(token), None, version)
        return see(f"/cases/{case_id}/plan")

    @router.post("/cases/{case_id}/plan/progress")
    async def progress(
        visit: Visiting,
        case_id: Id,
        version: Version,
        goal_id: Annotated[Id, Form()],
        how: Annotated[str, Form(pattern="^[a-z]{1,20}$")],
        note: Annotated[str, Form(max_length=2000)] = "",
        token: Token = "",
    ) -> Response:
        body = {"goal_id": goal_id, "progress": how, "note": note}
        await visit.casework.do(f"/cases/{case_id}/plan/progress", visit.key(token), body, version)
        return see(f"/cases/{case_id}/plan")

    return router
