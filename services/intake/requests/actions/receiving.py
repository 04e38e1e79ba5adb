"""Requests come in, are looked at, and become cases.

Rule: whatever the channel, a request is written down before anybody decides about it, under a key of its own.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.intake.cases.actions import lifecycle as cases
from services.intake.cases.actions.moving import case_for
from services.intake.cases.model.lifecycle import Case
from services.intake.people import actions as people
from services.intake.people.model import Facts
from services.intake.requests.actions import finding, merging, routing
from services.intake.requests.actions.standing import REQUESTS, load_free, permit
from services.intake.requests.model import AskedBy, Channel, HelpRequest, RequestState, Telling, Told, Urgency
from services.intake.requests.model import asking as model
from services.intake.requests.model.duplicates import LOOKED_AT, possible_duplicates
from services.intake.requests.store import contacts, history, own
from services.intake.requests.store import requests as store
from services.intake.requests.store import together as together_rows
from services.intake.search import actions as search
from shared.access import case_resource
from shared.clock import new_id
from shared.work import Work

KEPT, WEEK = "request_kept", timedelta(days=7)
"""The timer by which whoever keeps what is over looks whether a request is."""


@dataclass(frozen=True)
class RequestDetails:
    """A request with what was told, and the few others that are most likely the same person's, the likeliest first.

    apart: others that are known to be of somebody else.
    """

    request: HelpRequest
    told: Told
    possible_duplicates: tuple[str, ...]
    apart: tuple[str, ...]


async def receive(
    work: Work,
    channel: Channel,
    language: str,
    asked_by: AskedBy,
    telling: Telling,
    referral_id: str | None = None,
    at: datetime | None = None,
    urgency: Urgency = "normal",
) -> HelpRequest:
    """Write down a request for help. at: when a partner brought it; else it comes now. urgency: as told, unchecked.

    Errors: Refusal forbidden for who is no channel and no officer; invalid.
    """
    work.permit("receive_request", REQUESTS)
    model.check_asked(asked_by, telling)
    request = model.received(new_id(), channel, language, asked_by, urgency, at or work.now, referral_id)
    work.create_key(request.id)
    await store.add(work, request, telling, await work.cipher(request.id))
    await finding.be_found(work, request, telling)
    await routing.look_for_reader(work, request)
    await work.at(work.now + WEEK, KEPT, request.id)
    work.audit("receive_request", subjects=[request.id])
    return request


async def see(work: Work, request_id: str) -> RequestDetails:
    """Errors: Refusal not_found."""
    await permit(work, "see_request", request_id)
    request, telling = await store.load(work, request_id)
    besides = await merging.known_apart(work, request_id)
    duplicates = possible_duplicates(telling.name, await store.alike(work, request_id, telling, LOOKED_AT, besides))
    apart = await store.visible_of(work, besides)
    work.audit("see_request", case_id=request.case_id, subjects=[request_id, *duplicates, *apart])
    masked = request.case_id is not None and not await _works_with_people(work, request.case_id)
    return RequestDetails(request, model.told(telling, masked=masked), tuple(duplicates), tuple(apart))


async def see_many(work: Work, state: RequestState | None, after: str | None, limit: int) -> list[HelpRequest]:
    """Requests that the actor may see. Errors: Refusal forbidden."""
    work.permit("list_requests", REQUESTS)
    requests = await store.page_visible(work, state, after, limit)
    work.audit("see_requests", subjects=[request.id for request in requests])
    return requests


async def see_of_case(work: Work, case_id: str, after: str | None, limit: int) -> list[HelpRequest]:
    """The requests that a case came from, also by a merge. Errors: Refusal not_found."""
    await case_for(work, case_id, "see_case")
    requests = await store.page_visible(work, None, after, limit, case_id)
    work.audit("see_requests", case_id=case_id, subjects=[request.id for request in requests])
    return requests


async def accept(
    work: Work, request_id: str, version: int, code_name: str, group: Sequence[Facts], team: Collection[str]
) -> Case:
    """Open a case for a request that is in scope. Errors: Refusal not_found, conflict, stale, invalid."""
    request, telling = await load_free(work, "open_case", request_id)
    model.check_accept(request, telling)
    accepted = await work.change(store.REQUESTS, request_id, version, state="accepted")
    case = await cases.open_case(work, request_id, code_name, group, team, request.referral_id)
    theirs = await people.principal_of(work, case.id)
    await work.change(store.REQUESTS, request_id, accepted, case_id=case.id, person_id=theirs, **store.UNCLAIMED)
    await together_rows.follow_merged(work, request_id, case.id)
    await search.attach(work, await store.ids_of_case(work, case.id), case.id)
    await work.cancel(KEPT, request_id)
    return case


async def ids_of_case(work: Work, case_id: str) -> list[str]:
    """The requests that became a case, also by a merge; for a slice that checks access itself."""
    return await store.ids_of_case(work, case_id)


async def referrals_of(work: Work, request_ids: Collection[str]) -> list[str]:
    """The partners' referrals that these requests came by."""
    return await store.referrals_of(work, request_ids)


async def forget(work: Work, request_ids: Collection[str], case_id: str | None) -> None:
    """Nothing of these requests is kept, nor of any that became the case, nor whose the others are of who is named
    among them. The caller decided so."""
    gone = {*request_ids, *([] if case_id is None else await store.ids_of_case(work, case_id))}
    await merging.part_from(work, gone)
    await search.forget(work, gone)
    await history.forget(work, gone)
    await contacts.forget(work, gone)
    await routing.forget(work, gone)
    await own.forget(work, gone)
    await store.forget(work, gone)


async def _works_with_people(work: Work, case_id: str) -> bool:
    return work.tools.policies.allows(work.actor, "see_people", await case_resource(work, work.actor, case_id))
