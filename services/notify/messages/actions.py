"""What can be done with alerts: raise and let climb, resolve, look, acknowledge."""

from dataclasses import dataclass, replace
from datetime import datetime

from services.notify.messages import model, store
from services.notify.messages.model import CHECK_IN_MISSED, Alert, State, Step
from services.notify.messages.store import Turn
from shared.access import Resource, case_resource
from shared.clock import new_id
from shared.work import Work


@dataclass(frozen=True)
class ToldAlert:
    """An alert with what happened to it."""

    alert: Alert
    turns: tuple[Turn, ...]


async def missed(work: Work, case_id: str, journey_id: str, check_in_id: str, step: Step, at: datetime) -> None:
    """Nobody reported: raise an alert, or let the one of this check-in climb."""
    alert = await store.of_check_in(work, check_in_id)
    if alert is None:
        alert = Alert(new_id(), case_id, CHECK_IN_MISSED, check_in_id, journey_id, step, "open", at, None, None, 1)
        await store.add(work, alert)
    else:
        await store.save(work, model.climb(alert, step), alert.version)
    await store.write_turn(work, alert.id, at, step)
    work.audit("raise_alert", case_id=case_id, subjects=[alert.id, check_in_id])


async def received(work: Work, check_in_id: str, at: datetime) -> None:
    """The report came: its alert, if there is one, is over."""
    alert = await store.of_check_in(work, check_in_id)
    if alert is None or alert.state == "resolved":
        return
    await store.save(work, model.resolve(alert, at), alert.version)
    await store.write_turn(work, alert.id, at, "resolved")
    work.audit("resolve_alert", case_id=alert.case_id, subjects=[alert.id, check_in_id])


async def see_alerts(work: Work, state: State | None, after: str | None, limit: int) -> list[ToldAlert]:
    """The alerts that the actor may see. Errors: Refusal forbidden for who is no staff."""
    everywhere = Resource("Alerts", "all", {})
    work.permit("see_alerts", everywhere, see="see_alerts")
    on_duty = work.tools.policies.allows(work.actor, "see_alerts_of_all_cases", everywhere)
    found = await store.page(work, on_duty=on_duty, state=state, after=after, limit=limit)
    work.audit("see_alerts", subjects=[alert.id for alert in found])
    turns = await store.turns_of(work, [alert.id for alert in found])
    return [ToldAlert(alert, tuple(turns[alert.id])) for alert in found]


async def acknowledge(work: Work, alert_id: str, version: int) -> ToldAlert:
    """Say that one looks after it. Errors: Refusal not_found, stale, conflict when it is not open."""
    alert = await store.load(work, alert_id)
    case = await case_resource(work, work.actor, alert.case_id)
    work.permit("acknowledge_alert", case, see="see_alert")
    acknowledged = model.acknowledge(alert, work.actor.id)
    next_version = await store.save(work, acknowledged, version)
    await store.write_turn(work, alert_id, work.now, "acknowledged")
    work.audit("acknowledge_alert", case_id=alert.case_id, subjects=[alert_id])
    turns = await store.turns_of(work, [alert_id])
    return ToldAlert(replace(acknowledged, version=next_version), tuple(turns[alert_id]))
