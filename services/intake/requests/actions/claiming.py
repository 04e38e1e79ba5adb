"""Who works on a request: claim, renew, give back, hand over at the end of a shift.

Rule: of all who claim at once one has it, because the row is locked before it is looked at; a lease that ends gives the
request back to everybody, whether the process lives or not.
"""

from dataclasses import replace

from services.intake.requests.actions import routing
from services.intake.requests.actions.standing import REQUESTS, permit
from services.intake.requests.model import HelpRequest
from services.intake.requests.model import claiming as model
from services.intake.requests.model.claiming import Handover
from services.intake.requests.store import history
from services.intake.requests.store import requests as store
from shared.clock import new_id
from shared.database import Slice
from shared.work import Work

LEASE_ENDS = "request_lease_ends"


async def claim(work: Work, request_id: str, version: int) -> HelpRequest:
    """Work on it for the next `LEASE`; who has it already has it that long anew.

    Errors: Refusal not_found, stale; conflict claimed, wrong_state.
    """
    await permit(work, "claim_request", request_id)
    request, _ = await store.load(work, request_id)
    model.check_claim(request, work.actor.id, work.now)
    claimed = await _hold(work, request, version)
    await routing.somebody_reads(work, request_id)
    work.audit("claim_request", subjects=[request_id])
    return claimed


async def release(work: Work, request_id: str, version: int) -> HelpRequest:
    """Give it back. Errors: Refusal not_found, stale; conflict not_claimed."""
    await permit(work, "claim_request", request_id)
    request, _ = await store.load(work, request_id)
    model.check_held(request, work.actor.id, work.now)
    released = await _give_back(work, request, version)
    work.audit("release_request", subjects=[request_id])
    return released


async def end_lease(work: Work, request_id: str) -> None:
    """The timer of a claim: it is over, unless it was renewed."""
    request, _ = await store.load(work, request_id)
    if request.claimed_by is None or model.holder(request, work.now) is not None:
        return
    await _give_back(work, request, request.version)
    work.audit("end_lease", subjects=[request_id, request.claimed_by])


async def hand_over(work: Work, request_id: str, version: int, note: str) -> Handover:
    """Leave it to the next on duty, with what they must know.

    Errors: Refusal not_found, stale; conflict not_claimed.
    """
    await permit(work, "claim_request", request_id)
    request, _ = await store.load(work, request_id)
    model.check_held(request, work.actor.id, work.now)
    await _give_back(work, request, version)
    handover = Handover(new_id(), request_id, note, work.actor.id, work.now, None, None, 1)
    await history.add_handover(work, handover)
    work.audit("hand_over_request", subjects=[request_id, handover.id])
    return handover


async def take_over(work: Work, handover_id: str, version: int) -> Handover:
    """Read the note and go on with the request. Errors: Refusal not_found, stale; conflict taken, claimed, your_own."""
    request_id = await history.request_of(work, handover_id)
    await permit(work, "claim_request", request_id or handover_id)
    handover = await history.load_handover(work, handover_id)
    request, _ = await store.load(work, handover.request_id)
    model.check_taking(handover, work.actor.id)
    model.check_claim(request, work.actor.id, work.now)
    taken = {"taken_by": work.actor.id, "taken_at": work.now}
    next_version = await work.change(history.HANDOVERS, handover_id, version, **taken)
    await _hold(work, request, request.version)
    work.audit("take_over_request", subjects=[request.id, handover_id])
    return replace(handover, **taken, version=next_version)  # type: ignore[arg-type]


async def see_handovers(work: Work, after: str | None, limit: int) -> Slice[Handover]:
    """What nobody took over yet. Errors: Refusal forbidden."""
    work.permit("list_requests", REQUESTS)
    waiting = await history.page_of_waiting(work, after, limit)
    work.audit("see_handovers", subjects=[it for one in waiting.items for it in (one.id, one.request_id)])
    return waiting


async def see_handover(work: Work, handover_id: str) -> Handover:
    """Errors: Refusal not_found."""
    request_id = await history.request_of(work, handover_id)
    await permit(work, "see_request", request_id or handover_id)
    handover = await history.load_handover(work, handover_id)
    work.audit("see_handovers", subjects=[handover_id, handover.request_id])
    return handover


async def _hold(work: Work, request: HelpRequest, version: int) -> HelpRequest:
    held = {"claimed_by": work.actor.id, "claimed_until": work.now + model.LEASE}
    next_version = await work.change(store.REQUESTS, request.id, version, **held)
    await work.at(work.now + model.LEASE, LEASE_ENDS, request.id)
    return replace(request, **held, version=next_version)  # type: ignore[arg-type]


async def _give_back(work: Work, request: HelpRequest, version: int) -> HelpRequest:
    next_version = await work.change(store.REQUESTS, request.id, version, **store.UNCLAIMED)
    await work.cancel(LEASE_ENDS, request.id)
    return replace(request, **store.UNCLAIMED, version=next_version)  # type: ignore[arg-type]


TIMERS = {LEASE_ENDS: end_lease}
