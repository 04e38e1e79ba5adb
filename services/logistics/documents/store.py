"""The tables of documents and entry clearances, and every query on them.

Rule: ciphertexts of one column have one length, so that their size tells neither the kind of paper nor a veil.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy import Column, Index, Select, Table, delete, insert, select, update

from services.logistics.database import metadata
from services.logistics.documents.model import Document, Entry, Holder
from shared.access import Actor, staff_with, visible_cases
from shared.database import Instant, ident
from shared.errors import not_found
from shared.vault import Encrypted, SubjectCipher
from shared.work import Work

PADDED = 384

DOCUMENTS = Table(
    "documents",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("person_id", ident(), nullable=False),
    Column("case_id", ident(), nullable=False),
    Column("facts", Encrypted, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("scan_id", ident()),
    Index(None, "person_id"),
)

ENTRIES = Table(
    "entry_clearances",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("person_id", ident(), nullable=False),
    Column("case_id", ident(), nullable=False),
    Column("terms", Encrypted, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("cleared_at", Instant),
    Index(None, "person_id"),
)


def visible_to(actor: Actor, now: datetime) -> Select[Any]:
    """The documents of the cases that the actor may see, for coordinators and caseworkers."""
    return select(DOCUMENTS).where(
        DOCUMENTS.c.case_id.in_(visible_cases(actor, now)), staff_with(actor, "coordinator", "caseworker")
    )


async def add_document(work: Work, person_id: str, case_id: str, document: Document) -> None:
    cipher = await work.cipher(person_id)
    raw = [document.kind, document.issuing_country, document.number, document.valid_until]
    row = {
        "id": document.id,
        "person_id": person_id,
        "case_id": case_id,
        "facts": cipher.encrypt(f"documents.facts/{document.id}", orjson.dumps(raw).ljust(PADDED)),
        "recorded_at": work.now,
    }
    await work.execute(insert(DOCUMENTS), row)


async def documents_of(work: Work, person_ids: Collection[str]) -> dict[str, list[Document]]:
    """By person; of who was erased there are none."""
    return await _documents(work, select(DOCUMENTS).where(DOCUMENTS.c.person_id.in_(person_ids)))


async def page_of_person(work: Work, person_id: str, after: str | None, limit: int) -> list[Document]:
    """The next documents that the present actor may see, in order of their ids."""
    query = visible_to(work.actor, work.now).where(DOCUMENTS.c.person_id == person_id)
    query = query if after is None else query.where(DOCUMENTS.c.id > after)
    return (await _documents(work, query.order_by(DOCUMENTS.c.id).limit(limit))).get(person_id, [])


async def person_of(work: Work, document_id: str) -> str | None:
    """Whose document it is."""
    query = select(DOCUMENTS.c.person_id).where(DOCUMENTS.c.id == document_id)
    return (await work.execute(query)).scalar_one_or_none()


async def holder(work: Work, document_id: str) -> Holder:
    """Whose document it is, locked until the transaction ends. Errors: Refusal not_found."""
    columns = (DOCUMENTS.c.person_id, DOCUMENTS.c.case_id, DOCUMENTS.c.scan_id)
    query = select(*columns).where(DOCUMENTS.c.id == document_id).with_for_update()
    row = (await work.execute(query)).one_or_none()
    if row is None:
        raise not_found()
    return Holder(row.person_id, row.case_id, row.scan_id)


async def set_scan(work: Work, document_id: str, scan_id: str) -> None:
    await work.execute(update(DOCUMENTS).where(DOCUMENTS.c.id == document_id).values(scan_id=scan_id))


async def add_entry(work: Work, entry: Entry, received_at: datetime) -> None:
    cipher = await work.cipher(entry.person_id)
    raw = [entry.country, entry.from_date, int(entry.veiled)]
    row = {
        "id": entry.id,
        "person_id": entry.person_id,
        "case_id": entry.case_id,
        "terms": cipher.encrypt(f"entry_clearances.terms/{entry.id}", orjson.dumps(raw)),
        "received_at": received_at,
    }
    await work.execute(insert(ENTRIES), row)


async def entries_of(work: Work, person_ids: Collection[str]) -> dict[str, list[Entry]]:
    """By person, oldest first; of who was erased there are none."""
    return await _entries(work, select(ENTRIES).where(ENTRIES.c.person_id.in_(person_ids)))


async def entries_among(work: Work, ids: Collection[str]) -> dict[str, list[Entry]]:
    """Those of these ids that are clearances, by person, oldest first; of who was erased there are none."""
    return await _entries(work, select(ENTRIES).where(ENTRIES.c.id.in_(ids)))


async def _entries(work: Work, query: Select[Any]) -> dict[str, list[Entry]]:
    query = query.order_by(ENTRIES.c.received_at, ENTRIES.c.id)
    rows = (await work.execute(query)).all()
    ciphers = await work.ciphers({row.person_id for row in rows})
    found: dict[str, list[Entry]] = defaultdict(list)
    for row in rows:
        if row.person_id in ciphers:
            found[row.person_id].append(_entry(ciphers[row.person_id], row))
    return found


async def person_of_entry(work: Work, entry_id: str) -> str:
    """Errors: Refusal not_found."""
    found: str | None = (
        await work.execute(select(ENTRIES.c.person_id).where(ENTRIES.c.id == entry_id))
    ).scalar_one_or_none()
    if found is None:
        raise not_found()
    return found


async def mark_cleared(work: Work, entry_id: str) -> bool:
    """Returns whether it was not marked before."""
    uncleared = (ENTRIES.c.id == entry_id) & ENTRIES.c.cleared_at.is_(None)
    return (await work.execute(update(ENTRIES).where(uncleared).values(cleared_at=work.now))).rowcount == 1


async def follow(work: Work, person_ids: Collection[str], case_id: str) -> None:
    for table in (DOCUMENTS, ENTRIES):
        await work.execute(update(table).where(table.c.person_id.in_(person_ids)).values(case_id=case_id))


async def forget(work: Work, person_id: str) -> None:
    for table in (DOCUMENTS, ENTRIES):
        await work.execute(delete(table).where(table.c.person_id == person_id))


async def _documents(work: Work, query: Select[Any]) -> dict[str, list[Document]]:
    rows = (await work.execute(query)).all()
    ciphers = await work.ciphers({row.person_id for row in rows})
    found: dict[str, list[Document]] = defaultdict(list)
    for row in rows:
        if row.person_id in ciphers:
            found[row.person_id].append(_document(ciphers[row.person_id], row))
    return found


def _document(cipher: SubjectCipher, row: Any) -> Document:
    kind, country, number, until = cipher.decrypt_json(f"documents.facts/{row.id}", row.facts)
    return Document(row.id, kind, country, number, date.fromisoformat(until))


def _entry(cipher: SubjectCipher, row: Any) -> Entry:
    country, since, veiled = cipher.decrypt_json(f"entry_clearances.terms/{row.id}", row.terms)
    return Entry(row.id, row.person_id, row.case_id, country, date.fromisoformat(since), bool(veiled), row.cleared_at)
