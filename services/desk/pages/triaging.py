"""How urgent a case is: the rules to choose from, what they say and why, and the decision of whoever is signed in.

Rule: the sum is shown before anybody decides, and decides nothing itself.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Response

from services.desk.pages.people import names_of
from services.desk.pages.visit import Visit, Visiting, see
from shared.contracts.fields import Id

Codes = Annotated[list[str] | None, Form()]


async def show(visit: Visit, case_id: str, **more: Any) -> Response:
    work = visit.casework
    case, rules, triages = await work.case(case_id), await work.rules(), await work.triages(case_id)
    names = names_of(await work.people(case_id))
    shown = {"assessment": None, "chosen": (), "names": names, **more}
    return visit.page("triage.html", case=case, rules=rules, triages=triages[::-1], **shown)


def routes() -> APIRouter:
    router = APIRouter()

    @router.get("/cases/{case_id}/triage")
    async def triage(visit: Visiting, case_id: Id) -> Response:
        return await show(visit, case_id)

    @router.post("/cases/{case_id}/triage/assessment")
    async def assess(visit: Visiting, case_id: Id, code: Codes = None, token: Annotated[str, Form()] = "") -> Response:
        codes = tuple(code or ())
        assessment = await visit.casework.assess(case_id, codes, visit.key(token))
        return await show(visit, case_id, assessment=assessment, chosen=codes)

    @router.post("/cases/{case_id}/triage")
    async def decide(
        visit: Visiting,
        case_id: Id,
        priority: Annotated[str, Form(pattern="^[a-z]{1,20}$")],
        version: Annotated[int, Form(ge=0)],
        code: Codes = None,
        reason: Annotated[str, Form(max_length=2000)] = "",
        token: Annotated[str, Form()] = "",
    ) -> Response:
        body = {"codes": code or [], "priority": priority, "reason": reason}
        await visit.casework.do(f"/cases/{case_id}/triage", visit.key(token), body, version)
        return see(f"/cases/{case_id}/triage")

    return router
