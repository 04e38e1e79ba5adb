"""Runs a service: starts its parts in order, tells whether they are ready, stops them in the right order.

Rule: on a stop nothing new comes in before what came in is finished: HTTP first, then consumers, timers, the
linker's and the relay's last round, the bus, the databases.
"""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from prometheus_client import CollectorRegistry, Gauge, start_http_server
from sqlalchemy import MetaData

from shared.access import Policies, TokenVerifier
from shared.audit import unlinked_count
from shared.clock import MovedClock, SystemClock
from shared.contracts.envelope import Event
from shared.contracts.topology import LODESTAR, Topology
from shared.database import Database, Transaction
from shared.database.migrations import at_head
from shared.due import DueTimers, TimerHandler
from shared.erasing.steps import Forgetting, discover, erasure_timers
from shared.erasures import unfinished_since
from shared.followed_clock import ask, follow
from shared.key_files import key_files
from shared.linker import Linker
from shared.messaging.broker import make_broker
from shared.messaging.consumer import subscribe
from shared.messaging.inbox import Handler, Inbox
from shared.messaging.inbox_rows import forget_applied, parked_count, waiting_longer_than
from shared.messaging.leader import relay_while_leading
from shared.messaging.outbox import backlog, prune_published
from shared.messaging.relay import Relay
from shared.revoking import follow_revocations
from shared.running import Computation, Runner
from shared.settings import ServiceSettings
from shared.vault import BlindSource, KeyStore, Vault
from shared.vault.files import forget_unfinished
from shared.vault.watching import KeyWatch
from shared.web.answers import drop_keys, forget_old
from shared.web.app import make_app
from shared.web.door import Door
from shared.web.wire import listen
from shared.work import Tools

log = logging.getLogger(__name__)

KEEP_PUBLISHED = timedelta(days=30)
KEEP_APPLIED = timedelta(days=60)
LATE = timedelta(seconds=60)
OVERDUE = timedelta(hours=1)
HOUSEKEEPING_S = 5.0
FORGET_EVERY = 720
LAST_ROUND_S = 5.0


@dataclass(frozen=True)
class Blueprint:
    """What makes a service this service; the rest is the same for all.

    routers: from the door and the inbox to the HTTP routes. home: the service's folder, with migrations and policies.
    """

    name: str
    home: Path
    metadata: MetaData
    routers: Callable[[Door, Inbox], Sequence[APIRouter]]
    handlers: Mapping[type[Event], Handler] = field(default_factory=dict)
    timers: Mapping[str, TimerHandler] = field(default_factory=dict)
    topology: Topology = LODESTAR
    background: Callable[[Database, Tools, CollectorRegistry], Sequence[Any]] = lambda *_: ()
    """Further tasks of this service, which may have gauges: each has `run()` and `stop()`."""
    forgetting: Forgetting | None = None
    blinds: Sequence[BlindSource] = ()
    computations: Mapping[str, Computation] = field(default_factory=dict)
    """Kinds of runs, by the name that their rows have."""

    @property
    def migrations(self) -> Path:
        return self.home / "migrations"

    @property
    def policies(self) -> Path:
        return self.home / "policies.cedar"

    def all_timers(self) -> Mapping[str, TimerHandler]:
        """The service's own, and those of erasures."""
        erasing = {} if self.forgetting is None else erasure_timers(self.forgetting, self.topology)
        return {**self.timers, **erasing}


class NotMigratedError(Exception):
    """The database is not at the head of its migrations."""


