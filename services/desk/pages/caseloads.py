"""How many cases are enough: the caps of roles, and how many somebody has and may have."""

from typing import Annotated

from fastapi import APIRouter, Form, Response

from services.desk.pages.visit import Visiting, see
from shared.contracts.fields import Id
from shared.errors import invalid

Version = Annotated[int, Form(ge=0)]
Token = Annotated[str, Form()]


def caps_of(text: str) -> dict[str, int]:
    """One role and its number in a line. Errors: Refusal invalid."""
    found: dict[str, int] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        role, _, number = line.rpartition(" ")
        if not role.strip() or not number.isdecimal():
            raise invalid("no_caps", "Write a role and a number in each line, such as: caseworker 12")
        found[role.strip()] = int(number)
    return found


def routes() -> APIRouter:
    router = APIRouter()

    @router.get("/caseloads")
    async def caseloads(visit: Visiting) -> Response:
        return visit.page("caseloads.html", caps=await visit.casework.caps(), caseload=None)

    @router.post("/caseloads")
    async def set_caps(
        visit: Visiting, version: Version, by_role: Annotated[str, Form(max_length=4000)] = "", token: Token = ""
    ) -> Response:
        await visit.casework.do("/caseload-caps", visit.key(token), {"by_role": caps_of(by_role)}, version)
        return see("/caseloads")

    @router.post("/caseloads/look")
    async def look(visit: Visiting, actor_id: Annotated[Id, Form()], token: Token = "") -> Response:
        visit.key(token)
        return see(f"/caseloads/{actor_id}")

    @router.get("/caseloads/{actor_id}")
    async def caseload(visit: Visiting, actor_id: Id) -> Response:
        found = await visit.casework.caseload(actor_id)
        return visit.page("caseloads.html", caps=await visit.casework.caps(), caseload=found)

    @router.post("/caseloads/{actor_id}")
    async def set_caseload(
        visit: Visiting,
        actor_id: Id,
        version: Version,
        role: Annotated[str, Form(max_length=32)] = "",
        cap: Annotated[str, Form(max_length=6)] = "",
        token: Token = "",
    ) -> Response:
        if cap and not cap.isdecimal():
            raise invalid("no_caps", "A cap is a number.")
        body = {"role": role, "cap": int(cap) if cap else None}
        await visit.casework.do(f"/staff/{actor_id}/caseload", visit.key(token), body, version)
        return see(f"/caseloads/{actor_id}")

    return router
