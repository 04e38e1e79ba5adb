"""The table of corrections, and every query on it."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import orjson
from sqlalchemy import Column, Index, Integer, String, Table, delete, insert, select

from services.intake.database import metadata
from services.intake.people.model.corrections import Correction, Wish
from shared.database import Instant, Slice, ident, paged
from shared.errors import not_found
from shared.vault import Ciphertext, Encrypted, SubjectCipher
from shared.work import Work

PADDED = 1024

CORRECTIONS = Table(
    "corrections",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("person_id", ident(), nullable=False),
    Column("wish", Encrypted, nullable=False),
    Column("asked_by", String(8), nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("state", String(8), nullable=False),
    Column("answer", Encrypted),
    Column("decided_by", ident()),
    Column("decided_at", Instant),
    Column("version", Integer, nullable=False),
    Index(None, "person_id"),
)


async def add(work: Work, correction: Correction) -> None:
    cipher = await work.cipher(correction.person_id)
    said = orjson.dumps(asdict(correction.wish)).ljust(PADDED)
    row = {name: getattr(correction, name) for name in ("id", "person_id", "asked_by", "asked_at", "state", "version")}
    await work.execute(insert(CORRECTIONS), {**row, "wish": cipher.encrypt(f"corrections.wish/{correction.id}", said)})


async def answered(work: Work, correction: Correction, answer: str) -> Ciphertext:
    return (await work.cipher(correction.person_id)).encrypt_text(f"corrections.answer/{correction.id}", answer)


async def load(work: Work, correction_id: str) -> Correction:
    """Errors: Refusal not_found."""
    rows = (await work.execute(select(CORRECTIONS).where(CORRECTIONS.c.id == correction_id))).all()
    found = await _opened(work, rows)
    if not found:
        raise not_found()
    return found[0]


async def page(work: Work, person_id: str, after: str | None, limit: int) -> Slice[Correction]:
    query = select(CORRECTIONS).where(CORRECTIONS.c.person_id == person_id)
    rows = (await work.execute(paged(query, (CORRECTIONS.c.asked_at, CORRECTIONS.c.id), after, limit))).all()
    return Slice.of(rows, limit, await _opened(work, rows))


async def forget(work: Work, person_id: str) -> None:
    await work.execute(delete(CORRECTIONS).where(CORRECTIONS.c.person_id == person_id))


async def _opened(work: Work, rows: Sequence[Any]) -> list[Correction]:
    ciphers = await work.ciphers({row.person_id for row in rows})
    return [_one(ciphers[row.person_id], row) for row in rows if row.person_id in ciphers]


def _one(cipher: SubjectCipher, row: Any) -> Correction:
    wish = Wish(**cipher.decrypt_json(f"corrections.wish/{row.id}", row.wish))
    answer = "" if row.answer is None else cipher.decrypt_text(f"corrections.answer/{row.id}", row.answer)
    decided = row.state, answer, row.decided_by, row.decided_at
    return Correction(row.id, row.person_id, wish, row.asked_by, row.asked_at, *decided, row.version)
