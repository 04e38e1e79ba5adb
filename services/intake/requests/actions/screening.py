"""Requests are screened, and screenings taken back; nobody but the claimant does so while a request is claimed.

Rule: what a screening answers is put, word for word and nothing besides, into the thread of who came through the front
door, in the transaction of the screening.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from services.intake.requests.actions import routing
from services.intake.requests.actions.standing import load_free, permit
from services.intake.requests.model import HelpRequest, Urgency
from services.intake.requests.model import screening as model
from services.intake.requests.model.asking import OPEN, Agreement, with_agreement
from services.intake.requests.model.contacting import Whom
from services.intake.requests.model.screening import Heard, Outcome, Screening, Verdict
from services.intake.requests.store import history
from services.intake.requests.store import requests as store
from shared.clock import new_id
from shared.work import Work

Tell = Callable[[Work, str, str], Awaitable[None]]
"""How who asked is told something: by the id of their request, for the slice of threads."""


async def told_otherwise(_: Work, __: str, ___: str) -> None:
    """For who screens what has no thread: whoever asked is told in another way."""


async def screen(work: Work, request_id: str, version: int, verdict: Verdict, tell: Tell) -> HelpRequest:
    """Decide whether it is for us. Errors: Refusal not_found, stale; conflict, also `letters_unread` when an answer
    would pass by what they wrote since; invalid without reason or answer."""
    request, _ = await load_free(work, "screen_request", request_id)
    model.check_screening(request, verdict)
    sealed = store.seal_urgency(await work.cipher(request_id), request_id, verdict.urgency, request.language)
    ended = store.UNCLAIMED if verdict.ends_as else {}
    next_version = await work.change(store.REQUESTS, request_id, version, state=verdict.state, urgency=sealed, **ended)
    await _note(work, request_id, verdict.ends_as or "in_scope", verdict.reason, verdict.answer)
    await routing.somebody_reads(work, request_id)
    if verdict.ends_as and verdict.answer:
        await tell(work, request_id, verdict.answer)
    work.audit("screen_request", subjects=[request_id])
    return replace(request, state=verdict.state, urgency=verdict.urgency, version=next_version, **ended)  # type: ignore[arg-type]


async def withdraw(work: Work, request_id: str, reason: str) -> None:
    """Who holds the receipt takes it back; one that became something else stays as it is. For the slice of threads."""
    request, _ = await store.load(work, request_id)
    if request.state in OPEN:
        await _take_back(work, request, request.version, Heard("receipt", _holder(request)), reason)


async def record_withdrawal(work: Work, request_id: str, version: int, heard: Heard, reason: str) -> HelpRequest:
    """Somebody said to a colleague that they take it back. Their thread stays open: whoever holds the receipt can
    still say that it is otherwise.

    Errors: Refusal not_found, stale; conflict `wrong_state`, `claimed`, `nobody_else_asks`.
    """
    request, telling = await load_free(work, "screen_request", request_id)
    model.check_withdrawal(request, telling, heard)
    return await _take_back(work, request, version, heard, reason)


async def reopen(work: Work, request_id: str, version: int, reason: str) -> HelpRequest:
    """It ended too soon, and is new again. Errors: Refusal not_found, conflict, stale."""
    request, _ = await load_free(work, "screen_request", request_id)
    model.check_reopening(request)
    next_version = await work.change(store.REQUESTS, request_id, version, state="new")
    await _note(work, request_id, "reopened", reason, "")
    work.audit("reopen_request", subjects=[request_id])
    return replace(request, state="new", version=next_version)


async def set_urgency(work: Work, request_id: str, version: int, urgency: Urgency) -> HelpRequest:
    """It is more urgent than it seemed, or less. Errors: Refusal not_found, conflict, stale."""
    request, _ = await load_free(work, "screen_request", request_id)
    model.check_open(request)
    sealed = store.seal_urgency(await work.cipher(request_id), request_id, urgency, request.language)
    next_version = await work.change(store.REQUESTS, request_id, version, urgency=sealed)
    work.audit("set_urgency", subjects=[request_id])
    return replace(request, urgency=urgency, version=next_version)


async def note_agreement(
    work: Work, request_id: str, version: int, agrees: Agreement, *, contact_person: bool
) -> HelpRequest:
    """Whether the person for whom somebody else asked agrees, and may be contacted.

    Errors: Refusal not_found, stale; conflict when nobody else asked.
    """
    request, telling = await load_free(work, "screen_request", request_id)
    known = with_agreement(telling, agrees, contact_person=contact_person)
    sealed = store.seal_telling(await work.cipher(request_id), request, known)
    next_version = await work.change(store.REQUESTS, request_id, version, telling=sealed)
    work.audit("note_agreement", subjects=[request_id])
    return replace(request, version=next_version)


async def see_screenings(work: Work, request_id: str) -> list[Screening]:
    """How it was decided, step by step. Errors: Refusal not_found."""
    await permit(work, "see_request", request_id)
    screenings = await history.screenings_of(work, request_id)
    work.audit("see_screenings", subjects=[request_id, *(one.id for one in screenings)])
    return screenings


def _holder(request: HelpRequest) -> Whom:
    """Who was given the receipt: whoever asked."""
    return "person" if request.asked_by == "self" else "asker"


async def _take_back(work: Work, request: HelpRequest, version: int, heard: Heard, reason: str) -> HelpRequest:
    next_version = await work.change(store.REQUESTS, request.id, version, state="withdrawn", **store.UNCLAIMED)
    await _note(work, request.id, "withdrawn", reason, "", heard)
    await routing.somebody_reads(work, request.id)
    work.audit("withdraw_request", subjects=[request.id])
    return replace(request, state="withdrawn", version=next_version, claimed_by=None, claimed_until=None)


async def _note(
    work: Work, request_id: str, outcome: Outcome, reason: str, answer: str, heard: Heard | None = None
) -> None:
    screening = Screening(new_id(), request_id, outcome, reason, answer, work.actor.id, work.now, heard)
    await history.add_screening(work, screening)
