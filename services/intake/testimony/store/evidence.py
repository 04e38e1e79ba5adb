"""The tables of evidence and of who has had it, and every query on them.

Rule: entries of the chain are only added; the head of the chain stands with the evidence, encrypted.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, Integer, Select, Table, delete, insert, select, update

from services.intake.database import metadata
from services.intake.testimony.model.evidence import START, Evidence, Handover
from services.intake.testimony.model.statements import Statement
from services.intake.testimony.store import statements
from services.intake.testimony.store.statements import STATEMENTS
from shared.database import Instant, Slice, ident, paged
from shared.errors import not_found
from shared.vault import Ciphertext, Encrypted, SubjectCipher
from shared.work import Work

EVIDENCE = Table(
    "evidence",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("statement_id", ident(), nullable=False),
    Column("case_id", ident(), nullable=False),
    Column("facts", Encrypted, nullable=False),
    Column("file_id", ident()),
    Column("copy_of", ident()),
    Column("added_at", Instant, nullable=False),
    Column("version", Integer, nullable=False),
    Index(None, "statement_id"),
)

CUSTODY = Table(
    "custody",
    metadata,
    Column("evidence_id", ident(), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("entry", Encrypted, nullable=False),
)


async def add(work: Work, statement: Statement, evidence: Evidence) -> None:
    row = {
        "id": evidence.id,
        "statement_id": statement.id,
        "case_id": statement.case_id,
        "facts": _facts(await work.cipher(evidence.key), evidence),
        "file_id": evidence.file_id,
        "copy_of": evidence.copy_of,
        "added_at": work.now,
        "version": evidence.version,
    }
    await work.execute(insert(EVIDENCE), row)


async def keep_facts(work: Work, evidence: Evidence) -> None:
    """Write down what is known of it now: digest, content, head of its chain. The caller changed its version."""
    box = _facts(await work.cipher(evidence.key), evidence)
    kept = update(EVIDENCE).where(EVIDENCE.c.id == evidence.id)
    await work.execute(kept.values(facts=box, file_id=evidence.file_id))


async def add_handover(work: Work, evidence: Evidence, entry: Handover) -> None:
    cipher = await work.cipher(evidence.key)
    facts = [entry.given_by, entry.received_by, entry.reason, entry.at, entry.recorded_by, entry.link]
    box = cipher.encrypt_json(f"custody.entry/{evidence.id}/{entry.number}", facts)
    await work.execute(insert(CUSTODY), {"evidence_id": evidence.id, "number": entry.number, "entry": box})


async def load(work: Work, evidence_id: str) -> Evidence:
    """Errors: Refusal not_found, also when it was erased."""
    found = await _opened(work, _with_key().where(EVIDENCE.c.id == evidence_id))
    if not found:
        raise not_found()
    return found[0]


def statement_of(evidence_id: str) -> Select[Any]:
    """The statement that it came with."""
    query = statements.named().join(EVIDENCE, EVIDENCE.c.statement_id == STATEMENTS.c.id)
    return query.where(EVIDENCE.c.id == evidence_id)


async def chain(work: Work, evidence: Evidence) -> list[Handover]:
    """Who handed it to whom, oldest first. Errors: Refusal invalid `ciphertext_broken`."""
    cipher = await work.cipher(evidence.key)
    query = select(CUSTODY).where(CUSTODY.c.evidence_id == evidence.id).order_by(CUSTODY.c.number)
    return [_handover(cipher, row) for row in (await work.execute(query)).all()]


async def of_statement(work: Work, statement_id: str, after: str | None, limit: int) -> Slice[Evidence]:
    query = paged(_with_key(), (EVIDENCE.c.added_at, EVIDENCE.c.id), after, limit)
    rows_query = query.where(EVIDENCE.c.statement_id == statement_id)
    rows = (await work.execute(rows_query)).all()
    return Slice.of(rows, limit, await _opened(work, rows_query))


async def follow(work: Work, statement_ids: Collection[str], case_id: str) -> None:
    """What belongs to these statements is on this case from now on."""
    theirs = EVIDENCE.c.statement_id.in_(sorted(statement_ids))
    await work.execute(update(EVIDENCE).where(theirs).values(case_id=case_id))


async def forget(work: Work, statement_ids: Collection[str]) -> None:
    theirs = select(EVIDENCE.c.id).where(EVIDENCE.c.statement_id.in_(sorted(statement_ids)))
    await work.execute(delete(CUSTODY).where(CUSTODY.c.evidence_id.in_(theirs)))
    await work.execute(delete(EVIDENCE).where(EVIDENCE.c.statement_id.in_(sorted(statement_ids))))


def _with_key() -> Select[Any]:
    return select(EVIDENCE, STATEMENTS.c.person_id).join(STATEMENTS, STATEMENTS.c.id == EVIDENCE.c.statement_id)


async def _opened(work: Work, query: Select[Any]) -> list[Evidence]:
    rows = (await work.execute(query)).all()
    ciphers = await work.ciphers({row.person_id or row.statement_id for row in rows})
    return [_evidence(key, ciphers[key], row) for row in rows if (key := row.person_id or row.statement_id) in ciphers]


def _facts(cipher: SubjectCipher, it: Evidence) -> Ciphertext:
    return cipher.encrypt_json(f"evidence.facts/{it.id}", [it.description, it.digest, it.head])


def _evidence(key: str, cipher: SubjectCipher, row: Any) -> Evidence:
    description, digest, head = cipher.decrypt_json(f"evidence.facts/{row.id}", row.facts)
    where = (row.id, row.statement_id, row.case_id, key)
    return Evidence(*where, description, row.file_id, digest, row.copy_of, head or START, row.version)


def _handover(cipher: SubjectCipher, row: Any) -> Handover:
    entry = cipher.decrypt_json(f"custody.entry/{row.evidence_id}/{row.number}", row.entry)
    given_by, received_by, reason, at, recorded_by, link = entry
    return Handover(row.number, given_by, received_by, reason, datetime.fromisoformat(at), recorded_by, link)
