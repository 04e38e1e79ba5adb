"""What becomes of frozen reports when a statement is taken back or erased: they stay, and an erratum counts it."""

from collections.abc import Collection

from services.intake.testimony.model.reports import COUNTED, QUOTED
from services.intake.testimony.model.statements import Use
from services.intake.testimony.store import reports as store
from shared.clock import new_id
from shared.work import Work


async def note_withdrawal(work: Work, statement_id: str, uses: Collection[Use]) -> None:
    """These uses of a statement were taken back."""
    rows = await store.using(work, [statement_id])
    concerned = [row for row in rows if (row.counted and COUNTED in uses) or (row.quoted and QUOTED in uses)]
    await _count(work, concerned)


async def note_erasure(work: Work, statement_ids: Collection[str]) -> None:
    """These statements are gone; nothing tells any more which reports used them."""
    await _count(work, await store.using(work, statement_ids))
    await store.forget(work, statement_ids)


async def _count(work: Work, rows: Collection[object]) -> None:
    await store.add_errata(work, rows, [new_id() for _ in rows])
