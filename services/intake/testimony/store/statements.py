"""The tables of statements, their words and what they may be used for, and every query on them."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Index, Integer, Select, Table, delete, insert, select, update

from services.intake.database import metadata
from services.intake.testimony.model.statements import Happening, Interview, Statement, UseConsent, Words
from shared.access import Actor, assigned_cases, staff_with
from shared.database import Instant, Slice, ident, paged
from shared.errors import not_found
from shared.vault import Encrypted, SubjectCipher
from shared.veils import NOBODY, open_nothing
from shared.work import Work

STATEMENTS = Table(
    "statements",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("case_id", ident(), nullable=False),
    Column("person_id", ident()),
    Column("interview", Encrypted, nullable=False),
    Column("taken_by", ident(), nullable=False),
    Column("taken_at", Instant, nullable=False),
    Column("version", Integer, nullable=False),
    Index(None, "case_id"),
    Index(None, "person_id"),
)

WORDS = Table(
    "statement_words",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("statement_id", ident(), nullable=False),
    Column("number", Integer, nullable=False),
    Column("said", Encrypted, nullable=False),
    Column("written_by", ident(), nullable=False),
    Column("written_at", Instant, nullable=False),
    Index("ix_statement_words_number", "statement_id", "number", unique=True),
)

USE_CONSENTS = Table(
    "use_consents",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("statement_id", ident(), nullable=False),
    Column("terms", Encrypted, nullable=False),
    Column("given_at", Instant, nullable=False),
    Column("withdrawn_at", Instant),
    Index(None, "statement_id"),
)

_OF_STATEMENT = (WORDS, USE_CONSENTS)
_OLDEST_FIRST = (STATEMENTS.c.taken_at, STATEMENTS.c.id)


def visible_to(actor: Actor, now: datetime) -> Select[Any]:
    """The statements of cases that the actor is assigned to, for officers and caseworkers; broken glass opens none."""
    mine = STATEMENTS.c.case_id.in_(assigned_cases(actor))
    return select(STATEMENTS).where(mine, staff_with(actor, "intake_officer", "caseworker"))


async def add(work: Work, statement: Statement) -> None:
    cipher = await work.cipher(statement.key)
    facts = {**asdict(statement.interview), "behind": int(statement.behind)}
    row = {
        "id": statement.id,
        "case_id": statement.case_id,
        "person_id": statement.person_id,
        "interview": cipher.encrypt_json(f"statements.interview/{statement.id}", facts),
        "taken_by": statement.taken_by,
        "taken_at": statement.taken_at,
        "version": statement.version,
    }
    await work.execute(insert(STATEMENTS), row)


async def add_words(work: Work, statement: Statement, words: Words) -> None:
    cipher = await work.cipher(statement.key)
    said = [words.original, words.translation, [asdict(it) for it in words.happenings], words.why]
    row = {
        "id": words.id,
        "statement_id": statement.id,
        "number": words.number,
        "said": cipher.encrypt_json(f"statement_words.said/{words.id}", said),
        "written_by": words.written_by,
        "written_at": words.written_at,
    }
    await work.execute(insert(WORDS), row)


async def add_consent(work: Work, statement: Statement, consent_id: str, consent: UseConsent) -> None:
    cipher = await work.cipher(statement.key)
    terms = [consent.use, consent.expires_on, consent.proof]
    row = {
        "id": consent_id,
        "statement_id": statement.id,
        "terms": cipher.encrypt_json(f"use_consents.terms/{consent_id}", terms),
        "given_at": consent.given_at,
    }
    await work.execute(insert(USE_CONSENTS), row)


async def end_consents(work: Work, consent_ids: Collection[str]) -> None:
    ended = update(USE_CONSENTS).where(USE_CONSENTS.c.id.in_(sorted(consent_ids)))
    await work.execute(ended.values(withdrawn_at=work.now))


async def load(work: Work, statement_id: str, *, lock: bool = False) -> Statement:
    """Errors: Refusal not_found, also when it was erased."""
    query = select(STATEMENTS).where(STATEMENTS.c.id == statement_id)
    rows = (await work.execute(query.with_for_update() if lock else query)).all()
    found = await opened(work, rows)
    if not found:
        raise not_found()
    return found[0]


def named() -> Select[Any]:
    """What tells whether a statement is behind a veil; to be narrowed down to one."""
    return select(STATEMENTS.c.id, STATEMENTS.c.case_id, STATEMENTS.c.person_id, STATEMENTS.c.interview)


async def was_told_behind(work: Work, row: Any | None) -> bool:
    """Whether the statement of a row of `named` was taken behind a veil; of none at the same cost."""
    key = None if row is None else row.person_id or row.id
    cipher = (await work.ciphers({NOBODY, *([] if key is None else [key])})).get(key or NOBODY)
    open_nothing(work, 0 if cipher else 1)
    return cipher is not None and bool(_facts(cipher, row).get("behind", 0))


async def of_case(
    work: Work, case_id: str, after: str | None, limit: int, *, hidden: Collection[str]
) -> Slice[Statement]:
    """In the order in which they were taken, without those that are hidden; those of who was erased are left out."""
    query = visible_to(work.actor, work.now).where(STATEMENTS.c.case_id == case_id)
    query = query.where(STATEMENTS.c.id.not_in(sorted(hidden)))
    rows = (await work.execute(paged(query, _OLDEST_FIRST, after, limit))).all()
    return Slice.of(rows, limit, await opened(work, rows))


async def all_of_case(work: Work, case_id: str) -> list[Statement]:
    """Every statement of a case, whoever looks."""
    return await opened(work, (await work.execute(select(STATEMENTS).where(STATEMENTS.c.case_id == case_id))).all())


async def among(work: Work, ids: Collection[str]) -> list[Statement]:
    """The statements that have one of these ids."""
    return await opened(work, (await work.execute(select(STATEMENTS).where(STATEMENTS.c.id.in_(sorted(ids))))).all())


async def opened(work: Work, rows: Sequence[Any]) -> list[Statement]:
    """The statements of these rows; those of who was erased are left out."""
    ciphers = await work.ciphers({row.person_id or row.id for row in rows})
    return [_statement(ciphers[key], row) for row in rows if (key := row.person_id or row.id) in ciphers]


async def consents(work: Work, statements: Collection[Statement]) -> dict[str, dict[str, UseConsent]]:
    """By statement, and by id: all that was consented to, in order of time."""
    found: dict[str, dict[str, UseConsent]] = {it.id: {} for it in statements}
    ciphers = await work.ciphers({it.key for it in statements})
    keys = {it.id: it.key for it in statements}
    query = select(USE_CONSENTS).where(USE_CONSENTS.c.statement_id.in_(sorted(keys)))
    for row in (await work.execute(query.order_by(USE_CONSENTS.c.given_at, USE_CONSENTS.c.id))).all():
        cipher = ciphers.get(keys[row.statement_id])
        if cipher is not None:
            found[row.statement_id][row.id] = _consent(cipher, row)
    return found


async def newest_words(work: Work, statements: Collection[Statement], by: datetime | None = None) -> dict[str, Words]:
    """By statement: what it says in its last version, or the last that was written by an instant."""
    keys = {it.id: it.key for it in statements}
    query = select(WORDS).where(WORDS.c.statement_id.in_(sorted(keys)))
    query = query if by is None else query.where(WORDS.c.written_at <= by)
    rows = (await work.execute(query.order_by(WORDS.c.statement_id, WORDS.c.number))).all()
    ciphers = await work.ciphers(set(keys.values()))
    last = {row.statement_id: row for row in rows}
    return {it: _words(ciphers[keys[it]], row) for it, row in last.items() if keys[it] in ciphers}


async def words_of(work: Work, statement: Statement, number: int) -> Words:
    """One version. Errors: Refusal not_found."""
    query = select(WORDS).where(WORDS.c.statement_id == statement.id, WORDS.c.number == number)
    row = (await work.execute(query)).one_or_none()
    if row is None:
        raise not_found()
    return _words(await work.cipher(statement.key), row)


async def versions(work: Work, statement: Statement, after: str | None, limit: int) -> Slice[Words]:
    """Every version, oldest first."""
    query = select(WORDS).where(WORDS.c.statement_id == statement.id)
    rows = (await work.execute(paged(query, (WORDS.c.number, WORDS.c.id), after, limit))).all()
    cipher = await work.cipher(statement.key)
    return Slice.of(rows, limit, [_words(cipher, row) for row in rows])


async def of_person(work: Work, person_id: str) -> list[Statement]:
    """In the order in which they were taken."""
    query = select(STATEMENTS).where(STATEMENTS.c.person_id == person_id).order_by(*_OLDEST_FIRST)
    return await opened(work, (await work.execute(query)).all())


async def follow(work: Work, person_id: str, case_id: str) -> list[str]:
    """The statements of a person are on this case from now on; their ids."""
    moved = update(STATEMENTS).where(STATEMENTS.c.person_id == person_id, STATEMENTS.c.case_id != case_id)
    found = await work.execute(moved.values(case_id=case_id).returning(STATEMENTS.c.id))
    return list(found.scalars())


async def ids_of_person(work: Work, person_id: str) -> list[str]:
    return list((await work.execute(select(STATEMENTS.c.id).where(STATEMENTS.c.person_id == person_id))).scalars())


async def anonymous_of_case(work: Work, case_id: str) -> list[str]:
    """The statements of a case that no person of it is known to have made."""
    query = select(STATEMENTS.c.id).where(STATEMENTS.c.case_id == case_id, STATEMENTS.c.person_id.is_(None))
    return list((await work.execute(query)).scalars())


async def forget(work: Work, statement_ids: Collection[str]) -> None:
    for table in _OF_STATEMENT:
        await work.execute(delete(table).where(table.c.statement_id.in_(sorted(statement_ids))))
    await work.execute(delete(STATEMENTS).where(STATEMENTS.c.id.in_(sorted(statement_ids))))


def _facts(cipher: SubjectCipher, row: Any) -> dict[str, Any]:
    return dict(cipher.decrypt_json(f"statements.interview/{row.id}", row.interview))


def _statement(cipher: SubjectCipher, row: Any) -> Statement:
    facts = _facts(cipher, row)
    behind = bool(facts.pop("behind", 0))
    interview = Interview(**{**facts, "held_on": date.fromisoformat(facts["held_on"])})
    return Statement(row.id, row.case_id, row.person_id, interview, row.taken_by, row.taken_at, behind, row.version)


def _words(cipher: SubjectCipher, row: Any) -> Words:
    original, translation, happenings, why = cipher.decrypt_json(f"statement_words.said/{row.id}", row.said)
    coded = tuple(Happening(**it) for it in happenings)
    return Words(row.id, row.number, original, translation, coded, why, row.written_by, row.written_at)


def _consent(cipher: SubjectCipher, row: Any) -> UseConsent:
    use, expires, proof = cipher.decrypt_json(f"use_consents.terms/{row.id}", row.terms)
    expires_on = None if expires is None else date.fromisoformat(expires)
    return UseConsent(use, expires_on, proof, row.given_at, row.withdrawn_at)
