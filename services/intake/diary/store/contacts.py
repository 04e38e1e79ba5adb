"""The table of contacts that were tried with people on a case, and every query on it."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Column, Index, Table, delete, insert, select, update

from services.intake.database import metadata
from services.intake.diary.model.contacts import Tried
from shared.database import Instant, Slice, ident, paged
from shared.vault import Encrypted
from shared.work import Work

CONTACTS = Table(
    "person_contacts",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("person_id", ident(), nullable=False),
    Column("case_id", ident(), nullable=False),
    Column("said", Encrypted, nullable=False),
    Column("by", ident(), nullable=False),
    Column("at", Instant, nullable=False),
    Index(None, "case_id", "at"),
    Index(None, "person_id"),
)

_AS_TRIED = (CONTACTS.c.at, CONTACTS.c.id)


async def add(work: Work, tried: Tried) -> None:
    said = {"channel": tried.channel, "result": tried.result, "note": tried.note}
    row = {name: getattr(tried, name) for name in ("id", "person_id", "case_id", "by", "at")}
    box = (await work.cipher(tried.person_id)).encrypt_json(f"person_contacts.said/{tried.id}", said)
    await work.execute(insert(CONTACTS), {**row, "said": box})


async def page(work: Work, person_id: str, after: str | None, limit: int) -> Slice[Tried]:
    """Of a person, oldest first."""
    query = select(CONTACTS).where(CONTACTS.c.person_id == person_id)
    rows = (await work.execute(paged(query, _AS_TRIED, after, limit))).all()
    return Slice.of(rows, limit, await _opened(work, rows))


async def of_case(work: Work, case_id: str) -> list[Tried]:
    """All of a case, oldest first."""
    query = select(CONTACTS).where(CONTACTS.c.case_id == case_id).order_by(*_AS_TRIED)
    return await _opened(work, (await work.execute(query)).all())


async def follow(work: Work, person_ids: Collection[str], to_case_id: str) -> None:
    """What was tried with these people goes with them to another case."""
    await work.execute(update(CONTACTS).where(CONTACTS.c.person_id.in_(person_ids)).values(case_id=to_case_id))


async def forget(work: Work, **whose: str) -> None:
    """Those of a person, or all of a case."""
    ((name, value),) = whose.items()
    await work.execute(delete(CONTACTS).where(CONTACTS.c[name] == value))


async def _opened(work: Work, rows: Sequence[Any]) -> list[Tried]:
    ciphers = await work.ciphers({row.person_id for row in rows})
    return [
        Tried(
            row.id,
            row.person_id,
            row.case_id,
            by=row.by,
            at=row.at,
            **ciphers[row.person_id].decrypt_json(f"person_contacts.said/{row.id}", row.said),
        )
        for row in rows
        if row.person_id in ciphers
    ]
