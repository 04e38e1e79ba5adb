"""Files in a service's own database: encrypted in chunks of one size, never whole in memory.

Rule: each chunk is bound to the service, the subject, the file, its number and whether it is the last, so that none
can be left out, moved, cut off or put into another file; destroying the subject's key makes the file unreadable. All
chunks have one length, so a file's size is known to the next 64 KiB only; its type and length are encrypted.
"""

import hashlib
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import orjson
from sqlalchemy import Boolean, Column, Index, Integer, Table, delete, insert, select, update

from shared.clock import new_id
from shared.database import FOUNDATION, Database, Instant, Transaction, ident
from shared.errors import Refusal, invalid, not_found, unavailable
from shared.vault.columns import Ciphertext, Encrypted
from shared.vault.subject import SubjectCipher

CHUNK = 64 * 1024
"""Bytes of plain content in a chunk."""

FACTS = 128
"""The length of what is encrypted about a file."""

UNFINISHED = timedelta(hours=1)
"""After this long of real time a file that nobody kept is forgotten."""

FILES = Table(
    "files",
    FOUNDATION,
    Column("id", ident(), primary_key=True),
    Column("subject", ident(), nullable=False),
    Column("facts", Encrypted, nullable=False),
    Column("chunks", Integer, nullable=False),
    Column("begun_at", Instant, nullable=False),
    Column("kept", Boolean, nullable=False),
    Index("ix_files_subject", "subject"),
    Index("ix_files_kept_begun_at", "kept", "begun_at"),
)

