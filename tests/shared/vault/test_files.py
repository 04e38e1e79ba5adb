"""Encrypted files: whole or not at all, each chunk in its place, and nothing told by size."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.schema import CreateTable

from shared.database import Database, Transaction
from shared.errors import Refusal
from shared.vault import Ciphertext, FileKind, Stored, Vault, files
from shared.vault.files import CHUNK, FILE_CHUNKS, FILES

ANNA, BELA = "a" * 32, "b" * 32
NOTES = FileKind(4 * CHUNK, {"text/plain": b"#"})


class Shelf:
    """A vault with Anna's and Bela's keys, and a database with the tables of files."""

    def __init__(self, vault: Vault, database: Database) -> None:
        self.vault = vault
        self.database = database

    async def put(self, content: bytes, subject: str = ANNA, piece: int = 10_000) -> Stored:
        """A kept file that came in in pieces."""
        cipher = await self.vault.cipher(subject)
        came = await files.receive(self.database, subject, cipher, NOTES, "text/plain", pieces(content, piece))
        await self.database.transact(lambda tx: files.keep(tx, came))
        return await self.database.transact(lambda tx: files.find(tx, cipher, came.id))

    async def read(self, stored: Stored) -> bytes:
        return b"".join([piece async for piece in files.content(self.database, stored)])

    async def run(self, statement: Any) -> list[Any]:
        async def job(tx: Transaction) -> list[Any]:
            done = await tx.execute(statement)
            return list(done.all()) if done.returns_rows else []

        return await self.database.transact(job)


async def pieces(content: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


def note(length: int) -> bytes:
    """Content in which every chunk differs from every other."""
    return (b"#" + b"".join(number.to_bytes(4, "big") for number in range(length // 4 + 1)))[:length]


@pytest.fixture
async def shelf(town, open_database, tmp_path) -> Shelf:
    vault = await town.vault("intake")
    await vault.keep([vault.mint(ANNA), vault.mint(BELA)])
    database = await open_database(tmp_path / "main.db")

    async def create(tx: Transaction) -> None:
        for table in (FILES, FILE_CHUNKS):
            await tx.execute(CreateTable(table))

    await database.transact(create)
    return Shelf(vault, database)


@pytest.mark.parametrize("length", [1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 4 * CHUNK])
async def test_a_file_comes_out_as_it_went_in(shelf: Shelf, length: int) -> None:
    """Around every border of a chunk, whatever the pieces in which it came."""
    for piece in (1_000, CHUNK, 5 * CHUNK):
        stored = await shelf.put(note(length), piece=piece)
        assert (stored.media_type, stored.length) == ("text/plain", length)
        assert await shelf.read(stored) == note(length)


@pytest.mark.parametrize(("length", "chunks"), [(1, 1), (60_000, 1), (CHUNK, 1), (CHUNK + 1, 2), (4 * CHUNK, 4)])
async def test_rows_tell_no_more_than_the_number_of_chunks(shelf: Shelf, length: int, chunks: int) -> None:
    """Every chunk has the same length, and so has what is said about a file; no byte of the content lies open."""
    await shelf.put(note(length))
    boxes = [row.box.box for row in await shelf.run(select(FILE_CHUNKS.c.box))]
    assert [len(box) for box in boxes] == [CHUNK + 28] * chunks
    ((facts,),) = await shelf.run(select(FILES.c.facts))
    assert len(facts.box) == 128 + 28
    assert not any(b"\0\0\0\1\0\0\0\2" in box for box in boxes)
    assert not any(b"text" in box for box in [*boxes, facts.box])


async def test_a_chunk_opens_in_its_place_only(shelf: Shelf) -> None:
    """Swapped with its neighbour, with the same chunk of another file of the person, or moved to another person."""
    first, second = await shelf.put(note(3 * CHUNK)), await shelf.put(note(3 * CHUNK))
    other = await shelf.put(note(3 * CHUNK), BELA)
    boxes = {
        (row.file_id, row.number): row.box
        for row in await shelf.run(select(FILE_CHUNKS.c.file_id, FILE_CHUNKS.c.number, FILE_CHUNKS.c.box))
    }
    for moved in ((first.id, 0), (first.id, 2), (second.id, 1), (other.id, 1)):
        await shelf.run(
            update(FILE_CHUNKS)
            .where(FILE_CHUNKS.c.file_id == first.id, FILE_CHUNKS.c.number == 1)
            .values(box=boxes[moved])
        )
        await refused(shelf, first, "ciphertext_broken")
    await shelf.run(
        update(FILE_CHUNKS)
        .where(FILE_CHUNKS.c.file_id == first.id, FILE_CHUNKS.c.number == 1)
        .values(box=boxes[first.id, 1])
    )
    assert await shelf.read(first) == note(3 * CHUNK)


async def test_a_file_cannot_be_cut_off(shelf: Shelf) -> None:
    """Without its last chunk, or with its number of chunks and even its facts made smaller, it does not open."""
    stored = await shelf.put(note(3 * CHUNK))
    short = await shelf.put(note(2 * CHUNK))
    cut = Stored(stored.id, stored.media_type, 2 * CHUNK, 2, stored.cipher)
    await refused(shelf, cut, "ciphertext_broken")
    longer = Stored(stored.id, stored.media_type, 2 * CHUNK, 3, stored.cipher)
    await refused(shelf, longer, "ciphertext_broken")
    await shelf.run(update(FILES).where(FILES.c.id == stored.id).values(chunks=2))
    again = await shelf.database.transact(lambda tx: files.find(tx, stored.cipher, stored.id))
    await refused(shelf, again, "ciphertext_broken")
    ((facts,),) = await shelf.run(select(FILES.c.facts).where(FILES.c.id == short.id))
    await shelf.run(update(FILES).where(FILES.c.id == stored.id).values(facts=facts))
    with pytest.raises(Refusal) as no:
        await shelf.database.transact(lambda tx: files.find(tx, stored.cipher, stored.id))
    assert no.value.code == "ciphertext_broken"
    await shelf.run(delete(FILE_CHUNKS).where(FILE_CHUNKS.c.file_id == short.id, FILE_CHUNKS.c.number == 1))
    await refused(shelf, short, "not_found")


async def test_a_changed_chunk_does_not_open(shelf: Shelf) -> None:
    """One changed bit is enough."""
    stored = await shelf.put(note(100))
    ((box,),) = await shelf.run(select(FILE_CHUNKS.c.box))
    flipped = Ciphertext(box.box[:50] + bytes([box.box[50] ^ 1]) + box.box[51:])
    await shelf.run(update(FILE_CHUNKS).values(box=flipped))
    await refused(shelf, stored, "ciphertext_broken")


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "file_empty"), (b"not a note", "file_of_another_type"), (note(4 * CHUNK + 1), "file_too_large")],
)
async def test_what_is_no_such_file_is_refused(shelf: Shelf, content: bytes, code: str) -> None:
    """Nothing, another type than was said, or more than is taken."""
    with pytest.raises(Refusal) as no:
        await shelf.put(content)
    assert (no.value.kind, no.value.code) == ("invalid", code)


async def test_a_destroyed_key_makes_a_file_unreadable(shelf: Shelf) -> None:
    """Whoever finds the rows later finds nothing in them."""
    stored = await shelf.put(note(CHUNK))
    await shelf.vault.destroy([ANNA])
    with pytest.raises(Refusal) as no:
        await shelf.vault.cipher(ANNA)
    assert no.value.code == "key_destroyed"
    await refused(shelf, Stored(stored.id, "", stored.length, 1, await shelf.vault.cipher(BELA)), "ciphertext_broken")


async def test_what_nobody_kept_is_forgotten(shelf: Shelf) -> None:
    """A file that was not kept cannot be read, stays an hour, and goes with its chunks; a kept one stays."""
    kept = await shelf.put(note(10))
    cipher = await shelf.vault.cipher(ANNA)
    came = await files.receive(shelf.database, ANNA, cipher, NOTES, "text/plain", pieces(note(2 * CHUNK), 999))
    with pytest.raises(Refusal) as no:
        await shelf.database.transact(lambda tx: files.find(tx, cipher, came.id))
    assert no.value.code == "not_found"
    await shelf.database.transact(files.forget_unfinished)
    assert await counted(shelf) == (2, 3)
    await shelf.run(update(FILES).values(begun_at=files.datetime.now(files.UTC) - files.UNFINISHED))
    await shelf.database.transact(files.forget_unfinished)
    assert await counted(shelf) == (1, 1)
    assert await shelf.read(kept) == note(10)
    with pytest.raises(Refusal) as no:
        await shelf.database.transact(lambda tx: files.keep(tx, came))
    assert no.value.code == "file_forgotten"


async def refused(shelf: Shelf, stored: Stored, code: str) -> None:
    with pytest.raises(Refusal) as no:
        await shelf.read(stored)
    assert no.value.code == code


async def counted(shelf: Shelf) -> tuple[int, int]:
    """How many files there are, and how many chunks."""
    ((one,),) = await shelf.run(select(func.count()).select_from(FILES))
    ((other,),) = await shelf.run(select(func.count()).select_from(FILE_CHUNKS))
    return one, other
