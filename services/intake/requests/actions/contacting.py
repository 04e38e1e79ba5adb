"""Whoever works on a request contacts who asked: as it is safe, and each time on the log."""

from dataclasses import replace

from services.intake.people.model.safe_contact import Channel, SafeContact, check
from services.intake.requests.actions import finding, routing
from services.intake.requests.actions.standing import load_free, permit
from services.intake.requests.model import HelpRequest
from services.intake.requests.model import contacting as model
from services.intake.requests.model.contacting import Result, Tried, Way, Whom
from services.intake.requests.model.screening import Screening
from services.intake.requests.store import contacts, history
from services.intake.requests.store import requests as store
from shared.clock import new_id
from shared.work import Work


async def agree_contact(work: Work, request_id: str, version: int, whom: Whom, contact: SafeContact) -> HelpRequest:
    """How somebody can be reached, in their own words. Errors: Refusal not_found, conflict, stale, invalid."""
    check(contact)
    request, telling = await load_free(work, "contact_asker", request_id)
    known = model.with_safe_contact(telling, whom, contact)
    sealed = store.seal_telling(await work.cipher(request_id), request, known)
    next_version = await work.change(store.REQUESTS, request_id, version, telling=sealed)
    await finding.be_found(work, request, known)
    work.audit("agree_contact", subjects=[request_id])
    return replace(request, version=next_version)


async def see_ways(work: Work, request_id: str) -> list[Way]:
    """How they can be reached, and whether that is safe now. Errors: Refusal not_found, forbidden."""
    await permit(work, "contact_asker", request_id)
    _, telling = await store.load(work, request_id)
    work.audit("see_contact", subjects=[request_id])
    return model.ways(telling, work.now)


async def log_attempt(work: Work, request_id: str, whom: Whom, channel: Channel, result: Result, note: str) -> Tried:
    """A contact was tried now. Errors: Refusal not_found; conflict with the reason when it is not safe, or claimed."""
    request, telling = await load_free(work, "contact_asker", request_id)
    model.check_attempt(request, telling, whom, channel, work.now)
    tried = Tried(new_id(), request_id, whom, channel, result, note, work.actor.id, work.now)
    await contacts.add(work, tried)
    work.audit("try_contact", subjects=[request_id, tried.id])
    return tried


async def see_attempts(work: Work, request_id: str) -> list[Tried]:
    """Errors: Refusal not_found."""
    await permit(work, "see_request", request_id)
    tried = await contacts.of_request(work, request_id)
    work.audit("see_contact_attempts", subjects=[request_id, *(one.id for one in tried)])
    return tried


async def give_up(work: Work, request_id: str, version: int, reason: str) -> HelpRequest:
    """They are out of reach. Errors: Refusal not_found, stale; conflict tried_too_little, wrong_state, claimed."""
    request, telling = await load_free(work, "contact_asker", request_id)
    model.check_unreachable(request, telling, await contacts.of_request(work, request_id))
    next_version = await work.change(store.REQUESTS, request_id, version, state="unreachable", **store.UNCLAIMED)
    screening = Screening(new_id(), request_id, "unreachable", reason, "", work.actor.id, work.now)
    await history.add_screening(work, screening)
    await routing.somebody_reads(work, request_id)
    work.audit("give_up_contact", subjects=[request_id])
    return replace(request, state="unreachable", version=next_version, claimed_by=None, claimed_until=None)
