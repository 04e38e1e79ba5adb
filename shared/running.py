"""Carries out runs: takes one, computes it in the pool, keeps what it came to.

Rule: no transaction is open while it computes. Of two processes that compute the same run, one ends it. What a run was
about may be erased meanwhile: then there is no key to keep its result under, and it goes.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from shared import runs
from shared.access import system_actor
from shared.clock import new_id
from shared.database import Database, Transaction
from shared.errors import Refusal
from shared.pool import ORDINARY, Limits, Outcome
from shared.runs import Run
from shared.vault import FileKind, Incoming, files
from shared.work import Batch, Cause, Tools, Work

log = logging.getLogger(__name__)

T = TypeVar("T")

SWEEP_S = 5.0
RETRY_S = 1.0
MOST = 3
"""So many processes may die over a run before it has failed."""

SLACK = timedelta(minutes=2)
"""What a run may wait for its turn, beside the time that it may compute."""


@dataclass(frozen=True)
class Computation:
    """One kind of run.

    prepare: what the function is given, from the subject; not_found when that is gone. finish: what the end of the
    run changes, in its transaction; the run says how it ended, and there is a result when it is done. keeps,
    media_type: what the result must be.
    """

    function: Callable[[bytes], bytes]
    prepare: Callable[[Work, str], Awaitable[bytes]]
    finish: Callable[[Work, Run, Incoming | None], Awaitable[None]]
    keeps: FileKind
    media_type: str
    limits: Limits = ORDINARY


class Runner:
    """Carries out the runs of one service, one after the other in each process."""

    def __init__(self, database: Database, tools: Tools, computations: Mapping[str, Computation]) -> None:
        self._database = database
        self._tools = tools
        self._computations = computations
        self._leases = {kind: timedelta(seconds=it.limits.seconds) + SLACK for kind, it in computations.items()}
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Go on until `stop`; a run that is being computed then is left to the next process."""
        while self._computations and not self._stopping.is_set():
            going = asyncio.create_task(self.step())
            stopping = asyncio.create_task(self._stopping.wait())
            await asyncio.wait((going, stopping), return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            if not going.done():
                going.cancel()
            try:
                with suppress(asyncio.CancelledError):
                    if not await going:
                        await self._tools.run_bell.wait(SWEEP_S)
            except Exception as error:
                log.warning("runs wait: %s", type(error).__name__)
                await asyncio.sleep(RETRY_S)

    def stop(self) -> None:
        self._stopping.set()
        self._tools.run_bell.ring()

    async def step(self) -> bool:
        """Carry out the next run. Returns whether there was one."""
        run = await self._do(lambda work: runs.take(work, self._leases, MOST))
        if run is None:
            return False
        if isinstance(run, runs.Lost):
            await self._fail(run.run, runs.LOST)
        else:
            await self._carry_out(run)
        return True

    async def _carry_out(self, run: Run) -> None:
        computation = self._computations[run.kind]
        try:
            given = await self._do(lambda work: computation.prepare(work, run.subject), run)
            outcome = await self._tools.pool.run(computation.function, given, computation.limits)
            if outcome.state == "done":
                await self._keep(run, computation, outcome)
            else:
                await self._fail(run, outcome.why or outcome.state)
        except Refusal as refusal:
            if refusal.kind == "not_found":
                await self._do(lambda work: runs.drop(work, run), run)
            elif refusal.kind == "unavailable":
                raise
            else:
                await self._fail(run, refusal.code)

    async def _keep(self, run: Run, computation: Computation, outcome: Outcome) -> None:
        cipher = await self._do(lambda work: work.cipher(run.key), run)
        content = _once(outcome.content)
        kind, media_type = computation.keeps, computation.media_type
        incoming = await files.receive(self._database, run.key, cipher, kind, media_type, content)
        try:
            await self._do(lambda work: _end(work, run, computation, incoming), run)
        finally:
            await self._database.transact(lambda tx: files.forget_unfinished(tx, incoming.id))

    async def _fail(self, run: Run, why: str) -> None:
        async def job(work: Work) -> None:
            ended = await runs.end(work, run, why=why)
            if ended is not None:
                await self._computations[run.kind].finish(work, ended, None)

        await self._do(job, run)

    async def _do(self, action: Callable[[Work], Awaitable[T]], run: Run | None = None) -> T:
        async def job(tx: Transaction) -> T:
            actor = system_actor(self._tools.service)
            cause = Cause(new_id() if run is None else run.correlation_id)
            async with Batch.of(tx, self._tools).work(actor, cause) as work:
                return await action(work)

        return await self._database.transact(job)


async def _end(work: Work, run: Run, computation: Computation, incoming: Incoming) -> None:
    ended = await runs.end(work, run, result_id=incoming.id)
    if ended is not None:
        await files.keep(work.tx, incoming)
        await computation.finish(work, ended, incoming)


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content
