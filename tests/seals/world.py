"""A world: the four services, a bus that delivers everything at once, one clock, and ids that follow from what is done.

Rule: the same act draws the same ids in every world, whatever was done before it; so what differs between two worlds
follows from what was done in one of them only.
"""

import asyncio
import hashlib
import shutil
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey
from sqlalchemy import func, select

from services.intake.service import blueprint as intake
from services.logistics.service import blueprint as logistics
from services.notify.service import blueprint as notify
from services.notify.webhooks.sending import Pace, Sending
from services.settlement.service import blueprint as settlement
from shared.access import Actor
from shared.bell import Bell
from shared.contracts.topology import LODESTAR
from shared.database import FOUNDATION
from shared.messaging.outbox import OUTBOX
from shared.messaging.verdicts import Incoming
from shared.runtime import Blueprint
from shared.settings import Limits
from shared.vault import Encrypted
from tests.support.room import Room, open_room

FAST = Pace(timeout_s=5, lease=timedelta(seconds=60), sweep_s=0.02, pauses=[timedelta(milliseconds=20)])
MANY = Limits(
    actor_per_s=1e6,
    actor_burst=10**6,
    public_per_s=1e6,
    public_burst=10**6,
    failed_per_s=1e6,
    failed_burst=10**6,
)
"""Every page is read many times."""

SAME = {"X-Correlation-Id": "0" * 32}


@cache
def referral_key() -> ECKey:
    return ECKey.generate_key("P-256")


def blueprints() -> Mapping[str, Blueprint]:
    return {
        "intake": intake(referral_key()),
        "logistics": logistics(),
        "settlement": settlement(),
        "notify": notify(loopback_http=True),
    }


class Ids:
    """Random-looking ids that follow from a seed and a count; stands in for `uuid` where ids are drawn."""

    def __init__(self) -> None:
        self.seed("begin")

    def seed(self, name: str) -> None:
        self._name, self._count = name, 0

    def uuid4(self) -> uuid.UUID:
        self._count += 1
        return uuid.UUID(bytes=hashlib.sha256(f"{self._name}/{self._count}".encode()).digest()[:16], version=4)


class Marks:
    """The same bytes for all worlds; stands in for `secrets` where marks of pages are keyed."""

    def token_bytes(self, length: int) -> bytes:
        return b"m" * length


class World:
    """The services of one world."""

    def __init__(self, rooms: Mapping[str, Room], ids: Ids) -> None:
        self.rooms = rooms
        self.ids = ids
        self._delivered = dict.fromkeys(rooms, 0)
        self._acts: dict[str, int] = {}

    async def post(
        self, actor: Actor | None, service: str, path: str, body: Any = None, *, version: int | None = None
    ) -> Any:
        """Do something, and let everybody hear of it; returns the answer's body."""
        name = f"{actor.id if actor else ''} {service} {path}"
        self._acts[name] = self._acts.get(name, 0) + 1
        self.ids.seed(f"{name} {self._acts[name]}")
        headers = SAME if version is None else {**SAME, "If-Match": f'"{version}"'}
        async with self.rooms[service].client(actor) as client:
            answer = await client.post(path, json=body, headers=headers)
        assert answer.status_code < 300, (path, answer.text)
        await self.deliver()
        return answer.json()

    async def get(self, actor: Actor | None, service: str, path: str) -> httpx.Response:
        async with self.rooms[service].client(actor) as client:
            return await client.get(path, headers=SAME)

    async def move(self, to: datetime) -> None:
        """The clock goes on; what is due happens."""
        for room in self.rooms.values():
            room.clock.move(to)
        for name, room in self.rooms.items():
            self.ids.seed(f"timers of {name} {to}")
            await room.fire()
        await self.deliver()

    async def deliver(self) -> None:
        """Everything that was told reaches everybody who listens."""
        while await self._round():
            pass

    async def _round(self) -> bool:
        again = False
        for publisher, room in self.rooms.items():
            query = select(OUTBOX).where(OUTBOX.c.seq > self._delivered[publisher]).order_by(OUTBOX.c.seq)
            for row in await room.rows(query):
                self._delivered[publisher] = row["seq"]
                again = True
                for durable in LODESTAR.durables:
                    if durable.publisher == publisher and durable.consumer in self.rooms:
                        self.ids.seed(f"{row['event_id']} at {durable.consumer}")
                        incoming = Incoming(row["subject"], row["body"], 1)
                        assert await self.rooms[durable.consumer].inbox.receive(publisher, [incoming]) == [None]
        return again

    async def sent(self, receiver: Any, expected: int) -> list[bytes]:
        """The bodies of everything that left for the partner, in order."""
        room = self.rooms["notify"]
        self.ids.seed(f"sending {expected}")
        sending = Sending(room.database, room.tools, Bell(), FAST)
        task = asyncio.create_task(sending.run())
        await receiver.wait_for(expected)
        await asyncio.sleep(0.2)
        sending.stop()
        await task
        return [got.body for got in receiver.got]

    async def as_operators_see_it(self) -> dict[str, Any]:
        """Subjects and sizes on the bus; rows, and lengths of what is encrypted, of every table but settlement's."""
        seen: dict[str, Any] = {}
        for name, room in self.rooms.items():
            size = func.length(OUTBOX.c.body).label("size")
            rows = await room.rows(select(OUTBOX.c.subject, size).order_by(OUTBOX.c.seq))
            seen[f"{name} on the bus"] = [(row["subject"], row["size"]) for row in rows]
            if name != "settlement":
                for table in (*room.blueprint.metadata.sorted_tables, *FOUNDATION.sorted_tables):
                    found = await room.rows(select(table))
                    boxes = [column.name for column in table.columns if isinstance(column.type, Encrypted)]
                    sizes = sorted(tuple(len(row[box].box) if row[box] else 0 for box in boxes) for row in found)
                    seen[f"{name} {table.name}"] = (len(found), sizes)
        return seen


@asynccontextmanager
async def world(folder: Path, keys: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    """A new world in which nothing has happened. keys: a folder of master keys, the same for all worlds."""
    ids = Ids()
    patch.setattr("shared.clock.uuid", ids)
    # Marks of what is shown depend on a secret of the process: one for all worlds.
    patch.setattr("shared.web.door.secrets", Marks())
    shutil.copytree(keys, folder)
    async with AsyncExitStack() as stack:
        rooms = {}
        for name, made in blueprints().items():
            rooms[name] = await stack.enter_async_context(open_room(made, folder, limits=MANY))
        yield World(rooms, ids)
