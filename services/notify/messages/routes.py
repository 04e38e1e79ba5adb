"""The HTTP door of alerts."""

from datetime import datetime

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from services.notify.messages import actions
from services.notify.messages.actions import ToldAlert, Watched
from services.notify.messages.model import Kind, Severity, State, Step
from shared.contracts.fields import Id
from shared.web import Change, Door, Limit, Look, Page
from shared.web.streams import Beat, Hold, stream
from shared.work import Work


class TurnView(BaseModel):
    """What happened to an alert: `raised`, a step of a silence, `acknowledged`, `all_clear`, or `resolved`."""

    model_config = ConfigDict(from_attributes=True)

    at: datetime
    what: str
    actor_id: Id


class AlertView(BaseModel):
    """What staff must look at, with all that happened to it, oldest first.

    about_id: the check-in, the breaking of the glass, or the hearing of a code word; raised_by: whose act raised it.
    """

    id: Id
    case_id: Id
    kind: Kind
    about_id: Id
    service: str
    journey_id: Id | None
    step: Step | None
    raised_by: Id | None
    severity: Severity
    state: State
    raised_at: datetime
    acknowledged_by: Id | None
    resolved_at: datetime | None
    history: tuple[TurnView, ...]
    version: int


class AlertSign(BaseModel):
    """An alert that the caller may see is new or has changed: look."""

    id: Id
    kind: Kind


def view(told: ToldAlert) -> AlertView:
    history = tuple(TurnView.model_validate(turn) for turn in told.turns)
    return AlertView(**vars(told.alert), severity=told.alert.severity, history=history)


async def _list(work: Work, state: State | None, kind: Kind | None, after: str | None, limit: int) -> Page[AlertView]:
    alerts = [view(told) for told in await actions.see_alerts(work, state, kind, after, limit)]
    return Page.of(alerts, limit, lambda alert: alert.id)


async def _see(work: Work, alert_id: str) -> AlertView:
    return view(await actions.see_alert(work, alert_id))


async def _beat(work: Work, before: Watched | None) -> Beat[Watched | None]:
    changed, watched = await actions.watch(work, before)
    return Beat([AlertSign(id=alert.id, kind=alert.kind) for alert in changed], watched)


async def _acknowledge(work: Work, alert_id: str, version: int) -> AlertView:
    return view(await actions.acknowledge(work, alert_id, version))


async def _give_all_clear(work: Work, alert_id: str, version: int) -> AlertView:
    return view(await actions.give_all_clear(work, alert_id, version))


def routes(door: Door) -> APIRouter:
    router = APIRouter(tags=["alerts"])

    @router.get("/alerts", response_model=Page[AlertView])
    async def see_alerts(
        call: Look, state: State | None = None, kind: Kind | None = None, after: Id | None = None, limit: Limit = 50
    ) -> Response:
        return await door.look(call, lambda work: _list(work, state, kind, after, limit))

    # Not in the OpenAPI document: it never ends, and what a client reads is `alert` events of `AlertSign`.
    @router.get("/alerts/stream", include_in_schema=False)
    async def stream_alerts(call: Hold) -> Response:
        return await stream(door, call, "alert", None, _beat)

    @router.get("/alerts/{alert_id}", response_model=AlertView)
    async def see_alert(alert_id: Id, call: Look) -> Response:
        return await door.look(call, lambda work: _see(work, alert_id))

    @router.post("/alerts/{alert_id}/acknowledgement", response_model=AlertView)
    async def acknowledge(alert_id: Id, call: Change) -> Response:
        return await door.act(call, lambda work: _acknowledge(work, alert_id, call.version))

    @router.post("/alerts/{alert_id}/all-clear", response_model=AlertView)
    async def give_all_clear(alert_id: Id, call: Change) -> Response:
        return await door.act(call, lambda work: _give_all_clear(work, alert_id, call.version))

    return router