FILE_CHUNKS = Table(
    "file_chunks",
    FOUNDATION,
    Column("file_id", ident(), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("box", Encrypted, nullable=False),
)


@dataclass(frozen=True)
class FileKind:
    """What may be kept for one purpose. most: bytes. begins: how content of each media type begins."""

    most: int
    begins: Mapping[str, bytes]


@dataclass(frozen=True)
class Incoming:
    """A file that was stored and is not kept yet. digest: SHA-256 of its content, in hex."""

    id: str
    subject: str
    digest: str


@dataclass(frozen=True)
class Stored:
    """A kept file, ready to be read. length: bytes of its content."""

    id: str
    media_type: str
    length: int
    chunks: int
    cipher: SubjectCipher


async def receive(
    database: Database,
    subject: str,
    cipher: SubjectCipher,
    kind: FileKind,
    media_type: str,
    content: AsyncIterator[bytes],
) -> Incoming:
    """Store a file as it comes in, chunk by chunk in transactions of their own; `keep` it, or it is forgotten.

    Errors: Refusal invalid `file_empty`, `file_too_large`, or `file_of_another_type` when it does not begin as its
    media type does.
    """
    file_id, seen, number = new_id(), _Seen(kind.most), 0
    await database.transact(lambda tx: _begin(tx, file_id, subject, cipher))
    async for plain, last in _chunks(seen.pass_on(content)):
        if number == 0 and not plain.startswith(kind.begins[media_type]):
            raise invalid("file_of_another_type", f"The content is not of the type {media_type}.")
        await _write(database, cipher, file_id, number, plain, last=last)
        number += 1
    facts = _seal_facts(cipher, file_id, media_type, seen.length)
    await database.transact(
        lambda tx: tx.execute(update(FILES).where(FILES.c.id == file_id).values(facts=facts, chunks=number))
    )
    return Incoming(file_id, subject, seen.digest.hexdigest())


class _Seen:
    """What passed by of a file: how long it is so far, and its digest."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.length = 0
        self.digest = hashlib.sha256()

    async def pass_on(self, content: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        async for piece in content:
            self.length += len(piece)
            if self.length > self._most:
                raise invalid("file_too_large", f"A file of this kind has at most {self._most} bytes.")
            self.digest.update(piece)
            yield piece
        if not self.length:
            raise invalid("file_empty", "Send the content of the file as the body.")


async def _chunks(content: AsyncIterator[bytes]) -> AsyncIterator[tuple[bytes, bool]]:
    """The content in pieces of `CHUNK` bytes, the last filled up, and whether a piece is the last."""
    rest = b""
    async for piece in content:
        rest += piece
        while len(rest) > CHUNK:  # a full one may still be the last
            yield rest[:CHUNK], False
            rest = rest[CHUNK:]
    yield rest.ljust(CHUNK, b"\0"), True


async def keep(tx: Transaction, incoming: Incoming) -> None:
    """The file is wanted: from this transaction on it stays. Errors: Refusal unavailable when it was forgotten."""
    kept = await tx.execute(update(FILES).where(FILES.c.id == incoming.id).values(kept=True))
    if kept.rowcount != 1:
        raise unavailable("file_forgotten", "This took too long; send the file again.")


async def find(tx: Transaction, cipher: SubjectCipher, file_id: str) -> Stored:
    """A kept file, to be read with `content`. Errors: Refusal not_found; invalid `ciphertext_broken`."""
    query = select(FILES.c.facts, FILES.c.chunks).where(FILES.c.id == file_id, FILES.c.kept.is_(True))
    row = (await tx.execute(query)).one_or_none()
    if row is None:
        raise not_found()
    media_type, length = cipher.decrypt_json(f"files.facts/{file_id}", row.facts)
    return Stored(file_id, media_type, length, row.chunks, cipher)


async def content(database: Database, stored: Stored) -> AsyncIterator[bytes]:
    """The file's bytes, read and opened one chunk at a time.

    Errors: Refusal not_found when it was dropped meanwhile; invalid `ciphertext_broken`.
    """
    for number in range(stored.chunks):
        box = await database.transact(lambda tx, number=number: _read(tx, stored.id, number))  # type: ignore[misc]
        yield _plain(stored, number, box)


async def whole(tx: Transaction, stored: Stored) -> bytes:
    """All of a file's bytes at once, in this transaction; for what is read by a computation.

    Errors: Refusal not_found when it was dropped; invalid `ciphertext_broken`.
    """
    return b"".join([_plain(stored, number, await _read(tx, stored.id, number)) for number in range(stored.chunks)])


async def digest_of(tx: Transaction, stored: Stored) -> str | None:
    """SHA-256 of a file's bytes as they are now, in hex; None when a byte of what is stored was changed or is gone."""
    digest = hashlib.sha256()
    try:
        for number in range(stored.chunks):
            digest.update(_plain(stored, number, await _read(tx, stored.id, number)))
    except Refusal:
        return None
    return digest.hexdigest()


async def forget_of(tx: Transaction, subjects: Collection[str]) -> None:
    """Drop every file under the keys of these subjects, kept or not."""
    theirs = select(FILES.c.id).where(FILES.c.subject.in_(sorted(subjects)))
    await tx.execute(delete(FILE_CHUNKS).where(FILE_CHUNKS.c.file_id.in_(theirs)))
    await tx.execute(delete(FILES).where(FILES.c.subject.in_(sorted(subjects))))


async def drop(tx: Transaction, file_id: str) -> None:
    """The file is no longer wanted."""
    await tx.execute(delete(FILE_CHUNKS).where(FILE_CHUNKS.c.file_id == file_id))
    await tx.execute(delete(FILES).where(FILES.c.id == file_id))


async def forget_unfinished(tx: Transaction, file_id: str | None = None) -> None:
    """Drop what was begun and never kept: one file, or all that began over an hour ago."""
    old = FILES.c.begun_at < datetime.now(UTC) - UNFINISHED if file_id is None else FILES.c.id == file_id
    unwanted = select(FILES.c.id).where(FILES.c.kept.is_(False), old)
    for one in (await tx.execute(unwanted)).scalars().all():
        await drop(tx, one)


async def _begin(tx: Transaction, file_id: str, subject: str, cipher: SubjectCipher) -> None:
    row = {
        "id": file_id,
        "subject": subject,
        "facts": _seal_facts(cipher, file_id, "", 0),
        "chunks": 0,
        "begun_at": datetime.now(UTC),
        "kept": False,
    }
    await tx.execute(insert(FILES), row)


async def _write(
    database: Database, cipher: SubjectCipher, file_id: str, number: int, plain: bytes, *, last: bool
) -> None:
    box = cipher.encrypt(_context(file_id, number, last=last), plain)
    row = {"file_id": file_id, "number": number, "box": box}
    await database.transact(lambda tx: tx.execute(insert(FILE_CHUNKS), row))


async def _read(tx: Transaction, file_id: str, number: int) -> Ciphertext:
    wanted = select(FILE_CHUNKS.c.box).where(FILE_CHUNKS.c.file_id == file_id, FILE_CHUNKS.c.number == number)
    box: Ciphertext | None = (await tx.execute(wanted)).scalar_one_or_none()
    if box is None:
        raise not_found()
    return box


def _plain(stored: Stored, number: int, box: Ciphertext) -> bytes:
    """The bytes of a chunk, without what fills the last one up."""
    last, left = number == stored.chunks - 1, stored.length - number * CHUNK
    plain = stored.cipher.decrypt(_context(stored.id, number, last=last), box)
    if last != (left <= CHUNK):
        raise invalid("ciphertext_broken", "the file is not as long as it was")
    return plain[:left]


def _seal_facts(cipher: SubjectCipher, file_id: str, media_type: str, length: int) -> Ciphertext:
    return cipher.encrypt(f"files.facts/{file_id}", orjson.dumps([media_type, length]).ljust(FACTS))


def _context(file_id: str, number: int, *, last: bool) -> str:
    return f"file_chunks.box/{file_id}/{number}" + ("/last" if last else "")
