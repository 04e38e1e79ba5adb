"""The tables of outcomes, of how many persons count, and of what was disclosed, and every query on them.

Rule: whether a person counts is told by no length: every ciphertext of a column is as long as any other. The tally
is kept beside the outcomes, so that neither the work nor the time of an answer depends on who does not count.
"""

from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Date, Index, Integer, String, Table, Text, delete, insert, select, update

from services.notify.database import metadata
from services.notify.disclosure.model import FigureName, Outcome, Release
from services.notify.keys import cipher_for
from services.notify.partners.model import NO_CONSENT, Consent
from shared.database import Instant, ident, insert_for
from shared.small_numbers import KEPT, Tally
from shared.vault import Ciphertext, Encrypted, SubjectCipher
from shared.work import Work

OUTCOMES = Table(
    "outcomes",
    metadata,
    Column("person_id", ident(), primary_key=True),
    Column("figure", String(32), primary_key=True),
    Column("counted", Encrypted, nullable=False),
    Column("at", Instant, nullable=False),
)

CONSENTS = Table(
    "counting_consents",
    metadata,
    Column("person_id", ident(), primary_key=True),
    Column("case_id", ident(), nullable=False),
    Column("terms", Encrypted, nullable=False),
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

PADDED = 10 * (KEPT + 2)

_RELEASE = [RELEASES.c[field.name] for field in fields(Release)]


async def lock_tally(work: Work, figure: FigureName) -> Tally:
    """How many persons count in a figure; nobody else changes it until this transaction ends."""
    row = {"figure": figure, "counts": _tally_box(work, figure, Tally(0, 0))}
    await work.execute(insert_for(work.dialect, TALLIES).on_conflict_do_nothing(), row)
    locked = select(TALLIES.c.counts).where(TALLIES.c.figure == figure).with_for_update()
    return _tally(work, figure, (await work.execute(locked)).scalar_one())


async def set_tally(work: Work, figure: FigureName, tally: Tally) -> None:
    box = _tally_box(work, figure, tally)
    await work.execute(update(TALLIES).where(TALLIES.c.figure == figure).values(counts=box))


async def tally(work: Work, figure: FigureName) -> Tally:
    box = (await work.execute(select(TALLIES.c.counts).where(TALLIES.c.figure == figure))).scalar_one_or_none()
    return Tally(0, 0) if box is None else _tally(work, figure, box)


async def outcome(work: Work, person_id: str, figure: FigureName) -> Outcome | None:
    """What was told last of the person and the figure; None when nothing was."""
    which = (OUTCOMES.c.person_id == person_id) & (OUTCOMES.c.figure == figure)
    row = (await work.execute(select(OUTCOMES).where(which))).one_or_none()
    return None if row is None else _outcome(await cipher_for(work, person_id), row)


async def set_outcome(work: Work, person_id: str, figure: FigureName, outcome: Outcome) -> None:
    cipher = await cipher_for(work, person_id)
    box = cipher.encrypt_text(_context(person_id, figure), f"{outcome.told:d}{outcome.counting:d}")
    write = insert_for(work.dialect, OUTCOMES)
    told = {"counted": write.excluded.counted, "at": write.excluded.at}
    row = {"person_id": person_id, "figure": figure, "counted": box, "at": outcome.at}
    await work.execute(write.on_conflict_do_update(index_elements=["person_id", "figure"], set_=told), row)


async def count(work: Work, figure: FigureName) -> int:
    """How many are in the tally by what stands in the rows; whose key was destroyed is not."""
    rows = (await work.execute(select(OUTCOMES).where(OUTCOMES.c.figure == figure))).all()
    ciphers = await work.ciphers([row.person_id for row in rows])
    return sum(_outcome(ciphers[row.person_id], row).counting for row in rows if row.person_id in ciphers)


async def consent(work: Work, person_id: str) -> Consent:
    """What the person said last of being counted in public."""
    terms = select(CONSENTS.c.terms).where(CONSENTS.c.person_id == person_id)
    box = (await work.execute(terms)).scalar_one_or_none()
    if box is None:
        return NO_CONSENT
    said = (await cipher_for(work, person_id)).decrypt_text(f"counting_consents.terms/{person_id}", box)
    return Consent.read(said)


async def set_consent(work: Work, case_id: str, person_id: str, consent: Consent) -> None:
    cipher = await cipher_for(work, person_id)
    box = cipher.encrypt_text(f"counting_consents.terms/{person_id}", consent.written())
    write = insert_for(work.dialect, CONSENTS)
    row = {"person_id": person_id, "case_id": case_id, "terms": box}
    put = write.on_conflict_do_update(index_elements=["person_id"], set_={"terms": write.excluded.terms})
    await work.execute(put, row)


async def case_of(work: Work, person_id: str) -> str | None:
    found = await work.execute(select(CONSENTS.c.case_id).where(CONSENTS.c.person_id == person_id))
    return found.scalar_one_or_none()


async def forget(work: Work, person_id: str) -> None:
    for table in (OUTCOMES, CONSENTS):
        await work.execute(delete(table).where(table.c.person_id == person_id))


async def add_release(work: Work, release_id: str, release: Release, at: datetime) -> None:
    await work.execute(insert(RELEASES), {**vars(release), "release_id": release_id, "at": at})


async def newest_release(work: Work, figure: FigureName) -> Release | None:
    query = select(*_RELEASE).where(RELEASES.c.figure == figure)
    newest = query.order_by(RELEASES.c.at.desc(), RELEASES.c.release_id.desc()).limit(1)
    row = (await work.execute(newest)).mappings().one_or_none()
    return None if row is None else Release(**row)


def _tally_box(work: Work, figure: FigureName, tally: Tally) -> Ciphertext:
    said = " ".join(f"{number:09d}" for number in (tally.persons, tally.published, *tally.earlier))
    return work.vault.own().encrypt_text(f"tallies.counts/{figure}", said.ljust(PADDED))


def _tally(work: Work, figure: FigureName, box: Ciphertext) -> Tally:
    persons, published, *earlier = map(int, work.vault.own().decrypt_text(f"tallies.counts/{figure}", box).split())
    return Tally(persons, published, tuple(earlier))


def _context(person_id: str, figure: FigureName) -> str:
    return f"outcomes.counted/{person_id}/{figure}"


def _outcome(cipher: SubjectCipher, row: Any) -> Outcome:
    said = cipher.decrypt_text(_context(row.person_id, row.figure), row.counted)
    return Outcome(said[0] == "1", said[-1] == "1", row.at)
