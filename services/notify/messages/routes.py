"""The HTTP door of alerts."""

from datetime import datetime

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from services.notify.messages import actions
from services.notify.messages.actions import ToldAlert
from services.notify.messages.model import Severity, State, Step
from shared.contracts.fields import Id
from shared.web import Change, Door, Limit, Look, Page
from shared.work import Work


class TurnView(BaseModel):
    """What happened to an alert: a step, `acknowledged`, or `resolved`."""

    model_config = ConfigDict(from_attributes=True)

    at: datetime
    what: str
    actor_id: Id


class AlertView(BaseModel):
    """What staff must look at, with all that happened to it, oldest first."""

    id: Id
    case_id: Id
    kind: str
    check_in_id: Id
    journey_id: Id
    step: Step
    severity: Severity
    state: State
    raised_at: datetime
    acknowledged_by: Id | None
    resolved_at: datetime | None
    history: tuple[TurnView, ...]
    version: int


def view(told: ToldAlert) -> AlertView:
    history = tuple(TurnView.model_validate(turn) for turn in told.turns)
    return AlertView(**vars(told.alert), severity=told.alert.severity, history=history)


async def _list(work: Work, state: State | None, after: str | None, limit: int) -> Page[AlertView]:
    alerts = [view(told) for told in await actions.see_alerts(work, state, after, limit)]
    return Page.of(alerts, limit, lambda alert: alert.id)


async def _acknowledge(work: Work, alert_id: str, version: int) -> AlertView:
    return view(await actions.acknowledge(work, alert_id, version))


def routes(door: Door) -> APIRouter:
    router = APIRouter(tags=["alerts"])

    @router.get("/alerts", response_model=Page[AlertView])
    async def see_alerts(
        call: Look, state: State | None = None, after: Id | None = None, limit: Limit = 50
    ) -> Response:
        return await door.look(call, lambda work: _list(work, state, after, limit))

    @router.post("/alerts/{alert_id}/acknowledgement", response_model=AlertView)
    async def acknowledge(alert_id: Id, call: Change) -> Response:
        return await door.act(call, lambda work: _acknowledge(work, alert_id, call.version))

    return router
