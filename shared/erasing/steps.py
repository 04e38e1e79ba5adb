"""The steps of an erasure in one service, each a timer: it runs until it has run, however often the process dies.

Rule: first the ledger, with the decision or the event; then the keys; then the rows, with the word that it is done;
and once no process can remember a destroyed key any longer, the rows again. A key that is destroyed without a ledger
that says so (the database was restored from an old backup) begins the same steps.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from shared import erasures
from shared.access import system_actor
from shared.clock import new_id
from shared.contracts.envelope import Event
from shared.contracts.topology import Topology
from shared.database import Transaction
from shared.due import TimerHandler
from shared.erasing.order import ERASE, begin
from shared.erasing.scrubbing import scrub
from shared.erasures import PURGED, Gone
from shared.probes import reach
from shared.work import Batch, Cause, Tools, Work

SWEEP = "erase_again"

REMEMBERED = timedelta(minutes=3)
"""Longer than any process remembers a key, with a transaction that was under way."""


class Purged(Protocol):
    """The event by which a service tells that the events of a case are gone from its stream."""

    def __call__(self, *, case_id: str, at: datetime) -> Event: ...


class Completed(Protocol):
    """The event by which a service tells that nothing about a person can be read there any more."""

    def __call__(self, *, case_id: str, person_id: str, at: datetime) -> Event: ...


@dataclass(frozen=True)
class Forgetting:
    """How one service forgets.

    forget: takes everything about the person out of the service's own tables. case_of: the case that an id of a
    person belongs to here. completed: what it tells when it is done, None for who decided. answers: whose word makes
    an erasure done, here only the service's own.
    """

    forget: Callable[[Work, Gone], Awaitable[None]]
    case_of: Callable[[Work, str], Awaitable[str | None]]
    purged: Purged
    completed: Completed | None = None
    answers: Collection[str] | None = None


def erasure_timers(forgetting: Forgetting, topology: Topology) -> Mapping[str, TimerHandler]:
    """The timers of a service that can forget."""

    async def erase(work: Work, person_id: str) -> None:
        gone = await erasures.gone_with(work, person_id)
        service = work.tools.service
        await work.vault.destroy(gone.subjects)
        reach("erasure.keys_destroyed")
        await erasures.note_step(work.tx, person_id, service, "keys", work.now)
        await clear(work, gone)
        await erasures.note_step(work.tx, person_id, service, "rows", work.now)
        await finish(work, gone)
        if forgetting.completed is not None and gone.case_id is not None:
            work.emit(forgetting.completed(case_id=gone.case_id, person_id=person_id, at=work.now))
        await work.at(work.now + REMEMBERED, SWEEP, person_id)
        work.audit("erase_person", case_id=gone.case_id, subjects=[person_id])
        reach("erasure.rows_gone")

    async def finish(work: Work, gone: Gone) -> None:
        own = {work.tools.service}
        answers = own if gone.found else forgetting.answers or own
        await erasures.finish(work, gone.person_id, answers, work.now)

    async def clear(work: Work, gone: Gone) -> None:
        await forgetting.forget(work, gone)
        await scrub(work, gone, topology)

    async def sweep(work: Work, person_id: str) -> None:
        gone = await erasures.gone_with(work, person_id)
        await work.vault.destroy(gone.subjects)
        await clear(work, gone)
        await erasures.note_step(work.tx, person_id, work.tools.service, "swept", work.now)
        await finish(work, gone)

    async def tell_purged(work: Work, key: str) -> None:
        through, persons = await erasures.purged(work, key, work.now)
        for person_id in persons:
            await erasures.note_step(work.tx, person_id, work.tools.service, "purged", work.now)
        if through is not None:
            work.emit(forgetting.purged(case_id=key, at=work.now), resumes=through + 1)

    return {ERASE: erase, SWEEP: sweep, PURGED: tell_purged}


async def discover(tx: Transaction, tools: Tools, forgetting: Forgetting) -> int:
    """Begin the erasure of everybody whose key is destroyed and whom the ledger does not know; returns how many."""
    destroyed = await tools.vault.destroyed()
    unknown = sorted(destroyed - await erasures.known_subjects(tx)) if destroyed else []
    for subject in unknown:
        async with Batch.of(tx, tools).work(system_actor(tools.service), Cause(new_id())) as work:
            case_id = await forgetting.case_of(work, subject)
            await begin(work, Gone(subject, case_id, ended_case=subject), found=True)
    return len(unknown)
