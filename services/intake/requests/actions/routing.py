"""Requests find whoever reads their language: the queue, and the alarm when nobody on duty does.

Rule: looked at when a request comes in, when a shift begins or ends, and when the request that raised an alarm is taken
up; an alarm is a duty of managers and duty officers, so it climbs by itself until somebody does something.
"""

from collections.abc import Collection
from dataclasses import dataclass

from services.intake.duties import actions as duties
from services.intake.duties.model import Kind, Subject, Who
from services.intake.requests.actions.standing import REQUESTS
from services.intake.requests.model import HelpRequest, RequestState
from services.intake.requests.model import routing as model
from services.intake.requests.model.claiming import holder
from services.intake.requests.model.routing import Alarm
from services.intake.requests.model.urgency import in_order
from services.intake.requests.store import alarms
from services.intake.requests.store import requests as store
from services.intake.requests.store.requests import Queued
from services.intake.staff import actions as staff
from shared.clock import new_id
from shared.database import Slice
from shared.work import Work

NO_READER: Kind = "no_reader"


@dataclass(frozen=True)
class Offered:
    """An open request in the queue. claimed_by: who works on it now; readable: whether the actor, on duty, reads it."""

    request: Queued
    claimed_by: str | None
    readable: bool


async def see_queue(
    work: Work, after: str | None, limit: int, *, for_me: bool, state: RequestState | None = None
) -> Slice[Offered]:
    """Open requests, the first due first; after: the id of the one before, wherever it stands now.

    for_me: only what nobody else works on and the actor, being on duty, reads. state: only what is new, or in scope.
    Errors: Refusal forbidden.
    """
    work.permit("list_requests", REQUESTS)
    read = await staff.read_by(work, work.actor.id)
    waiting = in_order(await store.queued(work, state=state))
    if for_me:
        mine = {None, work.actor.id}
        waiting = [one for one in waiting if one.language in read and holder(one, work.now) in mine]
    place = next((place + 1 for place, one in enumerate(waiting) if one.id == after), 0)
    page = [_offer(work, one, read) for one in waiting[place : place + limit]]
    more = len(waiting) > place + limit
    work.audit("see_queue", subjects=[one.request.id for one in page])
    return Slice(tuple(page), page[-1].request.id if more else None)


async def look_for_reader(work: Work, request: HelpRequest) -> None:
    """A request came in: somebody is called when nobody on duty reads it and nobody was called before."""
    if request.language in await staff.read_on_duty(work):
        return
    if request.language not in {alarm.language for alarm in await alarms.raised(work)}:
        await _raise(work, request.language, request.id)


async def look_again(work: Work, _: str) -> None:
    """Somebody came on duty or went: alarms are raised and silenced as it is now."""
    everything = in_order(await store.queued(work, everybodys=True))
    waiting = [one for one in everything if one.state == "new" and holder(one, work.now) is None]
    unread = model.unread(waiting, await staff.read_on_duty(work))
    standing = await alarms.raised(work)
    for alarm in model.silenced(standing, unread):
        await _silence(work, alarm.id, alarm.request_id)
    for language in sorted(unread.keys() - {alarm.language for alarm in standing}):
        await _raise(work, language, unread[language])


async def somebody_reads(work: Work, request_id: str) -> None:
    """A request was taken up by somebody who can: an alarm about it is over, or goes on about the next who waits."""
    about_it = await alarms.of_requests(work, [request_id])
    for alarm_id in about_it:
        await _silence(work, alarm_id, request_id)
    if about_it:
        await look_again(work, request_id)


async def forget(work: Work, request_ids: Collection[str]) -> None:
    """Nothing calls about these requests any more. The caller decided so."""
    await alarms.drop(work, await alarms.of_requests(work, request_ids))
    await duties.forget(work, request_ids)


async def _raise(work: Work, language: str, request_id: str) -> None:
    alarm = Alarm(new_id(), request_id, language)
    await alarms.add(work, alarm)
    who = Who.role("duty_officer")
    about = Subject.request(request_id)
    await duties.assign(work, NO_READER, about, cause=alarm.id, due_at=work.now, who=who, text=language)
    work.audit("raise_reader_alarm", subjects=[request_id])


async def _silence(work: Work, alarm_id: str, request_id: str) -> None:
    await alarms.drop(work, [alarm_id])
    await duties.settle(work, NO_READER, request_id, cause=alarm_id)


def _offer(work: Work, request: Queued, read: Collection[str]) -> Offered:
    return Offered(request, holder(request, work.now), request.language in read)


TIMERS = {staff.SHIFT_BEGINS: look_again, staff.SHIFT_ENDS: look_again}
