"""The smallest pair of services with an order: a teller tells stories line by line, a listener writes them down.

Rule: the listener writes before it fails, so that whatever a failure leaves behind shows.
"""

import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, insert, select
from sqlalchemy.schema import CreateTable

from shared.access import system_actor
from shared.clock import new_id
from shared.contracts.envelope import Event
from shared.contracts.fields import Id, Instant
from shared.contracts.topology import Durable, Topology
from shared.database import NAMES, Database, Transaction, ident
from shared.due import TimerHandler
from shared.messaging.inbox import Handler
from shared.runtime import Blueprint
from shared.work import Batch, Cause, Tools, Work
from tests.architecture.tree import ROOT
from tests.support.room import Room, open_room

T = TypeVar("T")

TABLES = MetaData(naming_convention=NAMES)
LINES = Table(
    "lines",
    TABLES,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("story_id", ident(), nullable=False),
    Column("line_id", ident(), nullable=False),
)


class LineTold(Event, publisher="teller", key="story_id"):
    """A line of a story was told."""

    story_id: Id
    line_id: Id
    at: Instant


TOPOLOGY = Topology(
    publishes={"teller": (LineTold,), "listener": ()},
    durables=(Durable("listener", "teller", (LineTold,)),),
)


@dataclass
class Listener:
    """Writes lines down; `fails` says at which lines it fails, and with what."""

    fails: dict[str, Exception] = field(default_factory=dict)

    async def hear(self, work: Work, event: LineTold) -> None:
        await write_line(work, event.story_id, event.line_id)
        if event.line_id in self.fails:
            raise self.fails[event.line_id]


async def write_line(work: Work, story_id: str, line_id: str) -> None:
    await work.execute(insert(LINES), {"story_id": story_id, "line_id": line_id})


async def tell_line(work: Work, story_id: str, line_id: str) -> None:
    """An action: state, audit row, event."""
    await write_line(work, story_id, line_id)
    work.emit(LineTold(story_id=story_id, line_id=line_id, at=work.now))
    work.audit("tell_line", case_id=story_id, subjects=[line_id])


@asynccontextmanager
async def open_story(
    name: str,
    folder: Path,
    kind: str,
    *,
    listener: Listener | None = None,
    timers: Mapping[str, TimerHandler] | None = None,
) -> AsyncIterator[Room]:
    """A room with teller or listener in it; `folder` gets what is their home."""
    home = folder / name
    (home / "migrations").mkdir(parents=True)
    shutil.copy(ROOT / "services/intake/migrations/0001_foundation.py", home / "migrations")
    (erasures,) = (ROOT / "services/logistics/migrations").glob("*_erasures.py")
    follows = re.sub('revision = "[0-9]+"', 'revision = "0002"', erasures.read_text(), count=1)
    follows = re.sub('down_revision = "[0-9]+"', 'down_revision = "0001"', follows)
    (home / "migrations" / "0002_erasures.py").write_text(follows)
    (home / "policies.cedar").touch()
    handlers: dict[type[Event], Handler] = {} if listener is None else {LineTold: listener.hear}
    made = Blueprint(name, home, TABLES, lambda _door, _inbox: [], handlers, timers or {}, TOPOLOGY)
    async with open_room(made, folder, kind) as room:
        await room.database.transact(lambda tx: tx.execute(CreateTable(LINES)))
        yield room


async def do(database: Database, tools: Tools, action: Callable[[Work], Awaitable[T]]) -> T:
    """One unit of work, as the doors make it."""

    async def job(tx: Transaction) -> T:
        async with Batch.of(tx, tools).work(system_actor(tools.service), Cause(new_id())) as work:
            return await action(work)

    return await database.transact(job)


async def written(room: Room, story_id: str) -> list[str]:
    """The lines of a story in the order in which they were written down."""
    rows = await room.rows(select(LINES.c.line_id).where(LINES.c.story_id == story_id).order_by(LINES.c.seq))
    return [row["line_id"] for row in rows]


def lines(story_id: str, at: datetime, count: int) -> list[LineTold]:
    """The first lines of a story."""
    return [LineTold(story_id=story_id, line_id=new_id(), at=at) for _ in range(count)]
