"""Requests go on as one, and part again.

Rule: a merge changes where a request goes and nothing of what it is: its key, receipt, thread, history and log stay its
own, and an unmerge puts back the state that it had, with everything that had been merged into it before. That they are
of two people is kept then, and holds for all that goes on as one with either.
"""

from collections.abc import Collection
from dataclasses import replace

from services.intake.requests.actions.standing import permit
from services.intake.requests.model import HelpRequest
from services.intake.requests.model import duplicates as model
from services.intake.requests.model.claiming import check_free
from services.intake.requests.model.duplicates import Merge
from services.intake.requests.store import history
from services.intake.requests.store import requests as store
from services.intake.requests.store import together as together_rows
from services.intake.search import actions as search
from shared.clock import new_id
from shared.work import Work


async def merge(work: Work, request_id: str, version: int, into_id: str) -> HelpRequest:
    """The same ask came twice: it goes on as `into_id`. Errors: Refusal not_found, conflict, stale."""
    await permit(work, "merge_request", request_id)
    await permit(work, "see_request", into_id)
    (request, _), (into, _) = await store.load_all(work, [request_id, into_id])
    check_free(request, work.actor.id, work.now)
    model.check_merge(request, into)
    model.check_same(into_id, await known_apart(work, request_id))
    await history.add_merge(work, Merge(new_id(), request_id, into_id, request.state, work.actor.id, work.now))
    next_version = await work.change(store.REQUESTS, request_id, version, state="merged", **store.UNCLAIMED)
    everything = [request_id, *await together_rows.merged_into(work, request_id)]
    await together_rows.set_root(work, everything, into_id, into.case_id)
    await search.attach(work, everything, into.case_id)
    work.audit("merge_request", case_id=into.case_id, subjects=[request_id, into_id])
    return replace(request, state="merged", merged_into=into_id, case_id=into.case_id, version=next_version)


async def unmerge(work: Work, request_id: str, version: int) -> HelpRequest:
    """It was another ask after all: it goes on alone, as it was, with what had been merged into it before.

    Errors: Refusal not_found, forbidden, stale; conflict not_merged.
    """
    await permit(work, "unmerge_request", request_id)
    request, _ = await store.load(work, request_id)
    model.check_unmerge(request)
    (stood,) = await history.merges_among(work, [request_id])
    next_version = await work.change(store.REQUESTS, request_id, version, state=stood.state_before)
    await _go_alone(work, request)
    await history.undo_merge(work, stood.id)
    await history.add_apart(work, request_id, stood.into_id)
    work.audit("unmerge_request", case_id=request.case_id, subjects=[request_id, stood.into_id])
    return replace(request, state=stood.state_before, merged_into=None, case_id=None, version=next_version)


async def keep_apart(work: Work, request_id: str, version: int, other_id: str) -> HelpRequest:
    """They look alike and are of two people: they are not flagged again. Errors: Refusal not_found, conflict, stale."""
    request, other = await _both(work, request_id, other_id)
    together = await together_rows.together_with(work, [request_id])
    model.check_apart(request, other, together, await known_apart(work, request_id))
    next_version = await work.change(store.REQUESTS, request_id, version, state=request.state)
    await history.add_apart(work, request_id, other_id)
    work.audit("keep_apart", case_id=other.case_id, subjects=[request_id, other_id])
    return replace(request, version=next_version)


async def take_back_apart(work: Work, request_id: str, version: int, other_id: str) -> HelpRequest:
    """They may be the same after all: flagged again, and merged by whoever finds so.

    Errors: Refusal not_found, stale; conflict `not_apart`.
    """
    request, other = await _both(work, request_id, other_id)
    model.check_taking_back(other_id, await known_apart(work, request_id))
    next_version = await work.change(store.REQUESTS, request_id, version, state=request.state)
    mine, others = (
        await together_rows.together_with(work, [request_id]),
        await together_rows.together_with(work, [other_id]),
    )
    stood = await history.apart_from(work, mine)
    await history.take_back_apart(work, [finding for finding, named in stood.items() if named in others])
    work.audit("take_back_apart", case_id=other.case_id, subjects=[request_id, other_id])
    return replace(request, version=next_version)


async def known_apart(work: Work, request_id: str) -> frozenset[str]:
    """Requests that are known to be of somebody else, with all that goes on as one with them."""
    others = await history.apart_from(work, await together_rows.together_with(work, [request_id]))
    return await together_rows.together_with(work, others.values()) if others else frozenset()


async def _both(work: Work, request_id: str, other_id: str) -> tuple[HelpRequest, HelpRequest]:
    await permit(work, "merge_request", request_id)
    await permit(work, "see_request", other_id)
    (request, _), (other, _) = await store.load_all(work, [request_id, other_id])
    check_free(request, work.actor.id, work.now)
    return request, other


async def part_from(work: Work, gone: Collection[str]) -> None:
    """What was merged into requests that are erased, and is not erased itself, goes on as it was before."""
    for root_id in sorted(gone):
        for merged in await history.merges_among(work, await together_rows.merged_into(work, root_id)):
            if merged.into_id in gone and merged.request_id not in gone:
                request, _ = await store.load(work, merged.request_id)
                await work.change(store.REQUESTS, request.id, request.version, state=merged.state_before)
                await _go_alone(work, request)
                await history.undo_merge(work, merged.id)


async def _go_alone(work: Work, request: HelpRequest) -> None:
    """The request leaves its root, and what had been merged into it comes along."""
    siblings = await together_rows.merged_into(work, request.merged_into or request.id)
    along = model.gone_with(request.id, await history.merges_among(work, siblings))
    await together_rows.set_root(work, along - {request.id}, request.id, None)
    await together_rows.set_root(work, [request.id], None, None)
    await search.attach(work, along, None)
