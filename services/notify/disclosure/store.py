"""The tables of outcomes, of how many persons count, and of what was disclosed, and every query on them.

Rule: whether a person counts is told by no length: every ciphertext of a column is as long as any other. The tally
is kept beside the outcomes, so that neither the work nor the time of an answer depends on who does not count.
"""

from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Date, Index, Integer, String, Table, Text, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from services.notify.database import metadata
from services.notify.disclosure.model import FigureName, Release, Tally
from services.notify.keys import cipher_for
from shared.database import Instant, ident
from shared.vault import Ciphertext, Encrypted
from shared.work import Work

OUTCOMES = Table(
    "outcomes",
    metadata,
    Column("person_id", ident(), primary_key=True),
    Column("figure", String(32), primary_key=True),
    Column("counted", Encrypted, nullable=False),
    Column("at", Instant, nullable=False),
)

TALLIES = Table(
    "tallies",
    metadata,
    Column("figure", String(32), primary_key=True),
    Column("counts", Encrypted, nullable=False),
)

RELEASES = Table(
    "releases",
    metadata,
    Column("release_id", ident(), primary_key=True),
    Column("figure", String(32), primary_key=True),
    Column("value", Integer, nullable=False),
    Column("definition", Text, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("source", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Index(None, "figure", "at"),
)

_RELEASE = [RELEASES.c[field.name] for field in fields(Release)]


async def lock_tally(work: Work, figure: FigureName) -> Tally:
    """How many persons count in a figure; nobody else changes it until this transaction ends."""
    row = {"figure": figure, "counts": _tally_box(work, figure, Tally(0, 0))}
    await work.execute(_insert(work, TALLIES).on_conflict_do_nothing(), row)
    locked = select(TALLIES.c.counts).where(TALLIES.c.figure == figure).with_for_update()
    return _tally(work, figure, (await work.execute(locked)).scalar_one())


async def set_tally(work: Work, figure: FigureName, tally: Tally) -> None:
    box = _tally_box(work, figure, tally)
    await work.execute(update(TALLIES).where(TALLIES.c.figure == figure).values(counts=box))


async def tally(work: Work, figure: FigureName) -> Tally:
    box = (await work.execute(select(TALLIES.c.counts).where(TALLIES.c.figure == figure))).scalar_one_or_none()
    return Tally(0, 0) if box is None else _tally(work, figure, box)


async def outcome(work: Work, person_id: str, figure: FigureName) -> tuple[bool, datetime] | None:
    """Whether the person counts in the figure, as told at which instant; None when nothing was told."""
    which = (OUTCOMES.c.person_id == person_id) & (OUTCOMES.c.figure == figure)
    row = (await work.execute(select(OUTCOMES.c.counted, OUTCOMES.c.at).where(which))).one_or_none()
    if row is None:
        return None
    cipher = await cipher_for(work, person_id)
    return cipher.decrypt(_context(person_id, figure), row.counted) == b"1", row.at


async def set_outcome(work: Work, person_id: str, figure: FigureName, *, counted: bool, at: datetime) -> None:
    cipher = await cipher_for(work, person_id)
    box = cipher.encrypt(_context(person_id, figure), b"1" if counted else b"0")
    write = _insert(work, OUTCOMES)
    told = {"counted": write.excluded.counted, "at": write.excluded.at}
    row = {"person_id": person_id, "figure": figure, "counted": box, "at": at}
    await work.execute(write.on_conflict_do_update(index_elements=["person_id", "figure"], set_=told), row)


async def add_release(work: Work, release_id: str, release: Release, at: datetime) -> None:
    await work.execute(insert(RELEASES), {**vars(release), "release_id": release_id, "at": at})


async def newest_release(work: Work, figure: FigureName) -> Release | None:
    query = select(*_RELEASE).where(RELEASES.c.figure == figure)
    newest = query.order_by(RELEASES.c.at.desc(), RELEASES.c.release_id.desc()).limit(1)
    row = (await work.execute(newest)).mappings().one_or_none()
    return None if row is None else Release(**row)


def _insert(work: Work, table: Table) -> Any:
    return (sqlite if work.dialect == "sqlite" else postgresql).insert(table)


def _tally_box(work: Work, figure: FigureName, tally: Tally) -> Ciphertext:
    said = f"{tally.persons:09d} {tally.published:09d}"
    return work.vault.own().encrypt_text(f"tallies.counts/{figure}", said)


def _tally(work: Work, figure: FigureName, box: Ciphertext) -> Tally:
    persons, published = work.vault.own().decrypt_text(f"tallies.counts/{figure}", box).split()
    return Tally(int(persons), int(published))


def _context(person_id: str, figure: FigureName) -> str:
    return f"outcomes.counted/{person_id}/{figure}"
