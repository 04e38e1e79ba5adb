"""What can be done with a request for help: receive, see, screen, merge, accept."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

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
) -> HelpRequest:
    """Write down a request for help. Errors: Refusal forbidden for who is no channel and no officer."""
    work.permit("receive_request", Resource("Requests", "all", {}))
    request = HelpRequest(new_id(), "new", channel, language, asked_by, False, referral_id, None, None, 1)
    work.create_key(request.id)
    cipher = await work.cipher(request.id)
    contact = work.vault.blind("requests.contact", model.normal_contact(telling.contact))
    await store.add(work, request, store.seal_telling(cipher, request.id, telling), contact)
    work.audit("receive_request", subjects=[request.id])
    return request


async def see(work: Work, request_id: str) -> RequestDetails:
    """Errors: Refusal not_found."""
    request, box, contact = await store.load_with_telling(work, request_id)
    await _permit(work, request, "see_request")
    cipher = await work.cipher(request_id)
    telling = store.open_telling(cipher, request_id, box)
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
    next_version = await work.change(store.REQUESTS, request_id, version, state=state, emergency=emergency)
    work.audit("screen_request", subjects=[request_id])
    return replace(request, state=state, emergency=emergency, version=next_version)


async def merge(work: Work, request_id: str, version: int, into_id: str) -> HelpRequest:
    """The same ask came twice: it goes on as `into_id`. Errors: Refusal not_found, conflict, stale."""
    request = await _load(work, request_id, "merge_request")
    model.check_merge(request, await store.load(work, into_id))
    next_version = await work.change(store.REQUESTS, request_id, version, state="merged", merged_into=into_id)
    work.audit("merge_request", subjects=[request_id, into_id])
    return replace(request, state="merged", merged_into=into_id, version=next_version)


async def accept(
    work: Work, request_id: str, version: int, code_name: str, group: Sequence[Facts], team: Collection[str]
) -> Case:
    """Open a case for a request that is in scope. Errors: Refusal not_found, conflict, stale, invalid."""
    request = await _load(work, request_id, "open_case")
    model.check_accept(request)
    case = await cases.open_case(work, request_id, code_name, group, team, request.referral_id)
    await work.change(store.REQUESTS, request_id, version, state="accepted", case_id=case.id)
    return case


async def _load(work: Work, request_id: str, action: str) -> HelpRequest:
    request = await store.load(work, request_id)
    await _permit(work, request, action)
    return request


async def _permit(work: Work, request: HelpRequest, action: str) -> None:
    relation = await relation_of(work, request.case_id or request.id, work.actor.id)
    standing = {"assigned": relation.assigned, "recused": relation.recused, "is_case": request.case_id is not None}
    work.permit(action, Resource("Request", request.id, standing), see="see_request")
