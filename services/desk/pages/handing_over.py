"""Who works on a case, keeping away from it, and cases that are offered to somebody else."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Response

from services.desk.clients.casework import StaffTeam
from services.desk.pages.visit import Visiting, see
from services.desk.pages.words import SHOWN_OF_ID
from shared.contracts.fields import Id

Token = Annotated[str, Form()]
Text = Annotated[str, Form(max_length=4000)]
Ids = Annotated[list[Id] | None, Form()]


def routes() -> APIRouter:
    router = APIRouter()

    @router.get("/cases/{case_id}/team")
    async def team(visit: Visiting, case_id: Id) -> Response:
        team, teams = await visit.casework.team(case_id), await visit.casework.teams()
        known = [one.id for one in visit.desk.acquainted.all]
        people = dict.fromkeys((*known, *team.assigned, *team.recused))
        unnamed = set(team.teams) - {one.id for one in teams}
        teams += tuple(StaffTeam(id=one, name=one[:SHOWN_OF_ID]) for one in sorted(unnamed))
        return visit.page("team.html", case_id=case_id, team=team, teams=teams, people=list(people))

    @router.post("/cases/{case_id}/team")
    async def assign(
        visit: Visiting,
        case_id: Id,
        version: Annotated[int, Form(ge=0)],
        assigned: Ids = None,
        teams: Ids = None,
        recused: Ids = None,
        over_cap_reason: Text = "",
        token: Token = "",
    ) -> Response:
        body = {"assigned": assigned or [], "teams": teams or [], "recused": recused or []}
        reasoned = {**body, "over_cap_reason": over_cap_reason}
        await visit.casework.do(f"/cases/{case_id}/team", visit.key(token), reasoned, version)
        return see(f"/cases/{case_id}/team")

    @router.get("/transfers")
    async def transfers(visit: Visiting) -> Response:
        return visit.page("transfers.html", transfers=await visit.casework.transfers())

    @router.post("/cases/{case_id}/transfers")
    async def offer(
        visit: Visiting, case_id: Id, to: Annotated[Id, Form()], note: Text = "", token: Token = ""
    ) -> Response:
        await visit.casework.do(f"/cases/{case_id}/transfers", visit.key(token), {"to": to, "note": note})
        return see("/transfers")

    @router.post("/transfers/{transfer_id}/answer")
    async def answer(
        visit: Visiting,
        transfer_id: Id,
        version: Annotated[int, Form(ge=0)],
        say: Annotated[Literal["yes", "no"], Form()],
        token: Token = "",
    ) -> Response:
        body = {"accept": say == "yes"}
        await visit.casework.do(f"/transfers/{transfer_id}/answer", visit.key(token), body, version)
        return see("/transfers")

    @router.post("/transfers/{transfer_id}/withdrawal")
    async def withdraw(
        visit: Visiting, transfer_id: Id, version: Annotated[int, Form(ge=0)], token: Token = ""
    ) -> Response:
        await visit.casework.do(f"/transfers/{transfer_id}/withdrawal", visit.key(token), None, version)
        return see("/transfers")

    @router.post("/cases/{case_id}/recusal")
    async def keep_away(visit: Visiting, case_id: Id, reason: Text = "", token: Token = "") -> Response:
        await visit.casework.do(f"/cases/{case_id}/recusal", visit.key(token), {"reason": reason})
        return see("/board")

    return router
