"""What can be done with figures: record who counts, release what was signed, look.

Rule: an outcome counts from the moment it is told; one domain clock for all services keeps its instant from lying
ahead of that. The same work is done for a person who counts and one who does not. Looking writes nothing: of the
public nothing is stored.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, date, datetime, time

from services.notify.disclosure import model, store
from services.notify.disclosure.model import FIGURES, Figure, FigureName, Outcome, Release
from services.notify.partners.model import Consent
from shared.access import Resource
from shared.small_numbers import Tally
from shared.work import Work

ENDS = "counting_consent_ends"

COUNTS = "record_outcome"
"""What stands on the log about who counts in a figure."""


async def record_outcome(
    work: Work, person_id: str, figure: FigureName, *, counted: bool, at: datetime, threshold: int
) -> None:
    """A person counts in a figure, or does not yet; what was told later replaces what was told before.

    threshold: the published number moves by no less.
    """
    tally = await store.lock_tally(work, figure)
    before = await store.outcome(work, person_id, figure) or Outcome(False, False, at)
    if at < before.at:
        return
    await _count(work, person_id, figure, tally, before, replace(before, told=counted, at=at), threshold)
    # Without the case: its timeline would tell staff of a journey whose programme is hidden from them.
    work.audit(COUNTS, subjects=[person_id])


async def note_consent(
    work: Work, case_id: str, person_id: str, *, live: bool, expires_on: date | None, threshold: int
) -> None:
    """A person consents to being counted in public, or takes that back."""
    await store.set_consent(work, case_id, person_id, Consent(live, expires_on or date.max))
    if live and expires_on is not None:
        await work.at(datetime.combine(expires_on, time(), UTC), ENDS, person_id)
    else:
        await work.cancel(ENDS, person_id)
    await recount(work, person_id, threshold)
    work.audit("note_counting_consent", case_id=case_id, subjects=[person_id])


async def recount(work: Work, person_id: str, threshold: int) -> None:
    """Have the person counted as they consent today; fires also as a timer on the day a consent expires."""
    for figure in FIGURES:
        tally = await store.lock_tally(work, figure)
        known = await store.outcome(work, person_id, figure)
        if known is not None:
            await _count(work, person_id, figure, tally, known, known, threshold)


async def forget(work: Work, person_id: str, threshold: int) -> None:
    """They are counted no more. The tally is made anew, because what was kept of them can no longer be read."""
    tallies = {figure: await store.lock_tally(work, figure) for figure in FIGURES}
    await store.forget(work, person_id)
    for figure, tally in tallies.items():
        await store.set_tally(work, figure, tally.moved(await store.count(work, figure), threshold))


async def case_of(work: Work, person_id: str) -> str | None:
    """The case of somebody who was asked about being counted."""
    return await store.case_of(work, person_id)


async def release(work: Work, release_id: str, figures: Collection[Release], at: datetime) -> None:
    """Two people signed these figures: they are public from now on."""
    for figure in figures:
        await store.add_release(work, release_id, figure, at)
    work.audit("release_figures", subjects=[release_id])


async def released(work: Work) -> int:
    """How many figures two people have signed: they stay as they were signed."""
    return sum([await store.newest_release(work, name) is not None for name in FIGURES])


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


async def _count(
    work: Work, person_id: str, figure: FigureName, tally: Tally, before: Outcome, now: Outcome, threshold: int
) -> None:
    """The caller holds the tally: a consent that is told meanwhile is read before it or counted after it."""
    consents = (await store.consent(work, person_id)).holds(work.now.date())
    counting = now.told and consents
    await store.set_outcome(work, person_id, figure, replace(now, counting=counting))
    await store.set_tally(work, figure, tally.after(before.counting, counting, threshold))
