"""What colleagues proposed and this person may decide: the list, and each with all that it is about."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Response

from services.desk.clients import joined
from services.desk.pages.proposals import KINDS
from services.desk.pages.visit import ServiceName, Visiting, see
from shared.contracts.fields import Id
from shared.errors import not_found


def routes() -> APIRouter:
    router = APIRouter()

    @router.get("/approvals")
    async def approvals(visit: Visiting) -> Response:
        found = await joined({name: service.waiting() for name, service in visit.all().items()})
        waiting = [(name, one) for name, some in found.told.items() for one in some]
        waiting.sort(key=lambda one: one[1].expires_at)
        return visit.page("approvals.html", waiting=waiting, missing=found.missing, code_names=await visit.code_names())

    @router.get("/approvals/{service}/{approval_id}")
    async def approval(visit: Visiting, service: ServiceName, approval_id: Id) -> Response:
        one = await visit.service(service).approval(approval_id)
        kind = KINDS.get((service, one.kind))
        content = None if kind is None or one.state != "open" else await kind.content(visit, one)
        part = None if kind is None or content is None else kind.part
        return visit.page(
            "approval.html",
            service=service,
            one=one,
            part=part,
            content=content,
            code_names=await visit.code_names(),
        )

    @router.post("/approvals/{service}/{approval_id}/decision")
    async def decide(
        visit: Visiting,
        service: ServiceName,
        approval_id: Id,
        say: Annotated[Literal["yes", "no"], Form()],
        version: Annotated[int | None, Form()] = None,
        digest: Annotated[str, Form(max_length=64)] = "",
        token: Annotated[str, Form()] = "",
    ) -> Response:
        key = visit.key(token)
        one = await visit.service(service).approval(approval_id)
        kind = KINDS.get((service, one.kind))
        if kind is None:
            raise not_found()
        await visit.service(service).decide(one.decide_at, kind.body(one, say == "yes", digest), version, key)
        return see("/approvals")

    return router
