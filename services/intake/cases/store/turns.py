"""The table of what happened to a case as a whole, and every query on it; rows are only added.

Rule: what is about one person, such as that they died, is under that person's key and goes where they go.
"""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Column, Index, Integer, Table, delete, func, insert, select, update

from services.intake.cases.model.endings import Assessment, NeedLeft, Turn
from services.intake.database import metadata
from shared.audit import AUDIT
from shared.database import Instant, Slice, ident, paged
from shared.vault import Ciphertext, Encrypted, SubjectCipher
from shared.work import Work

TURNS = Table(
    "case_turns",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("case_id", ident(), nullable=False),
    Column("number", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", ident(), nullable=False),
    Column("said", Encrypted, nullable=False),
    Column("person_id", ident()),
    Index(None, "case_id", "number", unique=True),
    Index(None, "person_id"),
)

_AS_THEY_CAME = (TURNS.c.number, TURNS.c.id)


async def add(work: Work, case_id: str, turn: Turn) -> None:
    """The caller holds the case."""
    row = {
        "id": turn.id,
        "case_id": case_id,
        "at": turn.at,
        "by": turn.by,
        "said": _said(await work.cipher(turn.person_id or case_id), turn),
        "person_id": turn.person_id,
    }
    await work.execute(insert(TURNS).values(**row, number=_next(case_id)))


async def page(work: Work, case_id: str, after: str | None, limit: int) -> Slice[Turn]:
    """Oldest first."""
    query = select(TURNS).where(TURNS.c.case_id == case_id)
    rows = (await work.execute(paged(query, _AS_THEY_CAME, after, limit))).all()
    ciphers = await work.ciphers({row.person_id or case_id for row in rows})
    kept = [row for row in rows if (row.person_id or case_id) in ciphers]
    return Slice.of(rows, limit, [_turn(ciphers[row.person_id or case_id], row) for row in kept])


async def last_end(work: Work, case_id: str) -> Turn | None:
    whole = TURNS.c.case_id == case_id, TURNS.c.person_id.is_(None)
    query = select(TURNS).where(*whole).order_by(TURNS.c.number.desc())
    cipher = await work.cipher(case_id)
    told = (_turn(cipher, row) for row in await work.execute(query))
    return next((turn for turn in told if turn.what == "closed"), None)


async def of_the_case(work: Work, turn_id: str) -> tuple[str, Turn] | None:
    """The case of a turn that is under its key, and what it says."""
    query = select(TURNS).where(TURNS.c.id == turn_id, TURNS.c.person_id.is_(None))
    row = (await work.execute(query)).one_or_none()
    if row is None:
        return None
    ciphers = await work.ciphers([row.case_id])
    return (row.case_id, _turn(ciphers[row.case_id], row)) if ciphers else None


async def whose_death(work: Work, case_id: str, at: datetime) -> set[str]:
    """Whose death was written down about a case at this instant, as the log tells."""
    noted = AUDIT.c.verb == "note_death", AUDIT.c.case_id == case_id, AUDIT.c.at == at, AUDIT.c.denied.is_(False)
    return {
        str(orjson.loads(told)[0]) for told in (await work.execute(select(AUDIT.c.subjects).where(*noted))).scalars()
    }


async def give_to(work: Work, turn: Turn, person_id: str) -> None:
    """What is about this person is under their key from now on."""
    theirs = {"said": _said(await work.cipher(person_id), turn), "person_id": person_id}
    await work.execute(update(TURNS).where(TURNS.c.id == turn.id).values(theirs))


async def drop(work: Work, turn_id: str) -> None:
    """It is about somebody who was erased."""
    await work.execute(delete(TURNS).where(TURNS.c.id == turn_id))


async def follow(work: Work, person_ids: Collection[str], to_case_id: str) -> None:
    """What is about these people goes with them to another case."""
    theirs = (await work.execute(select(TURNS.c.id).where(TURNS.c.person_id.in_(person_ids)))).scalars().all()
    for turn_id in sorted(theirs):
        moved = {"case_id": to_case_id, "number": _next(to_case_id)}
        await work.execute(update(TURNS).where(TURNS.c.id == turn_id).values(moved))


async def forget_person(work: Work, person_id: str) -> None:
    await work.execute(delete(TURNS).where(TURNS.c.person_id == person_id))


async def forget_case(work: Work, case_id: str) -> None:
    await work.execute(delete(TURNS).where(TURNS.c.case_id == case_id))


def _said(cipher: SubjectCipher, turn: Turn) -> Ciphertext:
    said = asdict(turn)
    said = {name: said[name] for name in ("what", "reason", "outcome", "assessment", "review_at")}
    return cipher.encrypt_json(f"case_turns.said/{turn.id}", said)


def _next(case_id: str) -> Any:
    highest = select(func.coalesce(func.max(TURNS.c.number), 0)).where(TURNS.c.case_id == case_id)
    return highest.scalar_subquery() + 1


def _turn(cipher: SubjectCipher, row: Any) -> Turn:
    said = cipher.decrypt_json(f"case_turns.said/{row.id}", row.said)
    review = said["review_at"]
    return Turn(
        row.id,
        said["what"],
        row.at,
        row.by,
        said["reason"],
        said["outcome"],
        None if said["assessment"] is None else _assessment(said["assessment"]),
        None if review is None else datetime.fromisoformat(review),
        row.person_id,
    )


def _assessment(said: dict[str, Any]) -> Assessment:
    return Assessment(**{**said, "needs": tuple(NeedLeft(**need) for need in said["needs"])})
