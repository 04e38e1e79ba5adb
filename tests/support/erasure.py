"""Erasing somebody in a room, and looking for what is left behind or comes back."""

import random
import shutil
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData, delete, select

from shared.clock import new_id
from shared.contracts.intake import PersonErased
from shared.database import Database, Transaction
from shared.erasing.steps import discover
from shared.messaging.inbox_rows import CURSORS, INBOX, PARKED, WAITING
from shared.vault.keystore import VAULT_KEYS
from tests.support.room import Room


async def cells_with(room: Room, metadata: MetaData, subject: str) -> set[str]:
    """The tables of a service's domain that still hold an id in any of their columns."""
    found = set()
    for table in metadata.sorted_tables:
        for row in await room.rows(select(table)):
            if any(_tells(value, subject) for value in row.values()):
                found.add(table.name)
    return found


def _tells(value: Any, subject: str) -> bool:
    return isinstance(value, str) and subject in value


def person_erased(room: Room, case_id: str, person_id: str, *, ends: bool = False, **more: Any) -> PersonErased:
    """What intake tells when two people decided."""
    case: Any = "ends" if ends else "goes_on"
    at = room.clock.now()
    return PersonErased(case_id=case_id, person_id=person_id, erasure_id=new_id(), at=at, case=case, **more)


async def has_key(room: Room, subject: str) -> bool:
    """Whether the key store still opens anything about somebody."""
    query = select(VAULT_KEYS.c.wrapped).where(VAULT_KEYS.c.subject == subject)
    return bool((await room.keys.transact(lambda tx: tx.execute(query))).scalar_one_or_none())


async def shuffled_again(room: Room, seed: int, times: int = 3) -> None:
    """Everything that was told comes again, several times, in any order, to a consumer that has forgotten its place."""
    await room.database.transact(_forget_places)
    said = [one for one in room._said for _ in range(times)]
    random.Random(seed).shuffle(said)
    for publisher, incoming in said:
        await room.inbox.receive(publisher, [incoming])
    await room.fire()


async def _forget_places(tx: Transaction) -> None:
    for table in (INBOX, CURSORS, WAITING):
        await tx.execute(delete(table))


async def restored(room: Room, before: Path) -> None:
    """The database is as it was in the backup `before`; the key store is the present one."""
    await room.database.close()
    shutil.copy(before, room.url.removeprefix("sqlite:///"))
    room.database = room.inbox._database = Database(room.url)
    await room.database.open()
    forgetting = room.blueprint.forgetting
    assert forgetting is not None
    await room.database.transact(lambda tx: discover(tx, room.tools, forgetting))
    while True:
        fired, _ = await room.database.transact(room.timers._fire)
        if not fired:
            return


async def backed_up(room: Room, to: Path) -> Path:
    """A backup of the room's SQLite database."""
    source = sqlite3.connect(room.url.removeprefix("sqlite:///"))
    with sqlite3.connect(to) as copy:
        source.backup(copy)
    source.close()
    return to


async def parked(room: Room) -> list[dict[str, Any]]:
    """What could not be handled and still stands there."""
    return await room.rows(select(PARKED.c.subject, PARKED.c.reason).where(PARKED.c.state == "parked"))
