"""What can be done with search: say what something is found by, and look for it.

Rule: every search is on the audit log, with the ids that were shown and never with the words. What was there before it
could be found, or could be found in this form, is walked through by timers, some in each transaction.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence

from services.intake.search import store
from services.intake.search.model import About, Hit, Term
from shared.access import Resource
from shared.database import Slice
from shared.work import Work


async def index(work: Work, about: About, terms: Sequence[Term]) -> None:
    """From now on it is found by these terms and no others. For a slice that changes what it is called by.

    Blank terms are left out.
    """
    await store.write(work, about, [term for term in dict.fromkeys(terms) if term.said.strip()])


STEP = 50
"""How many are indexed anew by one transaction."""


async def walk(work: Work, timer: str, ids: Sequence[str], be_found: Callable[[Work, str], Awaitable[None]]) -> None:
    """Index these anew, and go on behind the last of them: for the timer of a slice, which finds the next `STEP`.

    Who was erased is left out.
    """
    known = await work.ciphers(list(ids)) if ids else {}
    for subject_id in ids:
        if subject_id in known:
            await be_found(work, subject_id)
    if len(ids) == STEP:
        await work.at(work.now, timer, ids[-1])


async def attach(work: Work, subject_ids: Collection[str], case_id: str | None) -> None:
    """People or requests belong to this case from now on, or to none: who finds them follows."""
    await store.attach(work, subject_ids, case_id)


async def forget(work: Work, subject_ids: Collection[str]) -> None:
    """Nothing leads to these people, requests or cases any more. The caller decided so."""
    await store.forget(work, subject_ids)


async def search(work: Work, said: str, after: str | None, limit: int) -> Slice[Hit]:
    """What the actor may see anyway and these words lead to. Errors: Refusal forbidden for who has no use for it."""
    work.permit("search", Resource("Search", "all", {}))
    hits = await store.find(work, said, after, limit)
    shown = {it for hit in hits.items for it in (hit.about.id, hit.about.case_id) if it}
    work.audit("search", subjects=sorted(shown))
    return hits
