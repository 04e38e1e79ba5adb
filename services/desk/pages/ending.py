"""How a case rests, ends and begins again: what happened to it, and the forms that its state allows."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Response

from services.desk.pages.diary import instant
from services.desk.pages.visit import Visiting, see
from shared.contracts.fields import Id

OUTCOMES = ("completed", "referred_out", "withdrawn", "unreachable", "lost_contact", "deceased", "out_of_scope")
SAFETY = ("safe", "at_risk", "unknown")
Rest = Literal["suspension", "support-in-place", "reviews"]
Again = Literal["resumption", "reopening", "anew"]

Text = Annotated[str, Form(max_length=8000)]
Short = Annotated[str, Form(max_length=500)]
Version = Annotated[int, Form(ge=0)]
Token = Annotated[str, Form()]


def routes() -> APIRouter:
    router = APIRouter()

    @router.get("/cases/{case_id}/ending")
    async def ending(visit: Visiting, case_id: Id) -> Response:
        case, turns = await visit.intake.case(case_id), await visit.diary.turns(case_id)
        return visit.page("ending.html", case=case, turns=turns[::-1], outcomes=OUTCOMES, safety=SAFETY)

    @router.post("/cases/{case_id}/closure")
    async def close(
        visit: Visiting,
        case_id: Id,
        outcome: Short,
        safety: Short,
        summary: Text,
        version: Version,
        said_by_person: Text = "",
        passed_to: Short = "",
        follow_up: Text = "",
        token: Token = "",
    ) -> Response:
        told = {"safety": safety, "summary": summary, "said_by_person": said_by_person}
        told |= {"passed_to": passed_to, "follow_up": follow_up}
        return await _act(visit, case_id, "closure", {"outcome": outcome, "assessment": told}, version, token)

    @router.post("/cases/{case_id}/rest/{how}")
    async def rest(
        visit: Visiting, case_id: Id, how: Rest, reason: Text, review_at: Short, version: Version, token: Token = ""
    ) -> Response:
        body = {"reason": reason, "review_at": instant(review_at, "UTC")}
        return await _act(visit, case_id, how, body, version, token)

    @router.post("/cases/{case_id}/again/{how}")
    async def again(
        visit: Visiting, case_id: Id, how: Again, reason: Text, version: Version, token: Token = ""
    ) -> Response:
        what = "verification/anew" if how == "anew" else how
        return await _act(visit, case_id, what, {"reason": reason}, version, token)

    return router


async def _act(visit: Visiting, case_id: str, what: str, body: dict[str, Any], version: int, token: str) -> Response:
    await visit.diary.do(f"/cases/{case_id}/{what}", body, visit.key(token), version)
    return see(f"/cases/{case_id}/ending")
