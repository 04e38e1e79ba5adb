"""The alerts that wait for somebody to look after them, and words said under duress that wait for an all-clear."""

from typing import Annotated

from fastapi import APIRouter, Form, Response

from services.desk.pages.visit import Visiting, see
from shared.contracts.fields import Id

ALERTS = 50


def routes() -> APIRouter:
    router = APIRouter()

    @router.get("/alerts")
    async def alerts(visit: Visiting, every: bool = False, after: Id | None = None) -> Response:
        page = await visit.notify.alerts(None if every else "open", after, ALERTS)
        held = () if every or after else await visit.notify.under_duress(ALERTS)
        went_on = after is not None
        return visit.page(
            "alerts.html", alerts=page.items, held=held, every=every, following=page.next, went_on=went_on
        )

    @router.post("/alerts/{alert_id}/acknowledgement")
    async def acknowledge(
        visit: Visiting,
        alert_id: Id,
        version: Annotated[int, Form(ge=0)],
        token: Annotated[str, Form()] = "",
    ) -> Response:
        await visit.notify.acknowledge(alert_id, version, visit.key(token))
        return see("/alerts")

    @router.post("/alerts/{alert_id}/all-clear")
    async def give_all_clear(
        visit: Visiting,
        alert_id: Id,
        version: Annotated[int, Form(ge=0)],
        token: Annotated[str, Form()] = "",
    ) -> Response:
        await visit.notify.give_all_clear(alert_id, version, visit.key(token))
        return see("/alerts")

    return router
