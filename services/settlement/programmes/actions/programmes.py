"""What can be done with programmes: found one, put people on its list, change its places, look."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.settlement.programmes.actions import seal, submissions
from services.settlement.programmes.actions.telling import tell_sight
from services.settlement.programmes.model.programmes import Kind, Programme, Quota, Seal, check_list
from services.settlement.programmes.store import programmes as store
from services.settlement.programmes.store import submissions as waitlists
from shared.access import Resource
from shared.clock import new_id
from shared.work import Work

_ALL = Resource("Programmes", "all", {})


@dataclass(frozen=True)
class ProgrammeDetails:
    """A programme with its name; waiting: people on its waitlist."""

    programme: Programme
    name: str
    waiting: int


async def found(work: Work, name: str, country: str, kind: Kind, places: int, seal_state: Seal) -> ProgrammeDetails:
    """Begin a programme; its founder is on the list. Errors: Refusal forbidden."""
    work.permit("found_programme", _ALL)
    programme = Programme(new_id(), country, kind, seal_state, Quota(places), 1)
    work.create_key(programme.id)
    await store.add(work, programme, name)
    await store.enlist(work, programme.id, work.actor.id)
    work.audit("found_programme", subjects=[programme.id])
    return ProgrammeDetails(programme, name, 0)


async def enlist(work: Work, programme_id: str, actor_id: str) -> None:
    """Put somebody on the list: they see the later journeys of its people everywhere, as far as they may see the case.

    Errors: Refusal not_found, forbidden; conflict list_full.
    """
    await seal.permit(work, "enlist_staff", programme_id, programme_id)
    await store.load(work, programme_id, lock=True)
    listed = await store.on_list(work, programme_id)
    if actor_id not in listed:
        check_list(listed)
        await store.enlist(work, programme_id, actor_id)
        await store.touch(work, programme_id)
        for submission in await waitlists.live_of_programme(work, programme_id):
            if submission.state == "accepted":
                await tell_sight(work, submission)
    work.audit("enlist_staff", subjects=[programme_id, actor_id])


async def resize(work: Work, programme_id: str, version: int, places: int) -> ProgrammeDetails:
    """Change how many places there are; who waits moves up. Errors: Refusal not_found, forbidden, conflict, stale."""
    await seal.permit(work, "resize_programme", programme_id, programme_id)
    programme = await store.load(work, programme_id, lock=True)
    await work.change(store.PROGRAMMES, programme_id, version)
    await submissions.move_up(work, programme, programme.quota.resized(places))
    work.audit("resize_programme", subjects=[programme_id])
    (details,) = await _detailed(work, [await store.load(work, programme_id)])
    return details


async def see_programme(work: Work, programme_id: str) -> tuple[ProgrammeDetails, tuple[str, ...]]:
    """A programme and who is on its list. Errors: Refusal not_found for who may not know of it."""
    await seal.permit(work, "see_programme", programme_id, programme_id)
    programme = await store.load(work, programme_id)
    work.audit("see_programme", subjects=[programme_id])
    (details,) = await _detailed(work, [programme])
    return details, await store.on_list(work, programme_id)


async def see_programmes(work: Work, after: str | None, limit: int) -> list[ProgrammeDetails]:
    """The programmes that the actor may know of."""
    work.permit("see_programmes", _ALL)
    found_ones = await store.page_visible(work, after, limit)
    work.audit("see_programmes", subjects=[programme.id for programme in found_ones])
    return await _detailed(work, found_ones)


async def _detailed(work: Work, some: Sequence[Programme]) -> list[ProgrammeDetails]:
    ids = [programme.id for programme in some]
    names, waiting = await store.names(work, ids), await waitlists.waiting(work, ids)
    return [ProgrammeDetails(programme, names[programme.id], waiting[programme.id]) for programme in some]
