"""Purging what was said about erased people, from the ledgers of erasures.

Rule: a key's events go only when every consumer has applied all that was sent under it, and nothing more can be sent
meanwhile: its number is held until they are gone. What tells of erasures stays, and the publisher is told where
consumers that know nothing of the key go on.
"""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from nats.js.manager import JetStreamManager
from sqlalchemy import func, select

from deploy.bus.connection import operating
from deploy.bus.provision import publishers
from shared.clock import new_id
from shared.contracts.topology import Topology, stream_of
from shared.database import Database, Transaction, opened
from shared.erasures import PURGED, mark_purged, unpurged
from shared.messaging.inbox_rows import CURSORS
from shared.messaging.outbox import HEADS, OUTBOX
from shared.timers import set_timer


@dataclass(frozen=True)
class Purge:
    """A key of a publisher: purged, or not yet because of whom it waits for."""

    publisher: str
    key: str
    waits_for: tuple[str, ...]


async def purge_erased(url: str, seed_path: Path, databases: Mapping[str, str], topology: Topology) -> list[Purge]:
    """Purge all that may be; again, for whom it had to wait. databases: the address of every service's database.

    Errors: Refusal, as every command of the bus; unavailable when a database cannot be reached.
    """
    async with AsyncExitStack() as stack:
        ledgers = {service: await stack.enter_async_context(opened(its)) for service, its in databases.items()}
        client = await stack.enter_async_context(operating(url, seed_path))
        purging = _Purging(ledgers, topology, client.jsm())
        return [purge for publisher in publishers(topology) for purge in await purging.of(publisher)]


class _Purging:
    """One run over all streams."""

    def __init__(self, databases: Mapping[str, Database], topology: Topology, manager: JetStreamManager) -> None:
        self._databases = databases
        self._topology = topology
        self._manager = manager

    async def of(self, publisher: str) -> list[Purge]:
        """A last case is due once nothing is left of the former ones: after these it is asked for anew."""
        done: dict[str, Purge] = {}
        while due := {key: since for key, since in (await self._due(publisher)).items() if key not in done}:
            for key, since in due.items():
                done[key] = await self._one(publisher, key, since)
        return list(done.values())

    async def _due(self, publisher: str) -> dict[str, datetime]:
        return await self._databases[publisher].transact(lambda tx: unpurged(tx, publisher))

    async def _one(self, publisher: str, key: str, since: datetime) -> Purge:
        async def job(tx: Transaction) -> Purge:
            head = await _hold(tx, key)
            waits_for = await self._behind(publisher, key, head)
            if await _unpublished(tx, key):
                waits_for = (publisher, *waits_for)
            if not waits_for:
                await self._delete(publisher, key)
                await mark_purged(tx, key, head)
                # An instant that is past on the domain clock, which may stand still.
                await set_timer(tx, PURGED, key, since, new_id())
            return Purge(publisher, key, waits_for)

        return await self._databases[publisher].transact(job)

    async def _behind(self, publisher: str, key: str, head: int) -> tuple[str, ...]:
        """Consumers that have not applied all that was sent under the key."""
        readers = [durable.consumer for durable in self._topology.durables if durable.publisher == publisher]
        return tuple([reader for reader in readers if await self._applied(reader, publisher, key) < head])

    async def _applied(self, reader: str, publisher: str, key: str) -> int:
        here = (CURSORS.c.publisher == publisher) & (CURSORS.c.key == key) & CURSORS.c.parked.is_(False)

        async def job(tx: Transaction) -> int:
            return (await tx.execute(select(CURSORS.c.revision).where(here))).scalar_one_or_none() or 0

        return await self._databases[reader].transact(job)

    async def _delete(self, publisher: str, key: str) -> None:
        for event in self._topology.publishes[publisher]:
            if not event.erasure:
                await self._manager.purge_stream(stream_of(publisher), subject=f"{event.type}.{key}")


async def _hold(tx: Transaction, key: str) -> int:
    """The last revision of the key; nothing more is sent under it until this transaction ends."""
    held = select(HEADS.c.revision).where(HEADS.c.key == key).with_for_update()
    return (await tx.execute(held)).scalar_one_or_none() or 0


async def _unpublished(tx: Transaction, key: str) -> bool:
    waiting = select(func.count()).where(OUTBOX.c.key == key, OUTBOX.c.published_at.is_(None))
    return bool((await tx.execute(waiting)).scalar_one())
