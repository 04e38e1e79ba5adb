"""The queue of requests, a request beside those that may be the same, and what is handed over.

Rule: every act is a form of its own; what a service refuses is said in its words.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Request, Response

from services.desk.clients import Problem
from services.desk.pages.people import DAYS, contact_of
from services.desk.pages.people import ROWS as SPANS
from services.desk.pages.visit import Visit, Visiting, see
from shared.contracts.fields import Id

ROWS = 50

Version = Annotated[int, Form(ge=0)]
Token = Annotated[str, Form()]
Text = Annotated[str, Form(max_length=4000)]
Word = Annotated[str, Form(pattern="^[a-z_]{1,30}$")]
Plain = Literal["claim", "release", "unmerge"]
Reasoned = Literal["reopening", "unreachable"]


async def _shown(visit: Visit, request_id: str) -> dict[str, Any]:
    """A request, what was done about it, and those that may be the same; parts that are not told are missing."""
    requests = visit.requests
    request = await requests.request(request_id)
    alike = [await requests.request(other) for other in request.possible_duplicates]
    facts: dict[str, Any] = {"request": request, "alike": alike}
    facts |= {"spans": SPANS, "days": DAYS}
    for name, ask in (("steps", requests.steps), ("tried", requests.tried), ("ways", requests.ways)):
        try:
            facts[name] = await ask(request_id)
        except Problem:
            facts[name] = None
    return facts


async def _act(visit: Visit, request_id: str, what: str, token: str, version: int | None, **body: Any) -> Response:
    said: Mapping[str, Any] | None = body or None
    await visit.requests.act(request_id, what, visit.key(token), version, said)
    return see(f"/requests/{request_id}")


def routes() -> APIRouter:
    router = APIRouter()

    @router.get("/requests")
    async def queue(visit: Visiting, mine: bool = False, after: Id | None = None) -> Response:
        page = await visit.requests.queue(after, ROWS, for_me=mine)
        went_on, rows = after is not None, page.items
        return visit.page("requests.html", requests=rows, mine=mine, following=page.next, went_on=went_on)

    @router.get("/requests/{request_id}")
    async def request(visit: Visiting, request_id: Id) -> Response:
        return visit.page("request.html", **await _shown(visit, request_id))

    @router.get("/handovers")
    async def handovers(visit: Visiting, after: Id | None = None) -> Response:
        page = await visit.requests.handovers(after, ROWS)
        return visit.page("handovers.html", handovers=page.items, following=page.next, went_on=after is not None)

    @router.post("/handovers/{handover_id}/taking")
    async def take_over(visit: Visiting, handover_id: Id, version: Version, token: Token = "") -> Response:
        await visit.requests.take_over(handover_id, version, visit.key(token))
        return see("/requests?mine=true")

    _acts(router)
    return router


def _acts(router: APIRouter) -> None:
    @router.post("/requests/{request_id}/screening")
    async def screen(
        visit: Visiting,
        request_id: Id,
        version: Version,
        outcome: Word,
        urgency: Word,
        reason: Text = "",
        answer: Text = "",
        token: Token = "",
    ) -> Response:
        said: dict[str, Any] = {"in_scope": outcome == "in_scope", "urgency": urgency, "reason": reason}
        ending = {} if outcome == "in_scope" else {"ends_as": outcome, "answer": answer}
        return await _act(visit, request_id, "screening", token, version, **said, **ending)

    @router.post("/requests/{request_id}/withdrawal")
    async def withdraw(
        visit: Visiting,
        request_id: Id,
        version: Version,
        how: Word,
        whom: Word,
        reason: Text = "",
        token: Token = "",
    ) -> Response:
        return await _act(visit, request_id, "withdrawal", token, version, how=how, whom=whom, reason=reason)

    @router.post("/requests/{request_id}/urgency")
    async def urgency(visit: Visiting, request_id: Id, version: Version, urgency: Word, token: Token = "") -> Response:
        return await _act(visit, request_id, "urgency", token, version, urgency=urgency)

    @router.post("/requests/{request_id}/agreement")
    async def agreement(
        visit: Visiting,
        request_id: Id,
        version: Version,
        person_agrees: Word,
        contact_person: Annotated[bool, Form()] = False,
        token: Token = "",
    ) -> Response:
        said = {"person_agrees": person_agrees, "contact_person": contact_person}
        return await _act(visit, request_id, "agreement", token, version, **said)

    @router.post("/requests/{request_id}/safe-contact")
    async def agree_contact(
        request: Request, visit: Visiting, request_id: Id, version: Version, whom: Word, token: Token = ""
    ) -> Response:
        contact = contact_of(await request.form())
        return await _act(visit, request_id, "safe-contact", token, version, whom=whom, contact=contact)

    @router.post("/requests/{request_id}/merge")
    async def merge(
        visit: Visiting, request_id: Id, version: Version, into: Annotated[Id, Form()], token: Token = ""
    ) -> Response:
        return await _act(visit, request_id, "merge", token, version, into=into)

    @router.post("/requests/{request_id}/apart")
    async def keep_apart(
        visit: Visiting, request_id: Id, version: Version, other: Annotated[Id, Form()], token: Token = ""
    ) -> Response:
        return await _act(visit, request_id, "apart", token, version, other=other)

    @router.post("/requests/{request_id}/apart/withdrawal")
    async def take_back_apart(
        visit: Visiting, request_id: Id, version: Version, other: Annotated[Id, Form()], token: Token = ""
    ) -> Response:
        return await _act(visit, request_id, "apart/withdrawal", token, version, other=other)

    @router.post("/requests/{request_id}/handover")
    async def hand_over(visit: Visiting, request_id: Id, version: Version, note: Text, token: Token = "") -> Response:
        return await _act(visit, request_id, "handover", token, version, note=note)

    @router.post("/requests/{request_id}/contact-attempts")
    async def log_attempt(
        visit: Visiting,
        request_id: Id,
        whom: Word,
        channel: Word,
        result: Word,
        note: Text = "",
        token: Token = "",
    ) -> Response:
        said = {"whom": whom, "channel": channel, "result": result, "note": note}
        return await _act(visit, request_id, "contact-attempts", token, None, **said)

    @router.post("/requests/{request_id}/because/{what}")
    async def reasoned(
        visit: Visiting, request_id: Id, what: Reasoned, version: Version, reason: Text, token: Token = ""
    ) -> Response:
        return await _act(visit, request_id, what, token, version, reason=reason)

    @router.post("/requests/{request_id}/{what}")
    async def plain(visit: Visiting, request_id: Id, what: Plain, version: Version, token: Token = "") -> Response:
        return await _act(visit, request_id, what, token, version)
