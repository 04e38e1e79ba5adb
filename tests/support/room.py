"""A room in which one service runs alone: its real application, databases, vault, inbox and timers; only the bus is
away.

    async with open_room(blueprint(), tmp_path) as room:            # or kind="postgresql"
        officer = staff("intake_officer")                            # an invented member of staff
        async with room.client(officer) as client:                   # httpx against the real app
            answer = await client.post("/cases", json={...})         # keys and tokens are put in by the room
            await client.post(url, json={...}, headers={"If-Match": '"1"'})
        await room.tell(CaseOpened(...))                             # as its publisher would seal and number it
        (event,) = await room.told(StayChanged)                      # from the outbox, oldest first
        room.opened("intake", event, event.persons[0].view)          # what the recipient `intake` reads in it
        room.clock.move(...); await room.fire()                      # domain time goes on, due timers fire
        await room.compute()                                         # runs that were asked for are carried out

`tell(..., publisher_revision=None)` numbers events per publisher and key by itself; `tell_again(...)` redelivers.
"""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import httpx
import orjson
from joserfc import jwt
from joserfc.jwk import KeySet, OKPKey
from prometheus_client import CollectorRegistry
from sqlalchemy import select

from shared.access import Actor, Policies, TokenVerifier
from shared.audit import link_rows
from shared.clock import MovedClock, new_id
from shared.contracts.envelope import Event, decode, encode, read, subject_of, with_revision
from shared.contracts.fields import Sealed
from shared.database import Database, Transaction
from shared.database.migrations import migrate
from shared.due import DueTimers
from shared.messaging.inbox import Inbox
from shared.messaging.outbox import OUTBOX
from shared.messaging.verdicts import Incoming, Verdict
from shared.running import Runner
from shared.runtime import Blueprint
from shared.settings import Limits
from shared.vault import KeyStore, MasterKeys, PublicKeysets, Vault, create_tables, public_entry
from shared.web.app import make_app
from shared.web.door import Door
from shared.work import Tools
from tests.support.databases import database_url

E = TypeVar("E", bound=Event)
T = TypeVar("T")

NOON = datetime(2017, 4, 3, 12, 0, tzinfo=UTC)
PATIENT = Limits(seconds=300)
"""A test waits for its answer, however much else the machine does."""

ISSUER = "lodestar-test"


def staff(*roles: str) -> Actor:
    """An invented member of staff with a fresh id."""
    return Actor(new_id(), "staff", frozenset(roles))


class Told:
    """An event with its id, as read back from the outbox."""

    def __init__(self, event_id: str, revision: int, event: Event) -> None:
        self.id = event_id
        self.revision = revision
        self.event = event

    def __getattr__(self, name: str) -> Any:
        return getattr(self.event, name)


