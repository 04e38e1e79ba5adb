"""Carries letters between the front door's database and intake's, in a task of intake's process.

Rule: whatever it is killed in, every step is done again without harm, and in the order of a thread; what cannot be
opened is set aside there, counted, and never thrown away, and no other thread waits for it. That a letter was taken is
remembered as long as it could come once more: sixty days, and while it lies at the front door.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import asyncpg
from prometheus_client import CollectorRegistry, Gauge
from sqlalchemy.engine import make_url

from services.intake.front_door.actions import carrying as door
from services.intake.front_door.model.letters import Box
from services.intake.threads.actions import carrying
from services.intake.threads.actions.carrying import Opened
from shared.access import system_actor
from shared.bell import Bell
from shared.clock import new_id
from shared.database import Database, Transaction
from shared.errors import Refusal
from shared.probes import reach
from shared.vault import FileKind, Incoming, files
from shared.work import Batch, Cause, Tools, Work

log = logging.getLogger(__name__)

SWEEP_S = 1.0
AGAIN_S = 5.0
LOOK_EVERY = timedelta(hours=1)
GROUP = 100
KIND = FileKind(16 * 1024 * 1024, {"image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG", "text/plain": b""})


class Porter:
    """door: the database of the front door."""

    def __init__(self, door: Database, database: Database, tools: Tools, registry: CollectorRegistry) -> None:
        self._door = door
        self._database = database
        self._tools = tools
        self._bell = Bell()
        self._stopping = False
        self._looked_at: datetime | None = None
        self._waiting = Gauge("lodestar_letters_waiting", "Letters at the front door.", registry=registry)
        self._set_aside = Gauge("lodestar_letters_set_aside", "Letters that cannot be opened.", registry=registry)

    async def run(self) -> None:
        """Carry until `stop`."""
        await self._door.open()
        listening = asyncio.create_task(self._listen()) if self._door.dialect == "postgresql" else None
        try:
            while not self._stopping:
                await self._round()
        finally:
            if listening is not None:
                listening.cancel()
                await asyncio.wait([listening])
            await self._door.close()

    def stop(self) -> None:
        self._stopping = True
        self._bell.ring()

    async def carry(self) -> int:
        """One round; returns how many letters, answers and endings were carried."""
        carried = await self._fetch() + await self._lay_out() + await self._end()
        await self._forget_taken()
        waiting, set_aside = await door.counts(self._door)
        self._waiting.set(waiting)
        self._set_aside.set(set_aside)
        return carried

    async def _round(self) -> None:
        try:
            if not await self.carry():
                await self._bell.wait(SWEEP_S)
        except Exception as error:
            log.warning("letters wait: %s", type(error).__name__)
            await self._bell.wait(AGAIN_S)

    async def _fetch(self) -> int:
        threads: dict[str, list[Box]] = defaultdict(list)
        for box in await door.waiting(self._door, GROUP):
            threads[box.thread_id].append(box)
        behind = await door.behind_set_aside(self._door) if threads else frozenset()
        took = await asyncio.gather(*(self._take_in_order(boxes, behind) for boxes in threads.values()))
        gone = [letter_id for some in took for letter_id in some]
        if gone:
            reach("porter.taken")
            await door.took(self._door, gone)
            reach("porter.gone")
        return len(gone)

    async def _take_in_order(self, boxes: Sequence[Box], behind: Collection[str]) -> list[str]:
        """Those of one thread; behind one that fails for now nothing is taken. behind: threads where one was set aside:
        if it was the first of its thread, there is nothing yet that the others could join."""
        took: list[str] = []
        for box in boxes:
            try:
                await self._take(box, waits=box.thread_id in behind)
            except Refusal as refusal:
                if refusal.code == carrying.BEHIND:
                    break
                if refusal.kind != "invalid":
                    log.warning("a letter waits: %s", refusal.code)
                    break
                log.error("a letter is set aside: %s", refusal.code)
                await door.set_aside(self._door, box.id, refusal.code)
                behind = {*behind, box.thread_id}
                continue
            except Exception as error:
                log.warning("a letter waits: %s", type(error).__name__)
                break
            took.append(box.id)
        return took

    async def _forget_taken(self) -> None:
        """Once an hour of the domain clock."""
        now = self._tools.clock.now()
        if self._looked_at is not None and now < self._looked_at + LOOK_EVERY:
            return
        while taken := await self._do(carrying.taken_long_ago):
            here = await door.still_here(self._door, taken)
            await self._do(lambda work, gone=set(taken) - here: carrying.forget_taken(work, gone))
            if here:
                break
        self._looked_at = now

    async def _take(self, box: Box, *, waits: bool) -> None:
        opened = carrying.open_box(self._tools.vault, box)
        file = await self._store_file(opened)
        try:
            await self._do(lambda work: carrying.take_in(work, opened, file, waits=waits))
        finally:
            if file is not None:
                await self._database.transact(lambda tx: files.forget_unfinished(tx, file.id))

    async def _store_file(self, opened: Opened) -> Incoming | None:
        if opened.content is None or opened.letter.attached is None:
            return None
        subject = await self._do(lambda work: carrying.subject_of(work, opened.box))
        if subject is None:
            return None
        cipher = await self._tools.vault.cipher(subject)
        media_type, content = opened.letter.attached.media_type, _whole(opened.content)
        return await files.receive(self._database, subject, cipher, KIND, media_type, content)

    async def _lay_out(self) -> int:
        answers = await self._do(carrying.outgoing)
        if answers:
            await door.lay_out(self._door, answers)
            reach("porter.laid_out")
            await self._do(lambda work: carrying.laid_out(work, [answer_id for answer_id, *_ in answers]))
        return len(answers)

    async def _end(self) -> int:
        over = await self._do(carrying.over)
        if over:
            await door.end(self._door, over)
            reach("porter.ended")
            await self._do(lambda work: carrying.told_over(work, over))
        return len(over)

    async def _do(self, action: Any) -> Any:
        async def job(tx: Transaction) -> Any:
            actor = system_actor(self._tools.service)
            async with Batch.of(tx, self._tools).work(actor, Cause(new_id())) as work:
                return await _within(action, work)

        return await self._database.transact(job)

    async def _listen(self) -> None:
        """Be woken by the front door; without a connection the sweep goes on."""
        dsn = make_url(self._door.url).set(drivername="postgresql").render_as_string(hide_password=False)
        while not self._stopping:
            with suppress(Exception):
                lost = asyncio.Event()
                connection: Any = await asyncpg.connect(dsn, timeout=5)
                try:
                    connection.add_termination_listener(lambda _, lost=lost: lost.set())
                    await connection.add_listener(door.BELL, lambda *_: self._bell.ring())
                    await lost.wait()
                finally:
                    await connection.close(timeout=2)
            await asyncio.sleep(AGAIN_S)


async def _within(action: Any, work: Work) -> Any:
    return await action(work)


async def _whole(content: bytes) -> AsyncIterator[bytes]:
    yield content