class Runtime:
    """One running process of a service."""

    def __init__(self, blueprint: Blueprint, settings: ServiceSettings) -> None:
        self.blueprint = blueprint
        self.settings = settings
        self.database = Database(settings.database_url)
        self.keys = Database(settings.keys_url)
        files, store = key_files(settings), KeyStore(self.keys)
        vault = Vault(blueprint.name, *files.load(), store)
        self.key_watch = KeyWatch(files, vault, store, [self.database, self.keys])
        self.clock = MovedClock(datetime.min.replace(tzinfo=UTC)) if settings.clock == "moved" else SystemClock()
        self.tools = Tools(blueprint.name, self.clock, vault, Policies.load(blueprint.policies))
        self.inbox = Inbox(self.database, self.tools, blueprint.topology, blueprint.handlers)
        self.broker = make_broker(
            settings.nats_url, settings.nats_seed_file.read_text().strip(), blueprint.name, self._bus_closed
        )
        for durable in blueprint.topology.durables_of(blueprint.name):
            subscribe(self.broker, durable, self.inbox)
        self.relay = Relay(blueprint.name, self.database, self.client, self.tools.relay_bell)
        self.linker = Linker(self.database, self.tools, blueprint.topology, settings.witness_every_s)
        self.timers = DueTimers(self.database, self.tools, blueprint.all_timers())
        runner = Runner(self.database, self.tools, blueprint.computations)
        self.registry = CollectorRegistry()
        self.background = (runner, *blueprint.background(self.database, self.tools, self.registry))
        self._bus_gauge = Gauge("lodestar_bus_connected", "1 while the bus is there.", registry=self.registry)
        self._tasks: list[asyncio.Task[None]] = []
        self._working: list[asyncio.Task[None]] = []
        self._linking: list[asyncio.Task[None]] = []
        self._relaying: list[asyncio.Task[None]] = []
        self._stopping = False
        self.broken = False
        """Whether a part of it died; the process then ends with an error, to be started anew."""

    def client(self) -> Any:
        """The present NATS connection."""
        return self.broker.config.broker_config.connection_state.connection

    def app(self) -> FastAPI:
        """The HTTP application; its lifespan starts and stops everything else."""
        known = self.tools.revocations
        verifier = TokenVerifier(self.settings.issuer, self.blueprint.name, self.settings.jwks, known)
        routers = self.blueprint.routers(Door(self.database, self.tools), self.inbox)
        limits, tls = self.settings.limits, self.settings.environment == "production"
        parts = (verifier, self.ready, self.registry, self.clock, self._lifespan)
        return make_app(self.blueprint.name, routers, *parts, limits=limits, tls=tls)

    @asynccontextmanager
    async def _lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        await self.start()
        yield
        await self.stop()

    async def start(self) -> None:
        """Open the databases, then join the bus; the domain clock is known before anything is served."""
        self._metrics, _ = start_http_server(self.settings.metrics_port, self.settings.metrics_host, self.registry)
        await self.database.open()
        await self.keys.open()
        await self.key_watch.begin()
        await self.database.transact(self.tools.revocations.refresh)
        self._begin(follow_revocations(self.database, self.tools))
        joining = self._begin(self._join_bus())
        if isinstance(self.clock, MovedClock):
            await joining
        self._working = [self._begin(part.run()) for part in (self.timers, *self.background)]
        self._linking = [self._begin(self.linker.run())]
        self._begin(self._keep_house())
        self._begin(self.key_watch.run())

    async def _join_bus(self) -> None:
        await self.broker.connect()
        if isinstance(self.clock, MovedClock):
            await self._first_clock(self.clock)
            self._begin(follow(self.clock, self.client))
        await self.broker.start()
        leading = relay_while_leading(self.relay, self.settings.database_url, self.tools.relay_bell)
        self._relaying = [self._begin(leading)]

    def _begin(self, part: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run a part of the service; should it die, the process ends and is started anew."""
        task = asyncio.create_task(part)
        task.add_done_callback(self._ended)
        self._tasks.append(task)
        return task

    async def _first_clock(self, clock: MovedClock) -> None:
        while clock.now().year == 1:
            with suppress(Exception):
                await ask(clock, self.client())
            await asyncio.sleep(0 if clock.now().year > 1 else 0.1)

    async def stop(self) -> None:
        """Finish what was begun, then close; called after HTTP has stopped."""
        self._stopping = True
        for subscriber in self.broker.subscribers:
            await subscriber.stop()
        for part in (self.timers, *self.background):
            part.stop()
        await _finish(self._working, LAST_ROUND_S)
        self.linker.stop()
        await _finish(self._linking, LAST_ROUND_S)
        self.relay.stop()
        await _finish(self._relaying, LAST_ROUND_S)
        for pending in self._tasks:
            pending.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.broker.stop()
        await asyncio.to_thread(self._metrics.shutdown)
        await self.key_watch.end()
        await self.database.close()
        await self.keys.close()

    async def ready(self) -> dict[str, bool]:
        """Which parts are there. Without the bus the service still works: its events wait in the outbox."""
        self._bus_gauge.set(bool(self._relaying) and self.client().is_connected)
        return {"database": await self.database.answers()}

    async def _keep_house(self) -> None:
        """Look at what waits every few seconds, and once an hour forget what is old enough."""
        waiting = Gauge("lodestar_events_waiting_long", "Events that wait over 60 s.", registry=self.registry)
        parked = Gauge("lodestar_events_parked", "Events parked and not settled.", registry=self.registry)
        unlinked = Gauge("lodestar_audit_unlinked", "Audit rows that have no link yet.", registry=self.registry)
        unsent = Gauge("lodestar_outbox_backlog", "Events not yet published.", registry=self.registry)
        overdue = Gauge("lodestar_erasures_overdue", "Erasures not done within an hour.", registry=self.registry)

        async def look(tx: Transaction) -> None:
            waiting.set(await waiting_longer_than(tx, LATE))
            parked.set(await parked_count(tx))
            unlinked.set(await unlinked_count(tx))
            unsent.set(await backlog(tx))
            overdue.set(await unfinished_since(tx, self.clock.now() - OVERDUE))

        rounds = 0
        while not self._stopping:
            try:
                await self.inbox.sweep()
                await self.database.transact(look)
                if rounds % FORGET_EVERY == 0:
                    await self.database.transact(_forget)
                    await drop_keys(self.tools.vault, self.tools.service, datetime.now(UTC).date())
                    await self._heed_destroyed_keys()
                rounds += 1
            except Exception as error:
                log.warning("housekeeping waits: %s", type(error).__name__)
            await asyncio.sleep(HOUSEKEEPING_S)

    async def _heed_destroyed_keys(self) -> None:
        """A database restored from an old backup brings nobody back: the key store knows who was erased."""
        forgetting = self.blueprint.forgetting
        if forgetting is not None:
            await self.database.transact(lambda tx: discover(tx, self.tools, forgetting))

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            log.critical("a part of the service died: %s", type(task.exception()).__name__)
            self.broken = True
            os.kill(os.getpid(), signal.SIGTERM)

    async def _bus_closed(self) -> None:
        if not self._stopping:
            log.critical("the bus connection closed for good")
            self.broken = True
            os.kill(os.getpid(), signal.SIGTERM)


async def _finish(tasks: Sequence[asyncio.Task[None]], patience_s: float) -> None:
    if tasks:
        await asyncio.wait(tasks, timeout=patience_s)


async def _forget(tx: Transaction) -> None:
    now = datetime.now(UTC)
    await prune_published(tx, now - KEEP_PUBLISHED)
    await forget_applied(tx, now - KEEP_APPLIED)
    await forget_old(tx)
    await forget_unfinished(tx)


def serve(blueprint: Blueprint, settings: ServiceSettings) -> None:
    """Serve until SIGTERM or SIGINT; exits with an error only when a part of the service died.

    Errors: NotMigratedError.
    """
    if not asyncio.run(at_head(settings.database_url, blueprint.migrations)):
        raise NotMigratedError(f"the database is not migrated; run: lodestar migrate {blueprint.name}")
    runtime = Runtime(blueprint, settings)
    # uvicorn stops in good order, then raises the signal once more.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1 if runtime.broken else 0))
    listen(runtime.app(), settings)
