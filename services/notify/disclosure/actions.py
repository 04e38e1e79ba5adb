"""What can be done with figures: record who counts, release what was signed, look.

Rule: an outcome counts from the moment it is told; one domain clock for all services keeps its instant from lying
ahead of that. The same work is done for a person who counts and one who does not. Looking writes nothing: of the
public nothing is stored.
"""

from collections.abc import Collection
from datetime import datetime

from services.notify.disclosure import model, store
from services.notify.disclosure.model import FIGURES, Figure, FigureName, Release
from shared.access import Resource
from shared.work import Work


async def record_outcome(
    work: Work, person_id: str, figure: FigureName, *, counted: bool, at: datetime, threshold: int
) -> None:
    """A person counts in a figure, or does not yet; what was told later replaces what was told before.

    threshold: the published number moves by no less.
    """
    tally = await store.lock_tally(work, figure)
    before, told_at = await store.outcome(work, person_id, figure) or (False, at)
    if at < told_at:
        return
    await store.set_outcome(work, person_id, figure, counted=counted, at=at)
    await store.set_tally(work, figure, tally.after(before, counted, threshold))
    # Without the case: its timeline would tell staff of a journey whose programme is hidden from them.
    work.audit("record_outcome", subjects=[person_id])


async def release(work: Work, release_id: str, figures: Collection[Release], at: datetime) -> None:
    """Two people signed these figures: they are public from now on."""
    for figure in figures:
        await store.add_release(work, release_id, figure, at)
    work.audit("release_figures", subjects=[release_id])


async def see_figures(work: Work, threshold: int) -> list[Figure]:
    """What everybody may read. threshold: numbers below it are suppressed."""
    work.permit("see_figures", Resource("Figures", "public", {}))
    return model.apart([await _figure(work, name, threshold) for name in FIGURES], threshold)


async def _figure(work: Work, name: FigureName, threshold: int) -> Figure:
    signed = await store.newest_release(work, name)
    tally = await store.tally(work, name)
    if signed is not None:
        return model.released(signed)
    return model.counted(name, tally.published, work.now.date(), threshold)