class Room:
    """One service, alone."""

    def __init__(self, blueprint: Blueprint, folder: Path, kind: str, limits: Limits | None = None) -> None:
        self.blueprint = blueprint
        self.clock = MovedClock(NOON)
        services = blueprint.topology.services
        self._masters = {name: _masters(folder / f"{name}.master.json") for name in services}
        self._publics = PublicKeysets({name: public_entry(keys) for name, keys in self._masters.items()})
        self.url = database_url(kind, folder, blueprint.name)
        self.keys_url = database_url(kind, folder, f"{blueprint.name}_keys")
        self.database = Database(self.url)
        self.keys = Database(self.keys_url)
        self.vault = self._vault(blueprint.name, KeyStore(self.keys))
        self.registry = CollectorRegistry()
        self.tools = Tools(blueprint.name, self.clock, self.vault, Policies.load(blueprint.policies))
        self.inbox = Inbox(self.database, self.tools, blueprint.topology, blueprint.handlers)
        self.timers = DueTimers(self.database, self.tools, blueprint.all_timers())
        self._signing = OKPKey.generate_key("Ed25519", {"kid": "test"})
        public = KeySet([OKPKey.import_key(self._signing.as_dict(private=False))])
        verifier = TokenVerifier(ISSUER, blueprint.name, lambda: public, self.tools.revocations)
        self.app = make_app(
            blueprint.name,
            blueprint.routers(Door(self.database, self.tools), self.inbox),
            verifier,
            self._ready,
            self.registry,
            self.clock,
            limits=limits or PATIENT,
        )
        self._revisions: Counter[tuple[str, str]] = Counter()
        self._said: list[tuple[str, Incoming]] = []

    def _vault(self, service: str, store: KeyStore) -> Vault:
        return Vault(service, self._masters[service], self._publics, store)

    async def _ready(self) -> dict[str, bool]:
        return {"database": True}

    def token(self, actor: Actor, *, issued_s_ago: float = 0, lifetime_s: float = 600) -> str:
        """A token of the room's issuer for this service, on real time."""
        issued = int(datetime.now(UTC).timestamp() - issued_s_ago)
        claims = {
            "iss": ISSUER,
            "aud": self.blueprint.name,
            "sub": actor.id,
            "kind": actor.kind,
            "roles": sorted(actor.roles),
            "iat": issued,
            "exp": issued + lifetime_s,
        }
        return jwt.encode({"alg": "EdDSA", "kid": "test"}, claims, self._signing, algorithms=["EdDSA"])

    def client(self, actor: Actor | None = None) -> httpx.AsyncClient:
        """A client of the real application; each POST without an Idempotency-Key of its own gets a fresh one."""

        async def add_key(request: httpx.Request) -> None:
            if request.method == "POST":
                request.headers.setdefault("Idempotency-Key", uuid4().hex)

        headers = {} if actor is None else {"Authorization": f"Bearer {self.token(actor)}"}
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(
            transport=transport, base_url="http://room", headers=headers, event_hooks={"request": [add_key]}
        )

    async def tell(
        self, event: Event, *, revision: int | None = None, event_id: str | None = None, resumes: int | None = None
    ) -> Verdict:
        """Hand `event` to the service as the bus would; its number follows the last of its key unless given."""
        place = (event.publisher, event.key)
        if revision is None:
            self._revisions[place] += 1
            revision = self._revisions[place]
        event_id = event_id or new_id()
        sealing = self._vault(event.publisher, KeyStore(self.keys))
        body = encode(
            event,
            event_id=event_id,
            at=self.clock.now(),
            correlation_id=new_id(),
            causation_id=None,
            seal=lambda request: sealing.seal(event_id, request),
            resumes=resumes,
        )
        incoming = Incoming(subject_of(event), with_revision(body, revision), 1)
        self._said.append((event.publisher, incoming))
        (verdict,) = await self.inbox.receive(event.publisher, [incoming])
        return verdict

    async def tell_again(self) -> None:
        """Redeliver everything that was told, in reverse order."""
        for publisher, incoming in reversed(self._said):
            await self.inbox.receive(publisher, [incoming])

    async def told(self, kind: type[E] | None = None) -> list[Any]:
        """The events that the service promised, oldest first; of one kind, or all."""

        async def job(tx: Transaction) -> list[bytes]:
            return list((await tx.execute(select(OUTBOX.c.body).order_by(OUTBOX.c.seq))).scalars())

        told = []
        for body in await self.database.transact(job):
            envelope = decode(body)
            event = read(self.blueprint.topology.types[envelope.type], envelope.data)
            if kind is None or isinstance(event, kind):
                told.append(Told(envelope.id, envelope.revision, event))
        return told

    def opened(self, recipient: str, told: Told, sealed: Sealed[T]) -> T:
        """What `recipient` reads in a sealed field of an event that this service told."""
        assert sealed.parts is not None
        assert sealed.shape is not None
        vault = self._vault(recipient, KeyStore(self.keys))
        return sealed.shape.validate_json(vault.open(told.id, sealed.about, sealed.parts))

    async def fire(self) -> int:
        """Fire timers that are due until none is; returns how many fired."""
        total = 0
        while True:
            fired, _ = await self.database.transact(self.timers._fire)
            if not fired:
                return total
            total += fired

    async def compute(self) -> int:
        """Carry out runs until none waits; returns how many there were."""
        runner, total = Runner(self.database, self.tools, self.blueprint.computations), 0
        while await runner.step():
            total += 1
        return total

    async def link(self) -> None:
        """Link what is on the audit log, as the linker of a running service does within a second."""
        while await self.database.transact(lambda tx: link_rows(tx, 500, everywhere=True)):
            pass

    async def rows(self, statement: Any) -> list[dict[str, Any]]:
        """Rows of the service's own database, for looking behind the API."""

        async def job(tx: Transaction) -> list[dict[str, Any]]:
            return [dict(row) for row in (await tx.execute(statement)).mappings()]

        return await self.database.transact(job)


def _masters(path: Path) -> MasterKeys:
    """Those of a room that was opened in this folder before, or new ones."""
    return MasterKeys.load(path) if path.exists() else MasterKeys.create(path)


@asynccontextmanager
async def open_room(
    blueprint: Blueprint, folder: Path, kind: str = "sqlite", limits: Limits | None = None
) -> AsyncIterator[Room]:
    """A migrated, running room; kind: `sqlite` or `postgresql`; limits: those of the settings unless given."""
    room = Room(blueprint, folder, kind, limits)
    await migrate(room.url, blueprint.migrations)
    await room.database.open()
    await room.keys.open()
    await create_tables(room.keys)
    try:
        yield room
    finally:
        await room.database.close()
        await room.keys.close()


def problem(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a problem answer."""
    return answer.status_code, orjson.loads(answer.content)["code"]
