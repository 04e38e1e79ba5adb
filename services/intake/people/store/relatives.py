"""The tables of relatives outside and of what was told of them anew, and every query on them.

Rule: what was told is never overwritten; the newest of a relative counts.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import orjson
from sqlalchemy import Column, Index, Integer, Table, delete, insert, select

from services.intake.database import metadata
from services.intake.people.model.relatives import Ended, Kin, Relative, Telling
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


TELLINGS = Table(
    "relative_tellings",
    metadata,
    Column("relative_id", ident(), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("person_id", ident(), nullable=False),
    Column("kin", Encrypted, nullable=False),
    Column("recorded_by", ident(), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Index(None, "person_id"),
)
"""What was told anew; version: of the relative, which it made."""


async def add(work: Work, relative: Relative) -> None:
    cipher = await work.cipher(relative.person_id)
    row = {
        "id": relative.id,
        "person_id": relative.person_id,
        "kin": _sealed(cipher, f"relatives.kin/{relative.id}", relative.kin),
        "recorded_by": relative.by,
        "recorded_at": relative.at,
        "version": relative.version,
    }
    await work.execute(insert(RELATIVES), row)


async def tell_anew(work: Work, relative: Relative, version: int, telling: Telling) -> int:
    """Returns the next version. Errors: Refusal stale."""
    next_version = await work.change(RELATIVES, relative.id, version)
    cipher = await work.cipher(relative.person_id)
    row = {
        "relative_id": relative.id,
        "version": next_version,
        "person_id": relative.person_id,
        "kin": _sealed(cipher, f"relative_tellings.kin/{relative.id}/{next_version}", telling.kin),
        "recorded_by": telling.by,
        "recorded_at": telling.at,
    }
    await work.execute(insert(TELLINGS), row)
    return next_version


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
    for table in (TELLINGS, RELATIVES):
        await work.execute(delete(table).where(table.c.person_id == person_id))


def _sealed(cipher: SubjectCipher, context: str, kin: Kin) -> Ciphertext:
    return cipher.encrypt(context, orjson.dumps(asdict(kin)).ljust(PADDED))


async def _opened(work: Work, rows: Sequence[Any]) -> list[Relative]:
    ciphers, anew = await work.ciphers({row.person_id for row in rows}), defaultdict[str, list[Any]](list)
    query = select(TELLINGS).where(TELLINGS.c.relative_id.in_([row.id for row in rows]))
    for telling in await work.execute(query.order_by(TELLINGS.c.version)):
        anew[telling.relative_id].append(telling)
    return [_one(ciphers[row.person_id], row, anew[row.id]) for row in rows if row.person_id in ciphers]


def _one(cipher: SubjectCipher, row: Any, anew: Sequence[Any]) -> Relative:
    places = [f"relatives.kin/{row.id}", *(f"relative_tellings.kin/{row.id}/{one.version}" for one in anew)]
    tellings = [
        Telling(Kin(**cipher.decrypt_json(place, one.kin)), one.recorded_by, one.recorded_at)
        for place, one in zip(places, (row, *anew), strict=True)
    ]
    ended, (*earlier, last) = None, tellings
    if row.ended_why is not None:
        why = cipher.decrypt_json(f"relatives.ended_why/{row.id}", row.ended_why)
        ended = Ended(why, row.ended_by, row.ended_at)
    return Relative(row.id, row.person_id, last.kin, last.by, last.at, tuple(earlier), ended, row.version)
