"""What can be done with alerts: raise, let climb, resolve, look, acknowledge, give the all-clear."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select

from services.notify.disclosure import actions as disclosure
from services.notify.keys import cipher_for
from services.notify.messages import model, store
from services.notify.messages.model import Alert, DutyStep, Kind, Shown, State, Step
from services.notify.messages.store import Turn
from shared.access import Resource
from shared.access.policies import Attribute
from shared.audit import AuditEntry
from shared.clock import new_id
from shared.errors import not_found
from shared.unknown import Unseen, about, named
from shared.veil import Veil
from shared.work import Work

OVERLAP = timedelta(minutes=5)
"""How far a beat looks back behind the one before: a change is seen only when it is committed."""


@dataclass(frozen=True)
class Watched:
    """What a beat found. known: the version last told, by id of the alert; at: when it looked."""

    known: Mapping[str, int]
    at: datetime


@dataclass(frozen=True)
class ToldAlert:
    """An alert with what happened to it."""

    alert: Alert
    turns: tuple[Turn, ...]


async def raise_alert(work: Work, alert: Alert, shown: Shown | None = None) -> None:
    """Raise an alert about something new; told again it changes nothing."""
    if await store.about(work, alert.kind, alert.about_id) is not None:
        return
    await store.add(work, alert, shown)
    await store.write_turn(work, alert.id, alert.raised_at, alert.step or "raised")
    work.audit("raise_alert", case_id=alert.case_id, subjects=[alert.id, alert.about_id])


async def missed(
    work: Work, case_id: str, journey_id: str, check_in_id: str, step: Step, at: datetime, shown: Shown
) -> None:
    """Nobody reported: raise an alert, or let the one of this check-in climb."""
    alert = await store.about(work, "check_in_missed", check_in_id)
    if alert is None:
        alert = model.silence(new_id(), case_id, check_in_id, journey_id, step, at)
        await raise_alert(work, alert, shown)
        return
    await _climb(work, alert, step, at)


async def received(work: Work, check_in_id: str, at: datetime) -> None:
    """The report came: its alert, if there is one, is over."""
    await _resolve(work, "check_in_missed", check_in_id, at)


async def duty_called(work: Work, case_id: str, duty_id: str, step: DutyStep, at: datetime) -> None:
    """A duty is soon due, or nobody did it in time. Moved to a later day it begins anew."""
    alert = await store.about(work, "duty", duty_id)
    if alert is None:
        await raise_alert(work, model.duty(new_id(), case_id, duty_id, step, at))
        return
    await _climb(work, replace(alert, step=step), step, at)


async def duty_settled(work: Work, duty_id: str, at: datetime) -> None:
    """It is done, moved, or no longer wanted."""
    await _resolve(work, "duty", duty_id, at)


async def glass_broken(work: Work, case_id: str, breaking_id: str, service: str, by: str, at: datetime) -> None:
    """Somebody broke the glass of a case in a service; each time is an alert of its own."""
    await raise_alert(work, model.broken_glass(new_id(), case_id, breaking_id, service, by, at))
    await store.touch(work, case_id)


async def hear_duress(
    work: Work, case_id: str, journey_id: str | None, about_id: str, by: str, at: datetime, shown: Shown
) -> None:
    """Somebody was forced to say that all is well: who is assigned or on duty learns of it, each time that it is said.

    about_id: the check-in of a journey; without a journey, the hearing of a code word in a call. by: who reported, or
    who took the word down; they do not learn of it, because who forces somebody may be reading along. What would leave
    about the case stays queued until the all-clear.
    """
    alert = await store.about(work, "duress", about_id)
    if alert is None:
        await raise_alert(work, model.duress(new_id(), case_id, about_id, journey_id, by, at), shown)
        return
    await store.save(work, model.again(alert), alert.version)
    await store.write_turn(work, alert.id, at, "raised")
    work.audit("raise_alert", case_id=case_id, subjects=[alert.id, about_id])


async def change_access(work: Work, case_id: str) -> None:
    """Intake says who is assigned to the case from now on; whoever watches learns of alerts that become theirs."""
    await store.touch(work, case_id)


async def change_sight(work: Work, case_id: str, person_ids: Collection[str], veil: Veil) -> None:
    """Settlement says who may look at the later journey of these people from now on."""
    cipher = await cipher_for(work, case_id)
    for person_id in person_ids:
        await store.VEILS.draw(work, cipher, case_id, person_id, veil)
    await store.touch(work, case_id)
    # Without the case: its timeline would tell staff that there is something to look behind.
    work.audit("change_sight", subjects=[case_id, *person_ids])


async def follow(work: Work, case_id: str, person_ids: Collection[str]) -> None:
    """These people are on this case from now on: so is what was told of who may look at their later journey, or it
    would go with the key of the case that they left."""
    await store.VEILS.follow(work, await cipher_for(work, case_id), case_id, person_ids)


async def unknown(work: Work, rows: Sequence[AuditEntry]) -> Unseen:
    """What rows of the log tell of alerts that are not for the actor, of veils, and of outcomes behind them."""
    ids = named(rows)
    hidden = await store.hidden(work, ids) | await store.unheard(work, ids)
    told = about(rows, {"change_sight": slice(1, None), disclosure.COUNTS: slice(None)})
    return Unseen(frozenset(hidden), await store.VEILS.hiding(work, told))


def frozen_cases() -> Select[Any]:
    """The ids of cases about which nothing may leave: a word was said under duress, and nobody gave the all-clear."""
    return store.frozen_cases()


async def see_alerts(
    work: Work, state: State | None, kind: Kind | None, after: str | None, limit: int
) -> list[ToldAlert]:
    """The alerts that the actor may see. Errors: Refusal forbidden for who is no staff."""
    work.permit("see_alerts", Resource("Alerts", "all", {}), see="see_alerts")
    found = await store.page(work, state=state, kind=kind, after=after, limit=limit)
    work.audit("see_alerts", subjects=[alert.id for alert in found])
    turns = await store.turns_of(work, [alert.id for alert in found])
    return [ToldAlert(alert, tuple(turns[alert.id])) for alert in found]


async def see_alert(work: Work, alert_id: str) -> ToldAlert:
    """Errors: Refusal not_found for who may not see it."""
    alert = await _permitted(work, "see_alert", alert_id)
    work.audit("see_alert", case_id=alert.case_id, subjects=[alert_id])
    return ToldAlert(alert, tuple((await store.turns_of(work, [alert_id]))[alert_id]))


async def watch(work: Work, before: Watched | None) -> tuple[list[Alert], Watched]:
    """What changed among the alerts that the actor may see, and what is known from now on.

    before: as the beat before left it; None at the first, which tells of all that are not resolved.
    Errors: Refusal not_found for who is no staff.
    """
    work.permit("see_alerts", Resource("Alerts", "all", {}), see="see_alerts")
    known = {} if before is None else dict(before.known)
    if before is None:
        work.audit("open_alert_stream")
        found = await store.unresolved(work)
    else:
        recent = await store.changed_since(work, before.at - OVERLAP, known)
        # What is over already is no news to who never heard of it.
        found = [alert for alert in recent if alert.state != "resolved" or alert.id in known]
    if found:
        work.audit("see_alerts", subjects=[alert.id for alert in found])
    known |= {alert.id: alert.version for alert in found}
    return found, Watched(known, work.now)


async def acknowledge(work: Work, alert_id: str, version: int) -> ToldAlert:
    """Say that one looks after it. Errors: Refusal not_found, stale; conflict not_open, own_alert."""
    alert = await _permitted(work, "acknowledge_alert", alert_id)
    return await _changed(work, "acknowledge_alert", model.acknowledge(alert, work.actor.id), version, "acknowledged")


async def give_all_clear(work: Work, alert_id: str, version: int) -> ToldAlert:
    """Say that somebody who was under duress is safe: what was held back may leave.

    Errors: Refusal not_found, stale; conflict not_open, own_alert, not_duress.
    """
    alert = await _permitted(work, "give_all_clear", alert_id)
    clear = model.all_clear(alert, work.actor.id, work.now)
    return await _changed(work, "give_all_clear", clear, version, "all_clear")


async def forget(work: Work, person_id: str) -> None:
    """No alert names them any more. Intake decided so."""
    await store.forget(work, person_id)


async def forget_case(work: Work, case_id: str) -> None:
    """Nobody is left on it: its alerts are over. Intake decided so."""
    await store.resolve_case(work, case_id)


async def _permitted(work: Work, action: str, alert_id: str) -> Alert:
    """An alert, if the actor may do it. Errors: Refusal not_found for who may not see it, forbidden."""
    alert, hidden = await store.find(work, alert_id)
    said: dict[str, Attribute] = {
        "hidden": hidden,
        "reminder": alert is not None and alert.reminder,
        "duress": alert is not None and alert.kind == "duress",
        "said_by": (alert.raised_by if alert else None) or "",
    }
    case = store.ALERTS.c.case_id
    await work.permit_in_case(action, alert_id, case, see="see_alert", **said)  # type: ignore[arg-type]
    if alert is None:
        raise not_found()
    return alert


async def _changed(work: Work, action: str, alert: Alert, version: int, turn: str) -> ToldAlert:
    next_version = await store.save(work, alert, version)
    await store.write_turn(work, alert.id, work.now, turn)
    work.audit(action, case_id=alert.case_id, subjects=[alert.id])
    turns = await store.turns_of(work, [alert.id])
    return ToldAlert(replace(alert, version=next_version), tuple(turns[alert.id]))


async def _climb(work: Work, alert: Alert, step: Step, at: datetime) -> None:
    await store.save(work, model.climb(alert, step), alert.version)
    await store.write_turn(work, alert.id, at, step)
    work.audit("raise_alert", case_id=alert.case_id, subjects=[alert.id, alert.about_id])


async def _resolve(work: Work, kind: Kind, about_id: str, at: datetime) -> None:
    alert = await store.about(work, kind, about_id)
    if alert is None or alert.state == "resolved":
        return
    await store.save(work, model.resolve(alert, at), alert.version)
    await store.write_turn(work, alert.id, at, "resolved")
    work.audit("resolve_alert", case_id=alert.case_id, subjects=[alert.id, about_id])
