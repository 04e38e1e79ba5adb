"""The tables of safe-contact profiles and of code words, and every query on them.

Rule: a profile is never overwritten: its next version is a row of its own, so that of two who write at once the second
is refused. The words lie apart, of one length, and leave this module only to be compared.
"""

from dataclasses import asdict
from datetime import datetime, time
from typing import Any

import orjson
from sqlalchemy import Column, Index, Integer, Table, delete, insert, select

from services.intake.database import metadata
from services.intake.people.model.safe_contact import Hours, Profile, SafeContact, Words
from shared.database import Instant, ident, insert_for
from shared.vault import Encrypted
from shared.work import Work

PADDED, WORDS_PADDED = 1024, 512

SAFE_CONTACTS = Table(
    "safe_contacts",
    metadata,
    Column("person_id", ident(), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("profile", Encrypted, nullable=False),
    Column("agreed_at", Instant, nullable=False),
    Column("recorded_by", ident(), nullable=False),
)

HEARINGS = Table(
    "word_hearings",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("person_id", ident(), nullable=False),
    Column("matched", Encrypted, nullable=False),
    Column("by", ident(), nullable=False),
    Column("at", Instant, nullable=False),
    Index(None, "person_id"),
)
"""Words that were heard: whether each was one of those agreed, never which."""

CODE_WORDS = Table(
    "code_words",
    metadata,
    Column("person_id", ident(), primary_key=True),
    Column("words", Encrypted, nullable=False),
)


async def load(work: Work, person_id: str) -> Profile:
    """The newest; of version 0 when there is none. Errors: Refusal not_found when the person was erased."""
    newest = select(SAFE_CONTACTS).where(SAFE_CONTACTS.c.person_id == person_id)
    row = (await work.execute(newest.order_by(SAFE_CONTACTS.c.version.desc()).limit(1))).one_or_none()
    cipher = await work.cipher(person_id)
    agreed = await work.execute(select(CODE_WORDS.c.person_id).where(CODE_WORDS.c.person_id == person_id))
    words = agreed.scalar_one_or_none() is not None
    if row is None:
        return Profile(person_id, None, words, 0)
    return Profile(person_id, _contact(cipher.decrypt_json(_place(row), row.profile)), words, row.version)


async def history(work: Work, person_id: str) -> list[tuple[int, str, dict[str, Any]]]:
    """Every version with the instant at which it was agreed and what it said, oldest first."""
    query = select(SAFE_CONTACTS).where(SAFE_CONTACTS.c.person_id == person_id)
    rows = (await work.execute(query.order_by(SAFE_CONTACTS.c.version))).all()
    cipher = await work.cipher(person_id)
    return [(row.version, row.agreed_at.isoformat(), cipher.decrypt_json(_place(row), row.profile)) for row in rows]


async def add(work: Work, person_id: str, version: int, contact: SafeContact) -> bool:
    """Write this version; False when somebody else has written it."""
    cipher = await work.cipher(person_id)
    said = orjson.dumps(asdict(contact)).ljust(PADDED)
    row = {
        "person_id": person_id,
        "version": version,
        "profile": cipher.encrypt(f"safe_contacts.profile/{person_id}/{version}", said),
        "agreed_at": work.now,
        "recorded_by": work.actor.id,
    }
    new = insert_for(work.dialect, SAFE_CONTACTS).on_conflict_do_nothing()
    return (await work.execute(new, row)).rowcount == 1


async def set_words(work: Work, person_id: str, words: Words) -> None:
    cipher = await work.cipher(person_id)
    said = orjson.dumps([words.code, words.duress]).ljust(WORDS_PADDED)
    row = {"person_id": person_id, "words": cipher.encrypt(f"code_words.words/{person_id}", said)}
    new = insert_for(work.dialect, CODE_WORDS)
    again = new.on_conflict_do_update(index_elements=["person_id"], set_={"words": new.excluded.words})
    await work.execute(again, row)


async def words_of(work: Work, person_id: str) -> Words | None:
    """To compare with, and for nothing else."""
    found = await work.execute(select(CODE_WORDS.c.words).where(CODE_WORDS.c.person_id == person_id))
    box = found.scalar_one_or_none()
    cipher = await work.cipher(person_id)
    return None if box is None else Words(*cipher.decrypt_json(f"code_words.words/{person_id}", box))


async def add_hearing(work: Work, person_id: str, hearing_id: str, *, matched: bool) -> None:
    box = (await work.cipher(person_id)).encrypt(f"word_hearings.matched/{hearing_id}", b"1" if matched else b"0")
    row = {"id": hearing_id, "person_id": person_id, "matched": box, "by": work.actor.id, "at": work.now}
    await work.execute(insert(HEARINGS), row)


async def matched(work: Work, person_id: str, hearing_id: str, since: datetime) -> bool:
    """Whether this person was heard to say an agreed word in this hearing, not before `since`."""
    theirs = HEARINGS.c.id == hearing_id, HEARINGS.c.person_id == person_id, HEARINGS.c.at > since
    box = (await work.execute(select(HEARINGS.c.matched).where(*theirs))).scalar_one_or_none()
    if box is None:
        return False
    return (await work.cipher(person_id)).decrypt(f"word_hearings.matched/{hearing_id}", box) == b"1"


async def forget(work: Work, person_id: str) -> None:
    for table in (SAFE_CONTACTS, CODE_WORDS, HEARINGS):
        await work.execute(delete(table).where(table.c.person_id == person_id))


def _place(row: Any) -> str:
    return f"safe_contacts.profile/{row.person_id}/{row.version}"


def _contact(said: dict[str, Any]) -> SafeContact:
    hours = [
        Hours(tuple(it["days"]), time.fromisoformat(it["begins"]), time.fromisoformat(it["until"]))
        for it in said["hours"]
    ]
    return SafeContact(**{**said, "hours": tuple(hours)})
