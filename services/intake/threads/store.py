"""The tables of threads at intake, and every query on them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    Select,
    String,
    Table,
    case,
    delete,
    func,
    insert,
    select,
    update,
)

from services.intake.database import metadata
from services.intake.requests.store import requests
from services.intake.threads.model import Thread, Written, nothing
from shared.access import Actor
from shared.database import Instant, Slice, ident, insert_for, paged
from shared.vault import Ciphertext, Encrypted
from shared.work import Work

THREADS = Table(
    "threads",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("request_id", ident(), nullable=False, unique=True),
    Column("person_key", Encrypted, nullable=False),
    Column("state", String(8), nullable=False),
    Column("waiting", Boolean, nullable=False),
    Column("written_at", Instant, nullable=False),
    Column("version", Integer, nullable=False),
    Index(None, "written_at", "id"),
)

LETTERS = Table(
    "thread_letters",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("request_id", ident(), nullable=False),
    Column("number", Integer, nullable=False),
    Column("ours", Boolean, nullable=False),
    Column("content", Encrypted, nullable=False),
    Column("written_at", Instant, nullable=False),
    Column("read", Boolean, nullable=False),
    Column("file_id", ident()),
    Index(None, "request_id", "written_at"),
)

ANSWERS = Table(
    "thread_answers",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("thread_id", ident(), nullable=False),
    Column("number", Integer, nullable=False),
    Column("box", Encrypted, nullable=False),
)
"""Answers that were not laid out at the front door yet, sealed to who reads them."""

ENDINGS = Table("thread_endings", metadata, Column("thread_id", ident(), primary_key=True))
"""Threads that are over, as long as the front door has not heard of it."""

TAKEN = Table(
    "letters_taken",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("taken_at", Instant, nullable=False),
    Index(None, "taken_at"),
)
"""Letters that were taken in, so that none is twice."""


def visible_to(actor: Actor, now: datetime) -> Select[Any]:
    """The threads of the requests that the actor may see."""
    seen = requests.visible_to(actor, now).with_only_columns(requests.REQUESTS.c.id)
    return select(THREADS).where(THREADS.c.request_id.in_(seen))


async def claim(work: Work, letter_id: str) -> bool:
    """Whether this letter comes for the first time."""
    row = {"id": letter_id, "taken_at": work.now}
    return bool((await work.execute(insert_for(work.dialect, TAKEN).on_conflict_do_nothing(), row)).rowcount)


async def is_taken(work: Work, letter_id: str) -> bool:
    return (await work.execute(select(TAKEN.c.id).where(TAKEN.c.id == letter_id))).one_or_none() is not None


async def taken_before(work: Work, before: datetime, limit: int) -> list[str]:
    query = select(TAKEN.c.id).where(TAKEN.c.taken_at < before).order_by(TAKEN.c.taken_at, TAKEN.c.id).limit(limit)
    return list((await work.execute(query)).scalars())


async def forget_taken(work: Work, letter_ids: Collection[str]) -> None:
    await work.execute(delete(TAKEN).where(TAKEN.c.id.in_(letter_ids)))


async def add(work: Work, thread: Thread, person_key: str) -> None:
    cipher = await work.cipher(thread.request_id)
    row = {
        "id": thread.id,
        "request_id": thread.request_id,
        "person_key": cipher.encrypt_text(f"threads.person_key/{thread.id}", person_key),
        "state": thread.state,
        "waiting": thread.waiting,
        "written_at": work.now,
        "version": thread.version,
    }
    await work.execute(insert(THREADS), row)


async def find(work: Work, thread_id: str) -> Thread | None:
    """The thread, locked."""
    row = (await work.execute(_with_unread().where(THREADS.c.id == thread_id).with_for_update())).one_or_none()
    return None if row is None else _thread(row)


async def of_request(work: Work, request_id: str) -> Thread:
    """The thread of a request, or that there is none."""
    row = (await work.execute(_with_unread().where(THREADS.c.request_id == request_id))).one_or_none()
    return nothing(request_id) if row is None else _thread(row)


async def person_key(work: Work, thread: Thread) -> str:
    box = (await work.execute(select(THREADS.c.person_key).where(THREADS.c.id == thread.id))).scalar_one()
    return (await work.cipher(thread.request_id)).decrypt_text(f"threads.person_key/{thread.id}", box)


async def put(work: Work, letter: Written, number: int, *, ours: bool) -> None:
    """number: how many of its thread came before it."""
    cipher = await work.cipher(letter.request_id)
    content = {"kind": letter.kind, "language": letter.language, "text": letter.text}
    row = {
        "id": letter.id,
        "request_id": letter.request_id,
        "number": number,
        "ours": ours,
        "content": cipher.encrypt_json(f"thread_letters.content/{letter.id}", content),
        "written_at": letter.at,
        "read": letter.read,
        "file_id": letter.file,
    }
    await work.execute(insert(LETTERS), row)


async def letters_of(work: Work, request_ids: Collection[str], after: str | None, limit: int) -> Slice[Written]:
    """The oldest first."""
    query = select(LETTERS).where(LETTERS.c.request_id.in_(request_ids))
    rows = (
        await work.execute(paged(query, (LETTERS.c.written_at, LETTERS.c.number, LETTERS.c.id), after, limit))
    ).all()
    return Slice.of(rows, limit, await _opened(work, rows))


async def request_of_letter(work: Work, letter_id: str) -> tuple[str | None, str | None]:
    """The request that a letter belongs to, and the file that came with it."""
    query = select(LETTERS.c.request_id, LETTERS.c.file_id).where(LETTERS.c.id == letter_id)
    row = (await work.execute(query)).one_or_none()
    return (None, None) if row is None else (row.request_id, row.file_id)


async def read_all(work: Work, request_id: str) -> None:
    await work.execute(update(LETTERS).where(LETTERS.c.request_id == request_id).values(read=True))


async def unread_since_the_request(work: Work, request_id: str) -> int:
    """Letters that nobody has marked as read, but for the request itself, with which the thread began."""
    unread = LETTERS.c.request_id == request_id, LETTERS.c.read.is_(False), LETTERS.c.number > 0
    return int((await work.execute(select(func.count()).select_from(LETTERS).where(*unread))).scalar_one())


async def page_visible(work: Work, after: str | None, limit: int, *, waiting: bool) -> list[Thread]:
    """Those that the actor may see, in order of their ids. waiting: only those in which the last word is theirs."""
    seen = visible_to(work.actor, work.now).with_only_columns(THREADS.c.id)
    query = _with_unread().where(THREADS.c.id.in_(seen)).order_by(THREADS.c.id).limit(limit)
    if waiting:
        query = query.where(THREADS.c.waiting.is_(True), THREADS.c.state == "open")
    if after is not None:
        query = query.where(THREADS.c.id > after)
    return [_thread(row) for row in (await work.execute(query)).all()]


async def hold_answer(work: Work, answer_id: str, thread_id: str, number: int, box: bytes) -> None:
    """To be laid out at the front door."""
    row = {"id": answer_id, "thread_id": thread_id, "number": number, "box": Ciphertext(box)}
    await work.execute(insert(ANSWERS), row)


async def held_answers(work: Work, limit: int) -> Sequence[Any]:
    return (await work.execute(select(ANSWERS).order_by(ANSWERS.c.number).limit(limit))).all()


async def drop_answers(work: Work, answer_ids: Collection[str]) -> None:
    await work.execute(delete(ANSWERS).where(ANSWERS.c.id.in_(answer_ids)))


async def end_at_the_door(work: Work, thread_ids: Collection[str]) -> None:
    """The front door is to hear that these are over."""
    await work.execute(delete(ANSWERS).where(ANSWERS.c.thread_id.in_(thread_ids)))
    for thread_id in sorted(thread_ids):
        row = {"thread_id": thread_id}
        await work.execute(insert_for(work.dialect, ENDINGS).on_conflict_do_nothing(), row)


async def endings(work: Work, limit: int) -> list[str]:
    return list((await work.execute(select(ENDINGS.c.thread_id).limit(limit))).scalars())


async def drop_endings(work: Work, thread_ids: Collection[str]) -> None:
    await work.execute(delete(ENDINGS).where(ENDINGS.c.thread_id.in_(thread_ids)))


async def forget(work: Work, request_ids: Collection[str]) -> None:
    """Nothing of the threads of these requests is kept; the front door hears that they are over."""
    found = await work.execute(select(THREADS.c.id).where(THREADS.c.request_id.in_(request_ids)))
    await end_at_the_door(work, list(found.scalars()))
    await work.execute(delete(LETTERS).where(LETTERS.c.request_id.in_(request_ids)))
    await work.execute(delete(THREADS).where(THREADS.c.request_id.in_(request_ids)))


def _with_unread() -> Select[Any]:
    unread = (
        select(func.count(case((LETTERS.c.read.is_(False), 1))))
        .where(LETTERS.c.request_id == THREADS.c.request_id)
        .scalar_subquery()
    )
    case_id = (
        select(requests.REQUESTS.c.case_id).where(requests.REQUESTS.c.id == THREADS.c.request_id).scalar_subquery()
    )
    return select(THREADS, case_id.label("case_id"), unread.label("unread"))


def _thread(row: Any) -> Thread:
    return Thread(row.id, row.request_id, row.case_id, row.state, row.waiting, row.unread, row.version)


async def _opened(work: Work, rows: Sequence[Any]) -> list[Written]:
    ciphers = await work.ciphers({row.request_id for row in rows})
    opened = []
    for row in rows:
        if row.request_id in ciphers:
            content = ciphers[row.request_id].decrypt_json(f"thread_letters.content/{row.id}", row.content)
            said = (content["kind"], content["language"], content["text"])
            opened.append(Written(row.id, row.request_id, *said, row.written_at, row.read, row.file_id))
    return opened
