"""The table of entries about people, and every query on it.

Rule: rows are added and never changed. What an entry is about is ciphertext of one length wherever its note is short.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

import orjson
from sqlalchemy import Column, Index, Table, delete, select

from services.intake.database import metadata
from services.intake.people.model.entries import Entry
from services.intake.people.store.people import PEOPLE
from shared.database import Instant, Slice, ident, insert_for, paged
from shared.errors import not_found
from shared.vault import Encrypted, SubjectCipher
from shared.work import Work

PADDED = 1024

ENTRIES = Table(
    "person_entries",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("person_id", ident(), nullable=False),
    Column("ends", ident(), unique=True),
    Column("entry", Encrypted, nullable=False),
    Column("recorded_by", ident(), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Index(None, "person_id", "recorded_at"),
)

_OLDEST_FIRST = (ENTRIES.c.recorded_at, ENTRIES.c.id)


async def add(work: Work, entry: Entry) -> bool:
    """False when another entry has ended what this one ends."""
    cipher = await work.cipher(entry.person_id)
    said = orjson.dumps([entry.kind, entry.value, entry.note, entry.source, entry.since, entry.kept]).ljust(PADDED)
    row = {
        "id": entry.id,
        "person_id": entry.person_id,
        "ends": entry.ends,
        "entry": cipher.encrypt(f"person_entries.entry/{entry.id}", said),
        "recorded_by": entry.recorded_by,
        "recorded_at": entry.recorded_at,
    }
    new = insert_for(work.dialect, ENTRIES).on_conflict_do_nothing()
    return (await work.execute(new, row)).rowcount == 1


async def of(work: Work, person_ids: Collection[str]) -> dict[str, list[Entry]]:
    """By person: everything entered, oldest first; who was erased is left out."""
    query = select(ENTRIES).where(ENTRIES.c.person_id.in_(person_ids)).order_by(*_OLDEST_FIRST)
    found: dict[str, list[Entry]] = defaultdict(list)
    for entry in await _opened(work, (await work.execute(query)).all()):
        found[entry.person_id].append(entry)
    return found


async def page(work: Work, person_id: str, after: str | None, limit: int) -> Slice[Entry]:
    """The next of those that end nothing, oldest first."""
    query = select(ENTRIES).where(ENTRIES.c.person_id == person_id, ENTRIES.c.ends.is_(None))
    rows = (await work.execute(paged(query, _OLDEST_FIRST, after, limit))).all()
    return Slice.of(rows, limit, await _opened(work, rows))


async def ends_of(work: Work, entry_ids: Collection[str]) -> list[Entry]:
    """The entries that end one of these."""
    rows = (await work.execute(select(ENTRIES).where(ENTRIES.c.ends.in_(entry_ids)))).all()
    return await _opened(work, rows)


async def load(work: Work, entry_id: str) -> Entry:
    """Errors: Refusal not_found."""
    found = await _opened(work, (await work.execute(select(ENTRIES).where(ENTRIES.c.id == entry_id))).all())
    if not found:
        raise not_found()
    return found[0]


async def hold(work: Work, person_id: str) -> None:
    """Nobody else enters anything about them until this transaction ends, so that the newest is one."""
    await work.execute(select(PEOPLE.c.id).where(PEOPLE.c.id == person_id).with_for_update())


async def forget(work: Work, person_id: str) -> None:
    await work.execute(delete(ENTRIES).where(ENTRIES.c.person_id == person_id))


async def _opened(work: Work, rows: Sequence[Any]) -> list[Entry]:
    ciphers = await work.ciphers({row.person_id for row in rows})
    return [_one(ciphers[row.person_id], row) for row in rows if row.person_id in ciphers]


def _one(cipher: SubjectCipher, row: Any) -> Entry:
    kind, value, note, source, since, kept = cipher.decrypt_json(f"person_entries.entry/{row.id}", row.entry)
    about = (row.id, row.person_id, kind, value, note, source, date.fromisoformat(since), kept)
    return Entry(*about, row.ends, row.recorded_by, row.recorded_at)
