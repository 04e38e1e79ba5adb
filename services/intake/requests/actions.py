"""What can be done with a request for help: receive, see, screen, merge, accept."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.intake.cases import actions as cases
from services.intake.cases.model import Case
from services.intake.people.model import Facts
from services.intake.requests import model, store
from services.intake.requests.model import AskedBy, Channel, HelpRequest, RequestState, Telling
from shared.access import Resource, relation_of
from shared.clock import new_id
from shared.work import Work


@dataclass(frozen=True)
class RequestDetails:
    """A request with what was told, and other requests that may be the same person's."""

    request: HelpRequest
    telling: Telling
    possible_duplicates: tuple[str, ...]


async def receive(
    work: Work,
    channel: Channel,
    language: str,
    asked_by: AskedBy,
    telling: Telling,
    referral_id: str | None = None,
    at: datetime | None = None,
) -> HelpRequest:
    """Write down a request for help. at: when a partner brought it; else it comes now.

    Errors: Refusal forbidden for who is no channel and no officer.
    """
    work.permit("receive_request", Resource("Requests", "all", {}))
    request = HelpRequest(new_id(), "new", channel, language, asked_by, False, referral_id, None, None, 1)
    work.create_key(request.id)
    cipher = await work.cipher(request.id)
    # Who left no contact is nobody's duplicate.
    contact = work.vault.blind("requests.contact", model.normal_contact(telling.contact) or request.id)
    await store.add(work, request, telling, contact, cipher, at or work.now)
    work.audit("receive_request", subjects=[request.id])
    return request


async def see(work: Work, request_id: str) -> RequestDetails:
    """Errors: Refusal not_found."""
    ((request, telling, contact),) = await store.load_all(work, [request_id])
    await _permit(work, request, "see_request")
    duplicates = await store.same_contact(work, request_id, contact)
    work.audit("see_request", case_id=request.case_id, subjects=[request_id, *duplicates])
    return RequestDetails(request, telling, tuple(duplicates))


async def see_many(work: Work, state: RequestState | None, after: str | None, limit: int) -> list[HelpRequest]:
    """Requests that the actor may see. Errors: Refusal forbidden."""
    work.permit("list_requests", Resource("Requests", "all", {}))
    requests = await store.page_visible(work, state, after, limit)
    work.audit("see_requests", subjects=[request.id for request in requests])
    return requests


async def screen(work: Work, request_id: str, version: int, *, in_scope: bool, emergency: bool) -> HelpRequest:
    """Decide whether it is for us. Errors: Refusal not_found, conflict, stale."""
    request = await _load(work, request_id, "screen_request")
    model.check_screening(request)
    state: RequestState = "in_scope" if in_scope else "out_of_scope"
    urgency = store.seal_urgency(await work.cipher(request_id), request_id, emergency=emergency)
    next_version = await work.change(store.REQUESTS, request_id, version, state=state, urgency=urgency)
    work.audit("screen_request", subjects=[request_id])
    return replace(request, state=state, emergency=emergency, version=next_version)


async def merge(work: Work, request_id: str, version: int, into_id: str) -> HelpRequest:
    """The same ask came twice: it goes on as `into_id`. Errors: Refusal not_found, conflict, stale."""
    (request, _, _), (into, _, _) = await store.load_all(work, [request_id, into_id])
    await _permit(work, request, "merge_request")
    await _permit(work, into, "see_request")
    model.check_merge(request, into)
    gone = {"state": "merged", "merged_into": into_id, "case_id": into.case_id}
    next_version = await work.change(store.REQUESTS, request_id, version, **gone)
    await store.follow_merged(work, request_id, into_id, into.case_id)
    work.audit("merge_request", case_id=into.case_id, subjects=[request_id, into_id])
    return replace(request, state="merged", merged_into=into_id, case_id=into.case_id, version=next_version)


async def accept(
    work: Work, request_id: str, version: int, code_name: str, group: Sequence[Facts], team: Collection[str]
) -> Case:
    """Open a case for a request that is in scope. Errors: Refusal not_found, conflict, stale, invalid."""
    request = await _load(work, request_id, "open_case")
    model.check_accept(request)
    accepted = await work.change(store.REQUESTS, request_id, version, state="accepted")
    case = await cases.open_case(work, request_id, code_name, group, team, request.referral_id)
    await work.change(store.REQUESTS, request_id, accepted, case_id=case.id)
    await store.follow_merged(work, request_id, request_id, case.id)
    return case


async def _load(work: Work, request_id: str, action: str) -> HelpRequest:
    request = await store.load(work, request_id)
    await _permit(work, request, action)
    return request


async def _permit(work: Work, request: HelpRequest, action: str) -> None:
    relation = await relation_of(work, request.case_id or request.id, work.actor.id)
    standing = {"assigned": relation.assigned, "recused": relation.recused, "is_case": request.case_id is not None}
    work.permit(action, Resource("Request", request.id, standing), see="see_request")
