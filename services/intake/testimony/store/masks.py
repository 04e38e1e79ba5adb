"""The table of maskings, and every query on it.

Rule: of those that stand for a version of the words the newest counts: `stands_since` is the version of the statement
with which it came to stand.
"""

from collections.abc import Collection
from dataclasses import asdict
from typing import Any

from sqlalchemy import Column, Index, Integer, Select, Table, delete, insert, select, update

from services.intake.database import metadata
from services.intake.testimony.model.masks import Masking, Span
from services.intake.testimony.model.statements import Statement
from services.intake.testimony.store import statements
from services.intake.testimony.store.statements import STATEMENTS
from shared.database import Instant, ident
from shared.errors import not_found
from shared.vault import Encrypted, SubjectCipher
from shared.work import Work

MASKINGS = Table(
    "maskings",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("statement_id", ident(), nullable=False),
    Column("case_id", ident(), nullable=False),
    Column("number", Integer, nullable=False),
    Column("spans", Encrypted, nullable=False),
    Column("set_by", ident(), nullable=False),
    Column("set_at", Instant, nullable=False),
    Column("approval_id", ident()),
    Column("stands_since", Integer),
    Index(None, "statement_id"),
)


async def add(work: Work, statement: Statement, masking: Masking) -> None:
    cipher = await work.cipher(statement.key)
    row = {
        "id": masking.id,
        "statement_id": statement.id,
        "case_id": statement.case_id,
        "number": masking.number,
        "spans": cipher.encrypt_json(f"maskings.spans/{masking.id}", [asdict(it) for it in masking.spans]),
        "set_by": masking.set_by,
        "set_at": work.now,
        "approval_id": masking.approval_id,
        "stands_since": statement.version if masking.stands else None,
    }
    await work.execute(insert(MASKINGS), row)


async def let_stand(work: Work, masking_id: str, version: int) -> None:
    """A second person agreed; version: that of the statement from now on."""
    await work.execute(update(MASKINGS).where(MASKINGS.c.id == masking_id).values(stands_since=version))


async def load(work: Work, masking_id: str) -> Masking:
    """Errors: Refusal not_found."""
    query = select(MASKINGS, STATEMENTS.c.person_id).join(STATEMENTS, STATEMENTS.c.id == MASKINGS.c.statement_id)
    row = (await work.execute(query.where(MASKINGS.c.id == masking_id))).one_or_none()
    if row is None:
        raise not_found()
    return _masking(await work.cipher(row.person_id or row.statement_id), row)


def statement_of(named: str) -> Select[Any]:
    """The statement of the masking with this id, or whose approval has it."""
    query = statements.named().join(MASKINGS, MASKINGS.c.statement_id == STATEMENTS.c.id)
    return query.where((MASKINGS.c.id == named) | (MASKINGS.c.approval_id == named))


async def standing(work: Work, statements: Collection[Statement]) -> dict[tuple[str, int], Masking]:
    """By statement and version: the masking that counts."""
    keys = {it.id: it.key for it in statements}
    query = select(MASKINGS).where(MASKINGS.c.statement_id.in_(sorted(keys)), MASKINGS.c.stands_since.is_not(None))
    rows = (await work.execute(query.order_by(MASKINGS.c.stands_since))).all()
    ciphers = await work.ciphers(set(keys.values()))
    newest = {(row.statement_id, row.number): row for row in rows if keys[row.statement_id] in ciphers}
    return {place: _masking(ciphers[keys[row.statement_id]], row) for place, row in newest.items()}


async def among(work: Work, ids: Collection[str]) -> list[Any]:
    """The maskings that have one of these ids, or an approval that does: id, statement_id, approval_id."""
    named = MASKINGS.c.id.in_(sorted(ids)) | MASKINGS.c.approval_id.in_(sorted(ids))
    return list(await work.execute(select(MASKINGS.c.id, MASKINGS.c.statement_id, MASKINGS.c.approval_id).where(named)))


async def ids_of(work: Work, statement_ids: Collection[str]) -> list[str]:
    query = select(MASKINGS.c.id).where(MASKINGS.c.statement_id.in_(sorted(statement_ids)))
    return list((await work.execute(query)).scalars())


async def follow(work: Work, statement_ids: Collection[str], case_id: str) -> None:
    """What belongs to these statements is on this case from now on."""
    theirs = MASKINGS.c.statement_id.in_(sorted(statement_ids))
    await work.execute(update(MASKINGS).where(theirs).values(case_id=case_id))


async def forget(work: Work, statement_ids: Collection[str]) -> None:
    await work.execute(delete(MASKINGS).where(MASKINGS.c.statement_id.in_(sorted(statement_ids))))


def _masking(cipher: SubjectCipher, row: Any) -> Masking:
    spans = [
        Span(**{**it, "uses": tuple(it["uses"])}) for it in cipher.decrypt_json(f"maskings.spans/{row.id}", row.spans)
    ]
    who = (row.set_by, row.approval_id, row.stands_since is not None)
    return Masking(row.id, row.statement_id, row.case_id, row.number, tuple(spans), *who)
