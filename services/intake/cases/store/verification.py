"""The tables of verification items, their files and interviews, and every query on them.

Rule: what is about one person of a case is under that person's key, what is about all of them under the case's.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, Integer, Select, Table, delete, func, insert, select, update

from services.intake.cases.model.verification import Evidence, EvidenceFile, Finding, Interview, Item, Talk
from services.intake.database import metadata
from shared.database import Instant, Slice, ident, paged
from shared.errors import not_found
from shared.vault import Ciphertext, Encrypted, SubjectCipher
from shared.work import Work

ITEMS = Table(
    "verification_items",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("case_id", ident(), nullable=False),
    Column("person_id", ident()),
    Column("finding", Encrypted, nullable=False),
    Column("number", Integer, nullable=False),
    Column("recorded_by", ident(), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Index(None, "case_id"),
    Index(None, "person_id"),
)

ITEM_FILES = Table(
    "verification_files",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("item_id", ident(), nullable=False),
    Column("case_id", ident(), nullable=False),
    Column("digest", Encrypted, nullable=False),
    Column("added_by", ident(), nullable=False),
    Column("added_at", Instant, nullable=False),
    Index(None, "item_id"),
    Index(None, "case_id"),
)

INTERVIEWS = Table(
    "interviews",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("case_id", ident(), nullable=False),
    Column("person_id", ident(), nullable=False),
    Column("interviewer_id", ident()),
    Column("talk", Encrypted, nullable=False),
    Column("number", Integer, nullable=False),
    Column("recorded_by", ident(), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Index(None, "case_id"),
    Index(None, "person_id"),
)


@dataclass(frozen=True)
class Whose:
    """An item, its case, and under whose key it is."""

    item_id: str
    case_id: str
    subject: str


EARLIER = {"source": "", "supports": "other"}
"""What an item says that was recorded before it could say so; its kind was then how the case was verified."""

EARLIER_KINDS = {"self": "other", "partner": "partner_statement", "co_verification": "other"}


async def add_item(work: Work, case_id: str, item: Item) -> None:
    finding = asdict(item.finding)
    person_id = finding.pop("person_id")
    cipher = await work.cipher(person_id or case_id)
    row = {
        "id": item.id,
        "case_id": case_id,
        "person_id": person_id,
        "finding": cipher.encrypt_json(f"verification_items.finding/{item.id}", finding),
        "number": item.number,
        "recorded_by": item.recorded_by,
        "recorded_at": work.now,
    }
    await work.execute(insert(ITEMS), row)


async def add_interview(work: Work, case_id: str, interview: Interview) -> None:
    cipher = await work.cipher(interview.talk.person_id)
    row = {
        "id": interview.id,
        "case_id": case_id,
        "person_id": interview.talk.person_id,
        "interviewer_id": interview.talk.interviewer_id,
        "talk": _talk_box(cipher, interview),
        "number": interview.number,
        "recorded_by": interview.recorded_by,
        "recorded_at": work.now,
    }
    await work.execute(insert(INTERVIEWS), row)


async def add_file(work: Work, whose: Whose, file: EvidenceFile) -> None:
    box = (await work.cipher(whose.subject)).encrypt_text(f"verification_files.digest/{file.id}", file.digest)
    row = {
        "id": file.id,
        "item_id": whose.item_id,
        "case_id": whose.case_id,
        "digest": box,
        "added_by": file.added_by,
        "added_at": work.now,
    }
    await work.execute(insert(ITEM_FILES), row)


async def count(work: Work, case_id: str) -> int:
    """Items and interviews of the case."""
    return sum(
        [
            (await work.execute(select(func.count()).where(table.c.case_id == case_id))).scalar_one()
            for table in (ITEMS, INTERVIEWS)
        ]
    )


async def evidence(work: Work, case_id: str) -> Evidence:
    """All items and interviews of a case, oldest first; those of who was erased are left out."""
    items = (await work.execute(_items_of(case_id).order_by(*_OLDEST_ITEM))).all()
    talks = (await work.execute(_talks_of(case_id).order_by(*_OLDEST_TALK))).all()
    return Evidence(tuple(await _items(work, items)), tuple(await _interviews(work, talks)))


async def of_person(work: Work, person_id: str) -> Evidence:
    """What is about one person, oldest first."""
    items = select(ITEMS).where(ITEMS.c.person_id == person_id).order_by(*_OLDEST_ITEM)
    talks = select(INTERVIEWS).where(INTERVIEWS.c.person_id == person_id).order_by(*_OLDEST_TALK)
    found = (await work.execute(items)).all(), (await work.execute(talks)).all()
    return Evidence(tuple(await _items(work, found[0])), tuple(await _interviews(work, found[1])))


async def page_of_items(work: Work, case_id: str, after: str | None, limit: int) -> Slice[Item]:
    """The next items."""
    rows = (await work.execute(paged(_items_of(case_id), _OLDEST_ITEM, after, limit))).all()
    return Slice.of(rows, limit, await _items(work, rows))


async def page_of_interviews(work: Work, case_id: str, after: str | None, limit: int) -> Slice[Interview]:
    """The next interviews."""
    rows = (await work.execute(paged(_talks_of(case_id), _OLDEST_TALK, after, limit))).all()
    return Slice.of(rows, limit, await _interviews(work, rows))


async def whose(work: Work, item_id: str) -> Whose:
    """Errors: Refusal not_found."""
    row = (await work.execute(select(ITEMS).where(ITEMS.c.id == item_id))).one_or_none()
    if row is None:
        raise not_found()
    return Whose(item_id, row.case_id, row.person_id or row.case_id)


async def item_of(work: Work, file_id: str) -> str:
    """Errors: Refusal not_found."""
    item_id = (await work.execute(select(ITEM_FILES.c.item_id).where(ITEM_FILES.c.id == file_id))).scalar_one_or_none()
    if item_id is None:
        raise not_found()
    return str(item_id)


async def count_files(work: Work, item_id: str) -> int:
    query = select(func.count()).select_from(ITEM_FILES).where(ITEM_FILES.c.item_id == item_id)
    return int((await work.execute(query)).scalar_one())


async def follow(work: Work, person_ids: Collection[str], to_case_id: str) -> None:
    """What is about these people goes with them to another case."""
    theirs = select(ITEMS.c.id).where(ITEMS.c.person_id.in_(person_ids))
    await work.execute(update(ITEM_FILES).where(ITEM_FILES.c.item_id.in_(theirs)).values(case_id=to_case_id))
    for table in (ITEMS, INTERVIEWS):
        await work.execute(update(table).where(table.c.person_id.in_(person_ids)).values(case_id=to_case_id))


async def forget_person(work: Work, person_id: str) -> None:
    theirs = select(ITEMS.c.id).where(ITEMS.c.person_id == person_id)
    await work.execute(delete(ITEM_FILES).where(ITEM_FILES.c.item_id.in_(theirs)))
    for table in (ITEMS, INTERVIEWS):
        await work.execute(delete(table).where(table.c.person_id == person_id))


async def forget_case(work: Work, case_id: str) -> None:
    for table in (ITEM_FILES, ITEMS, INTERVIEWS):
        await work.execute(delete(table).where(table.c.case_id == case_id))


_OLDEST_ITEM = (ITEMS.c.recorded_at, ITEMS.c.id)
_OLDEST_TALK = (INTERVIEWS.c.recorded_at, INTERVIEWS.c.id)


def _items_of(case_id: str) -> Select[Any]:
    return select(ITEMS).where(ITEMS.c.case_id == case_id)


def _talks_of(case_id: str) -> Select[Any]:
    return select(INTERVIEWS).where(INTERVIEWS.c.case_id == case_id)


async def _items(work: Work, rows: Sequence[Any]) -> list[Item]:
    ciphers = await work.ciphers({row.person_id or row.case_id for row in rows})
    kept = [row for row in rows if (row.person_id or row.case_id) in ciphers]
    files = await _files(work, {row.id: ciphers[row.person_id or row.case_id] for row in kept})
    return [_item(ciphers[row.person_id or row.case_id], row, tuple(files[row.id])) for row in kept]


def _item(cipher: SubjectCipher, row: Any, files: tuple[EvidenceFile, ...]) -> Item:
    said = {**EARLIER, **cipher.decrypt_json(f"verification_items.finding/{row.id}", row.finding)}
    said["kind"] = EARLIER_KINDS.get(said["kind"], said["kind"])
    return Item(row.id, Finding(person_id=row.person_id, **said), row.recorded_by, row.number, files)


async def _files(work: Work, ciphers: Mapping[str, SubjectCipher]) -> dict[str, list[EvidenceFile]]:
    """By item. ciphers: by item."""
    found: dict[str, list[EvidenceFile]] = {item_id: [] for item_id in ciphers}
    query = select(ITEM_FILES).where(ITEM_FILES.c.item_id.in_(sorted(ciphers)))
    for row in await work.execute(query.order_by(ITEM_FILES.c.added_at, ITEM_FILES.c.id)):
        digest = ciphers[row.item_id].decrypt_text(f"verification_files.digest/{row.id}", row.digest)
        found[row.item_id].append(EvidenceFile(row.id, digest, row.added_by))
    return found


async def _interviews(work: Work, rows: Sequence[Any]) -> list[Interview]:
    ciphers = await work.ciphers({row.person_id for row in rows})
    return [_interview(ciphers[row.person_id], row) for row in rows if row.person_id in ciphers]


def _interview(cipher: SubjectCipher, row: Any) -> Interview:
    said = cipher.decrypt_json(f"interviews.talk/{row.id}", row.talk)
    said["held_at"] = datetime.fromisoformat(said["held_at"])
    talk = Talk(person_id=row.person_id, interviewer_id=row.interviewer_id, **said)
    return Interview(row.id, talk, row.recorded_by, row.number)


def _talk_box(cipher: SubjectCipher, interview: Interview) -> Ciphertext:
    said = asdict(interview.talk)
    for clear in ("person_id", "interviewer_id"):
        del said[clear]
    return cipher.encrypt_json(f"interviews.talk/{interview.id}", {**said, "held_at": said["held_at"].isoformat()})
