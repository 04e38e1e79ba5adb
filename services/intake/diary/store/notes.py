"""The tables of notes and of their versions, and every query on them; nothing here changes or deletes a version."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Column, Index, Integer, Select, Table, and_, delete, insert, or_, select, update

from services.intake.database import metadata
from services.intake.diary.model.notes import Note, Version
from shared.access import Actor, visible_cases
from shared.database import Instant, Slice, ident, paged
from shared.errors import not_found
from shared.vault import Encrypted, SubjectCipher
from shared.work import Work

NOTES = Table(
    "notes",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("case_id", ident(), nullable=False),
    Column("person_id", ident()),
    Column("confidential", Boolean, nullable=False),
    Column("day", Encrypted, nullable=False),
    Column("written_at", Instant, nullable=False),
    Column("version", Integer, nullable=False),
    Index(None, "case_id", "written_at"),
    Index(None, "person_id"),
)

VERSIONS = Table(
    "note_versions",
    metadata,
    Column("note_id", ident(), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("said", Encrypted, nullable=False),
    Column("written_by", ident(), nullable=False),
    Column("written_at", Instant, nullable=False),
)

_AS_WRITTEN = (NOTES.c.written_at, NOTES.c.id)


def visible_to(actor: Actor, now: datetime) -> Select[Any]:
    """The notes of the cases that the actor may see; what confidential ones say is not for all of them."""
    return select(NOTES).where(NOTES.c.case_id.in_(visible_cases(actor, now)))


async def add(work: Work, note: Note) -> None:
    (first,) = note.versions
    cipher = await work.cipher(note.subject)
    row = {
        "id": note.id,
        "case_id": note.case_id,
        "person_id": note.person_id,
        "confidential": note.confidential,
        "day": cipher.encrypt_text(f"notes.day/{note.id}", note.on.isoformat()),
        "written_at": first.written_at,
        "version": first.number,
    }
    await work.execute(insert(NOTES), row)
    await add_version(work, note, first)


async def add_version(work: Work, note: Note, version: Version) -> None:
    cipher = await work.cipher(note.subject)
    said = {"text": version.text, "reason": version.reason}
    row = {
        "note_id": note.id,
        "number": version.number,
        "said": cipher.encrypt_json(f"note_versions.said/{note.id}/{version.number}", said),
        "written_by": version.written_by,
        "written_at": version.written_at,
    }
    await work.execute(insert(VERSIONS), row)


async def load(work: Work, note_id: str) -> Note:
    """Errors: Refusal not_found."""
    found = await _opened(work, (await work.execute(select(NOTES).where(NOTES.c.id == note_id))).all())
    if not found:
        raise not_found()
    return found[0]


async def page(work: Work, case_id: str, after: str | None, limit: int) -> Slice[Note]:
    """The notes of a case in the order in which they were written."""
    query = select(NOTES).where(NOTES.c.case_id == case_id)
    rows = (await work.execute(paged(query, _AS_WRITTEN, after, limit))).all()
    return Slice.of(rows, limit, await _opened(work, rows))


async def about(work: Work, person_id: str, case_id: str | None) -> list[Note]:
    """Those about a person, and with `case_id` those about the whole case, as they were written."""
    whole = and_(NOTES.c.case_id == case_id, NOTES.c.person_id.is_(None))
    query = select(NOTES).where(or_(NOTES.c.person_id == person_id, whole)).order_by(*_AS_WRITTEN)
    return await _opened(work, (await work.execute(query)).all())


async def follow(work: Work, person_ids: Collection[str], to_case_id: str) -> None:
    """Those about these people go with them to another case; they are under their keys."""
    await work.execute(update(NOTES).where(NOTES.c.person_id.in_(person_ids)).values(case_id=to_case_id))


async def forget(work: Work, **whose: str) -> None:
    """Those about a person, or all of a case."""
    ((name, value),) = whose.items()
    ids = select(NOTES.c.id).where(NOTES.c[name] == value)
    await work.execute(delete(VERSIONS).where(VERSIONS.c.note_id.in_(ids)))
    await work.execute(delete(NOTES).where(NOTES.c[name] == value))


async def _opened(work: Work, rows: Sequence[Any]) -> list[Note]:
    ciphers = await work.ciphers({row.person_id or row.case_id for row in rows})
    versions = await _versions(work, [row.id for row in rows])
    return [
        _one(ciphers[row.person_id or row.case_id], row, versions[row.id])
        for row in rows
        if (row.person_id or row.case_id) in ciphers
    ]


async def _versions(work: Work, note_ids: Sequence[str]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    query = select(VERSIONS).where(VERSIONS.c.note_id.in_(note_ids)).order_by(VERSIONS.c.note_id, VERSIONS.c.number)
    for row in await work.execute(query):
        found[row.note_id].append(row)
    return found


def _one(cipher: SubjectCipher, row: Any, versions: Sequence[Any]) -> Note:
    on = date.fromisoformat(cipher.decrypt_text(f"notes.day/{row.id}", row.day))
    told = tuple(_version(cipher, version) for version in versions)
    return Note(row.id, row.case_id, row.person_id, on, row.confidential, told)


def _version(cipher: SubjectCipher, row: Any) -> Version:
    said = cipher.decrypt_json(f"note_versions.said/{row.note_id}/{row.number}", row.said)
    return Version(row.number, said["text"], said["reason"], row.written_by, row.written_at)
