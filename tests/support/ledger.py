"""The smallest pair of services: `ledger` writes entries, `mirror` applies them. What they do is counted, so that
anything lost, done twice or invented shows.

Used by the crash tests and the benchmarks; the machinery under them is the real one.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faststream.nats import NatsBroker
from sqlalchemy import Column, Integer, MetaData, Table, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import create_async_engine

from shared.access import Policies, system_actor
from shared.clock import SystemClock, new_id
from shared.contracts.envelope import Event
from shared.contracts.fields import Id, Instant
from shared.contracts.topology import BATCH, Durable, Topology
from shared.database import FOUNDATION, NAMES, Database, Prepared, Transaction, ident
from shared.database.sqlite import sqlite_engine
from shared.messaging.broker import make_broker
from shared.messaging.consumer import subscribe
from shared.messaging.inbox import Handler, Inbox
from shared.messaging.leader import relay_while_leading
from shared.messaging.outbox import backlog
from shared.messaging.relay import Relay
from shared.vault import KeyStore, MasterKeys, PublicKeysets, Vault, create_tables, public_entry
from shared.work import Batch, Cause, Tools, Work

ACCOUNTS = 20
TABLES = MetaData(naming_convention=NAMES)
ENTRIES = Table("entries", TABLES, Column("id", ident(), primary_key=True), Column("account_id", ident()))
APPLIED = Table("applied", TABLES, Column("id", ident(), primary_key=True), Column("times", Integer, nullable=False))


class EntryWritten(Event, publisher="ledger", key="account_id"):
    """An entry was written."""

    account_id: Id
    entry_id: Id
    at: Instant


TOPOLOGY = Topology(
    publishes={"ledger": (EntryWritten,), "mirror": ()},
    durables=(Durable("mirror", "ledger", (EntryWritten,)),),
)


_KINDS = (sqlite, postgresql)
_WRITE = Prepared(*(kind.insert(ENTRIES).on_conflict_do_nothing() for kind in _KINDS), columns=("id", "account_id"))
_APPLY = Prepared(
    *(
        kind.insert(APPLIED).on_conflict_do_update(index_elements=[APPLIED.c.id], set_={"times": APPLIED.c.times + 1})
        for kind in _KINDS
    ),
    columns=("id", "times"),
)


def entry_ids(count: int) -> list[str]:
    """The ids of the entries to write, the same at every call."""
    return [f"{number:032x}" for number in range(1, count + 1)]


def account_of(entry_id: str) -> str:
    return f"{int(entry_id, 16) % ACCOUNTS:032x}"


async def write_entry(work: Work, entry_id: str) -> None:
    """An action like any other: state, audit, event. Repeating it changes nothing."""
    row = {"id": entry_id, "account_id": account_of(entry_id)}
    if await work.run(_WRITE, row) == 1:
        work.emit(EntryWritten(account_id=account_of(entry_id), entry_id=entry_id, at=work.now))
        work.audit("write_entry", case_id=account_of(entry_id), subjects=[entry_id])


async def write_fresh_entry(work: Work, entry_id: str) -> None:
    """As `write_entry`, for entries that are known to be new."""
    work.defer(_WRITE, {"id": entry_id, "account_id": account_of(entry_id)})
    work.emit(EntryWritten(account_id=account_of(entry_id), entry_id=entry_id, at=work.now))
    work.audit("write_entry", case_id=account_of(entry_id), subjects=[entry_id])


async def apply_entry(work: Work, event: EntryWritten) -> None:
    """Counts how often each entry is applied: a second time would show."""
    work.defer(_APPLY, {"id": event.entry_id, "times": 1})
    work.audit("apply_entry", case_id=event.account_id, subjects=[event.entry_id])


async def make_tables(url: str) -> None:
    """The foundation's tables and the ledger's."""
    if url.startswith("sqlite"):
        engine = sqlite_engine(url)
        with engine.begin() as connection:
            FOUNDATION.create_all(connection)
            TABLES.create_all(connection)
        engine.dispose()
        return
    remote = create_async_engine(url)
    async with remote.begin() as connection:
        await connection.run_sync(FOUNDATION.create_all)
        await connection.run_sync(TABLES.create_all)
    await remote.dispose()


@dataclass
class Site:
    """Where one of the two services lives: everything a process needs to start it, also in another process."""

    service: str
    folder: Path
    database_url: str
    nats_url: str
    seed: str

    async def prepare(self) -> None:
        await make_tables(self.database_url)
        if not self._master.exists():
            MasterKeys.create(self._master)

    @property
    def _master(self) -> Path:
        return self.folder / f"{self.service}.master.json"

    def tools(self, keys: Database) -> Tools:
        masters = MasterKeys.load(self._master)
        vault = Vault(self.service, masters, PublicKeysets({self.service: public_entry(masters)}), KeyStore(keys))
        return Tools(self.service, SystemClock(), vault, Policies(""))


@dataclass
class Running:
    """A service of the pair at work."""

    database: Database
    tools: Tools
    broker: NatsBroker

    async def write(self, entry_id: str, action: Callable[[Work, str], Awaitable[None]] = write_entry) -> None:
        async def job(tx: Transaction) -> None:
            async with Batch.of(tx, self.tools).work(system_actor("ledger"), Cause(new_id())) as work:
                await action(work, entry_id)

        await self.database.transact(job)

    async def unpublished(self) -> int:
        return await self.database.transact(backlog)


@asynccontextmanager
async def at_work(
    site: Site, *, make_relay: Callable[..., Relay] = Relay, batch: int = BATCH, handler: Handler | None = None
) -> AsyncIterator[Running]:
    """The service runs: its relay, and its consumers if it has any."""
    keys = Database(f"sqlite:///{site.folder / site.service}.keys.db")
    database = Database(site.database_url)
    await keys.open()
    await create_tables(keys)
    await database.open()
    tools = site.tools(keys)

    async def closed() -> None:
        return None

    broker = make_broker(site.nats_url, site.seed, site.service, closed)
    inbox = Inbox(database, tools, TOPOLOGY, {EntryWritten: handler or apply_entry})
    for durable in TOPOLOGY.durables_of(site.service):
        subscribe(broker, durable, inbox, batch=batch)
    await broker.connect()
    await broker.start()
    relay = make_relay(
        site.service, database, lambda: broker.config.broker_config.connection_state.connection, tools.relay_bell
    )
    relaying = asyncio.create_task(relay_while_leading(relay, site.database_url, tools.relay_bell))
    try:
        yield Running(database, tools, broker)
    finally:
        for subscriber in broker.subscribers:
            await subscriber.stop()
        relay.stop()
        relaying.cancel()
        await asyncio.gather(relaying, return_exceptions=True)
        await broker.stop()
        await database.close()
        await keys.close()


@asynccontextmanager
async def only_database(site: Site) -> AsyncIterator[Database]:
    """Only the database of a service, to look into while its process runs or lies dead."""
    database = Database(site.database_url)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


async def ask(database: Database, statement: Any) -> list[Any]:
    """Rows of a query."""

    async def job(tx: Transaction) -> list[Any]:
        return list((await tx.execute(statement)).all())

    return await database.transact(job)


@dataclass(frozen=True)
class Count:
    """What the pair did: all three should be zero when everything written was applied."""

    lost: int
    twice: int
    phantom: int


async def judge(ledger: Database, mirror: Database, accepted: set[str]) -> Count:
    """Compare what writers were told is safe with what was applied."""
    written = {row.id for row in await ask(ledger, select(ENTRIES.c.id))}
    applied = {row.id: row.times for row in await ask(mirror, select(APPLIED))}
    return Count(
        lost=len((accepted | written) - set(applied)) + len(accepted - written),
        twice=sum(times > 1 for times in applied.values()),
        phantom=len(set(applied) - written),
    )


async def applied_count(mirror: Database) -> int:
    return int((await ask(mirror, select(func.count()).select_from(APPLIED)))[0][0])
