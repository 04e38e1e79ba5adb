"""The table of relatives outside, and every query on it."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import orjson
from sqlalchemy import Column, Index, Integer, Table, delete, insert, select

from services.intake.database import metadata
from services.intake.people.model.relatives import Ended, Kin, Relative
from shared.database import Instant, Slice, ident, paged
from shared.errors import not_found
from shared.vault import Ciphertext, Encrypted, SubjectCipher
from shared.work import Work

PADDED = 1024

RELATIVES = Table(
    "relatives",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("person_id", ident(), nullable=False),
    Column("kin", Encrypted, nullable=False),
    Column("recorded_by", ident(), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("ended_why", Encrypted),
    Column("ended_by", ident()),
    Column("ended_at", Instant),
    Column("version", Integer, nullable=False),
    Index(None, "person_id"),
)


async def add(work: Work, relative: Relative) -> None:
    row = {
        "id": relative.id,
        "person_id": relative.person_id,
        "kin": await sealed(work, relative.person_id, relative.id, relative.kin),
        "recorded_by": work.actor.id,
        "recorded_at": work.now,
        "version": relative.version,
    }
    await work.execute(insert(RELATIVES), row)


async def sealed(work: Work, person_id: str, relative_id: str, kin: Kin) -> Ciphertext:
    said = orjson.dumps(asdict(kin)).ljust(PADDED)
    return (await work.cipher(person_id)).encrypt(f"relatives.kin/{relative_id}", said)


async def end(work: Work, relative: Relative, version: int, ended: Ended) -> int:
    """Returns the next version. Errors: Refusal stale."""
    cipher = await work.cipher(relative.person_id)
    box = cipher.encrypt(f"relatives.ended_why/{relative.id}", orjson.dumps(ended.why).ljust(PADDED))
    return await work.change(RELATIVES, relative.id, version, ended_why=box, ended_by=ended.by, ended_at=ended.at)


async def load(work: Work, relative_id: str) -> Relative:
    """Errors: Refusal not_found."""
    found = await _opened(work, (await work.execute(select(RELATIVES).where(RELATIVES.c.id == relative_id))).all())
    if not found:
        raise not_found()
    return found[0]


async def page(work: Work, person_id: str, after: str | None, limit: int) -> Slice[Relative]:
    query = select(RELATIVES).where(RELATIVES.c.person_id == person_id)
    rows = (await work.execute(paged(query, (RELATIVES.c.recorded_at, RELATIVES.c.id), after, limit))).all()
    return Slice.of(rows, limit, await _opened(work, rows))


async def forget(work: Work, person_id: str) -> None:
    await work.execute(delete(RELATIVES).where(RELATIVES.c.person_id == person_id))


async def _opened(work: Work, rows: Sequence[Any]) -> list[Relative]:
    ciphers = await work.ciphers({row.person_id for row in rows})
    return [_one(ciphers[row.person_id], row) for row in rows if row.person_id in ciphers]


def _one(cipher: SubjectCipher, row: Any) -> Relative:
    kin, ended = Kin(**cipher.decrypt_json(f"relatives.kin/{row.id}", row.kin)), None
    if row.ended_why is not None:
        why = cipher.decrypt_json(f"relatives.ended_why/{row.id}", row.ended_why)
        ended = Ended(why, row.ended_by, row.ended_at)
    return Relative(row.id, row.person_id, kin, ended, row.version)
