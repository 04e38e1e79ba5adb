"""The tables of imports and of what was brought in by them, and every query on them.

Rule: what a row is known by stands only as a blind index beside the request that it became, and goes with that request.
Of who was erased a mark stays, keyed with a secret that never leaves the service and tells nothing: so the same list
does not bring them in again, and reads as it did before. The file, its mapping and what was read of it are under the
import's own key, which is destroyed when it is over.
"""

import hmac
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import orjson
from sqlalchemy import Column, Index, Integer, Select, String, Table, delete, insert, select, update

from services.intake.database import metadata
from services.intake.imports.model.mapping import Format
from shared.access import Actor, staff_with
from shared.database import Instant, Slice, ident, insert_for, paged
from shared.errors import not_found
from shared.vault import Blind, BlindIndex, BlindSource, Encrypted, Vault
from shared.vault.blinding import hold
from shared.work import Work

State = Literal["open", "running", "done", "dropped"]

KEY = "brought_in.place"
PADDED = 512

IMPORTS = Table(
    "imports",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("form", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("mapping", Encrypted),
    Column("file_id", ident()),
    Column("sheet_id", ident()),
    Column("unread", String(64)),
    Column("begun_by", ident(), nullable=False),
    Column("begun_at", Instant, nullable=False),
    Column("tally", Encrypted),
    Column("version", Integer, nullable=False),
    Index(None, "begun_by"),
)

BROUGHT_IN = Table(
    "brought_in",
    metadata,
    Column("request_id", ident(), primary_key=True),
    Column("place", BlindIndex, nullable=False, unique=True),
    Column("said", Encrypted, nullable=False),
    Column("import_id", ident(), nullable=False),
    Column("mark", String(64)),
)

NOT_AGAIN = Table("not_again", metadata, Column("mark", String(64), primary_key=True))
"""Marks of what became somebody who was erased."""

PEPPER = Table(
    "pepper",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("secret", Encrypted, nullable=False),
)
"""One row: with what marks are keyed. It is closed up anew when keys turn over, and never changes."""

MARKS = "marks"


@dataclass(frozen=True)
class Import:
    """begun_by: whose it is. file_id: the file that was sent last; None before, and when it is over. sheet_id: what was
    read of it. unread: why it could not be read."""

    id: str
    form: Format
    state: State
    file_id: str | None
    sheet_id: str | None
    unread: str | None
    begun_by: str
    begun_at: datetime
    version: int


@dataclass(frozen=True)
class Tally:
    """How far a run came. next: the first unit that is not looked at yet. made: what it brought in. known: what was
    there already. refused: first row of what could not be brought in although its rows are good, and why. roles: with
    which it was begun."""

    next: int = 0
    made: int = 0
    known: int = 0
    bad: int = 0
    refused: tuple[tuple[int, str], ...] = ()
    roles: tuple[str, ...] = ()


_FIELDS = [IMPORTS.c[name] for name in Import.__dataclass_fields__]


def visible_to(actor: Actor, _now: datetime) -> Select[Any]:
    """Whoever may import sees what they began themselves: a file is nobody else's to look at."""
    return select(*_FIELDS).where(staff_with(actor, "data_importer"), IMPORTS.c.begun_by == actor.id)


async def add(work: Work, one: Import, mapping: str) -> None:
    box = (await work.cipher(one.id)).encrypt_text(f"imports.mapping/{one.id}", mapping)
    await work.execute(insert(IMPORTS), {**vars(one), "mapping": box})


async def load(work: Work, import_id: str, *, lock: bool = False) -> Import:
    """Errors: Refusal not_found."""
    query = select(*_FIELDS).where(IMPORTS.c.id == import_id)
    row = (await work.execute(query.with_for_update() if lock else query)).one_or_none()
    if row is None:
        raise not_found()
    return Import(**row._mapping)


async def whose(work: Work, import_id: str) -> str | None:
    query = select(IMPORTS.c.begun_by).where(IMPORTS.c.id == import_id)
    return (await work.execute(query)).scalar_one_or_none()


async def mapping(work: Work, import_id: str) -> str:
    """Errors: Refusal not_found when it is over."""
    box = (await work.execute(select(IMPORTS.c.mapping).where(IMPORTS.c.id == import_id))).scalar_one_or_none()
    if box is None:
        raise not_found()
    return (await work.cipher(import_id)).decrypt_text(f"imports.mapping/{import_id}", box)


async def page(work: Work, after: str | None, limit: int) -> Slice[Import]:
    """The actor's own, in the order in which they were begun."""
    query = visible_to(work.actor, work.now)
    rows = (await work.execute(paged(query, (IMPORTS.c.begun_at, IMPORTS.c.id), after, limit))).all()
    return Slice.of(rows, limit, [Import(**row._mapping) for row in rows])


async def tally(work: Work, import_id: str) -> Tally:
    box = (await work.execute(select(IMPORTS.c.tally).where(IMPORTS.c.id == import_id))).scalar_one_or_none()
    if box is None:
        return Tally()
    cipher = work.vault.own()
    told = cipher.decrypt_json(f"imports.tally/{import_id}", box)
    return Tally(**{**told, "refused": tuple(map(tuple, told["refused"])), "roles": tuple(told["roles"])})


async def set_tally(work: Work, import_id: str, found: Tally) -> None:
    """Counts outlive the file, so they stand under the service's own key; one length for short ones."""
    box = work.vault.own().encrypt(f"imports.tally/{import_id}", orjson.dumps(vars(found)).ljust(PADDED))
    await work.execute(update(IMPORTS).where(IMPORTS.c.id == import_id).values(tally=box))


async def set_file(work: Work, one: Import, file_id: str) -> int:
    """Nothing is read of it yet."""
    return await work.change(IMPORTS, one.id, one.version, file_id=file_id, sheet_id=None, unread=None)


async def with_file(work: Work, file_id: str) -> Import | None:
    """The open import of which this still is the file."""
    query = select(*_FIELDS).where(IMPORTS.c.file_id == file_id, IMPORTS.c.state == "open").with_for_update()
    row = (await work.execute(query)).one_or_none()
    return None if row is None else Import(**row._mapping)


async def set_read(work: Work, import_id: str, sheet_id: str | None, unread: str | None) -> None:
    """What was read, or why nothing was. It is of what somebody sent, and no change that they must see first."""
    await work.execute(update(IMPORTS).where(IMPORTS.c.id == import_id).values(sheet_id=sheet_id, unread=unread))


async def empty(work: Work, import_id: str) -> None:
    """It is over: nothing of what it brought is kept here."""
    gone = {"file_id": None, "sheet_id": None, "mapping": None}
    await work.execute(update(IMPORTS).where(IMPORTS.c.id == import_id).values(gone))


async def known(work: Work, keys: Sequence[str]) -> set[str]:
    """Those of these keys that were brought in before, also those of who was erased since."""
    pepper = await _pepper(work)
    marks = {key: _mark(pepper, key) for key in keys}
    gone = set()
    for first in range(0, len(keys), 500):
        some = list(marks.values())[first : first + 500]
        gone |= set((await work.execute(select(NOT_AGAIN.c.mark).where(NOT_AGAIN.c.mark.in_(some)))).scalars())
    images = {key: work.vault.blinds(KEY, key) for key in keys}
    every = [image for some in images.values() for image in some]
    found = set()
    for first in range(0, len(every), 500):
        query = select(BROUGHT_IN.c.place).where(BROUGHT_IN.c.place.in_(every[first : first + 500]))
        found |= {place.image for place in (await work.execute(query)).scalars()}
    here = {key for key, some in images.items() if any(image.image in found for image in some)}
    return here | {key for key, mark in marks.items() if mark in gone}


async def hold_key(work: Work, key: str) -> bool:
    """Nobody else brings this key in until the transaction ends; whether nobody has before."""
    await hold(work.tx, work.vault.blinds(KEY, key))
    return key not in await known(work, [key])


async def note(work: Work, key: str, request_id: str, import_id: str) -> None:
    """It became this request."""
    row = {
        "request_id": request_id,
        "place": work.vault.blind(KEY, key),
        "said": (await work.cipher(request_id)).encrypt_text(f"brought_in.said/{request_id}", key),
        "import_id": import_id,
        "mark": _mark(await _pepper(work), key),
    }
    await work.execute(insert(BROUGHT_IN), row)


async def forget(work: Work, request_ids: Collection[str]) -> None:
    """Of what they were brought in by a mark stays."""
    theirs = BROUGHT_IN.c.request_id.in_(sorted(request_ids))
    marks = (await work.execute(select(BROUGHT_IN.c.mark).where(theirs, BROUGHT_IN.c.mark.is_not(None)))).scalars()
    for mark in sorted(set(marks)):
        await work.execute(insert_for(work.dialect, NOT_AGAIN).on_conflict_do_nothing(), {"mark": mark})
    await work.execute(delete(BROUGHT_IN).where(theirs))


def _mark(pepper: bytes, key: str) -> str:
    return hmac.digest(pepper, key.encode(), "sha256").hex()


async def _pepper(work: Work) -> bytes:
    cipher, query = work.vault.own(), select(PEPPER.c.secret).where(PEPPER.c.id == MARKS)
    box = (await work.execute(query)).scalar_one_or_none()
    if box is None:
        row = {"id": MARKS, "secret": cipher.encrypt(f"pepper.secret/{MARKS}", secrets.token_bytes(32))}
        await work.execute(insert_for(work.dialect, PEPPER).on_conflict_do_nothing(), row)
        box = (await work.execute(query)).scalar_one()
    return cipher.decrypt(f"pepper.secret/{MARKS}", box)


def _images(vault: Vault, _row: Any, said: bytes) -> dict[str, Blind]:
    return {"place": vault.blind(KEY, said.decode())}


BLIND = BlindSource(BROUGHT_IN.c.said, BROUGHT_IN.c.request_id, _images)
