"""The tables of triages and of what counted of each person, the rules file, and every query on them.

Rule: no triage is changed or removed while the case is there; the last one counts. What counted because it is known of
somebody is under that person's key, with the rules that count for nothing else: it goes with them, and the sum stays.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Column, Index, Integer, Select, Table, delete, func, insert, select

from services.intake.cases.model.triage import (
    Assessment,
    Counted,
    Factor,
    Rule,
    Rules,
    Triage,
    heaviest_first,
    read_rules,
)
from services.intake.database import metadata
from shared.database import Instant, Slice, ident, paged
from shared.vault import Encrypted, SubjectCipher
from shared.work import Work

TRIAGES = Table(
    "triages",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("case_id", ident(), nullable=False),
    Column("number", Integer, nullable=False),
    Column("terms", Encrypted, nullable=False),
    Column("decided_by", ident(), nullable=False),
    Column("decided_at", Instant, nullable=False),
    Index(None, "case_id", "number", unique=True),
)

FACTORS = Table(
    "triage_factors",
    metadata,
    Column("triage_id", ident(), primary_key=True),
    Column("person_id", ident(), primary_key=True),
    Column("case_id", ident(), nullable=False),
    Column("counted", Encrypted, nullable=False),
    Index(None, "person_id"),
    Index(None, "case_id"),
)

PADDED = 4096

FILE = Path(__file__).parents[1] / "data" / "triage.toml"


@cache
def rules() -> Rules:
    """The rules of this release."""
    return read_rules(FILE.read_text(encoding="utf-8"))


async def add(work: Work, case_id: str, triage: Triage, group: Collection[str]) -> None:
    """The caller holds the row of the case. group: who is on it; there is a row for each, whatever counted."""
    cipher = await work.cipher(case_id)
    counted = () if triage.assessment is None else triage.assessment.counted
    terms = {
        "priority": triage.priority,
        "reason": triage.reason,
        "assessment": None if triage.assessment is None else _said(triage.assessment),
        "expires_at": triage.expires_at,
        "again_at": triage.again_at,
    }
    last = select(func.coalesce(func.max(TRIAGES.c.number), 0)).where(TRIAGES.c.case_id == case_id)
    row = {
        "id": triage.id,
        "case_id": case_id,
        "number": (await work.execute(last)).scalar_one() + 1,
        "terms": cipher.encrypt_json(f"triages.terms/{triage.id}", terms),
        "decided_by": triage.decided_by,
        "decided_at": triage.decided_at,
    }
    await work.execute(insert(TRIAGES), row)
    ciphers = await work.ciphers(group)
    rows = [_factors_row(ciphers[one], triage.id, case_id, one, counted) for one in sorted(ciphers)]
    if rows:
        await work.execute(insert(FACTORS), rows)


async def with_factors(work: Work, triages: Sequence[Triage], person_ids: Collection[str]) -> list[Triage]:
    """The triages with what counted of these people."""
    ids = [one.id for one in triages]
    query = select(FACTORS).where(FACTORS.c.triage_id.in_(ids), FACTORS.c.person_id.in_(person_ids))
    rows = (await work.execute(query.order_by(FACTORS.c.person_id))).all()
    ciphers, found = await work.ciphers({row.person_id for row in rows}), dict[str, list[tuple[Rule, Factor]]]()
    for row in rows:
        if row.person_id in ciphers:
            found.setdefault(row.triage_id, []).extend(_opened(ciphers[row.person_id], row))
    return [_joined(one, found.get(one.id, ())) for one in triages]


async def latest(work: Work, case_id: str) -> Triage | None:
    """The one that counts."""
    row = (await work.execute(_of_case(case_id).order_by(TRIAGES.c.number.desc()).limit(1))).one_or_none()
    return None if row is None else _triage(await work.cipher(case_id), row)


async def page(work: Work, case_id: str, after: str | None, limit: int) -> Slice[Triage]:
    """The next of them, in the order in which they were decided."""
    rows = (await work.execute(paged(_of_case(case_id), (TRIAGES.c.number, TRIAGES.c.id), after, limit))).all()
    cipher = await work.cipher(case_id)
    return Slice.of(rows, limit, [_triage(cipher, row) for row in rows])


async def forget_person(work: Work, person_id: str) -> None:
    await work.execute(delete(FACTORS).where(FACTORS.c.person_id == person_id))


async def forget_case(work: Work, case_id: str) -> None:
    for table in (FACTORS, TRIAGES):
        await work.execute(delete(table).where(table.c.case_id == case_id))


def _of_case(case_id: str) -> Select[Any]:
    return select(TRIAGES).where(TRIAGES.c.case_id == case_id)


def _triage(cipher: SubjectCipher, row: Any) -> Triage:
    # What was decided before there were rules bears the id of its case, and its box was made for that.
    context = f"cases.triage/{row.case_id}" if row.id == row.case_id else f"triages.terms/{row.id}"
    said = cipher.decrypt_json(context, row.terms)
    return Triage(
        row.id,
        said["priority"],
        said["reason"],
        _assessment(said.get("assessment")),
        _instant(said.get("expires_at")),
        _instant(said.get("again_at")),
        row.decided_by,
        row.decided_at,
    )


def _said(assessment: Assessment) -> dict[str, Any]:
    """What of an assessment is about the case as a whole."""
    said = [asdict(it.rule) for it in assessment.counted if it.said]
    return {**asdict(assessment), "counted": said}


def _assessment(raw: dict[str, Any] | None) -> Assessment | None:
    if raw is None:
        return None
    return Assessment(**{**raw, "counted": tuple(Counted(Rule(**rule), said=True) for rule in raw["counted"])})


def _factors_row(
    cipher: SubjectCipher, triage_id: str, case_id: str, person_id: str, counted: Sequence[Counted]
) -> dict[str, Any]:
    theirs = [(asdict(it.rule), asdict(one)) for it in counted for one in it.factors if one.person_id == person_id]
    size = -(-len(box := orjson.dumps(theirs)) // PADDED) or 1
    return {
        "triage_id": triage_id,
        "person_id": person_id,
        "case_id": case_id,
        "counted": cipher.encrypt(f"triage_factors.counted/{triage_id}/{person_id}", box.ljust(size * PADDED)),
    }


def _opened(cipher: SubjectCipher, row: Any) -> list[tuple[Rule, Factor]]:
    told = cipher.decrypt_json(f"triage_factors.counted/{row.triage_id}/{row.person_id}", row.counted)
    return [(Rule(**rule), Factor(**{**one, "since": date.fromisoformat(one["since"])})) for rule, one in told]


def _joined(triage: Triage, told: Collection[tuple[Rule, Factor]]) -> Triage:
    if triage.assessment is None or not told:
        return triage
    said = {it.rule.code for it in triage.assessment.counted}
    counted = {it.rule.code: it.rule for it in triage.assessment.counted} | {rule.code: rule for rule, _ in told}
    rules = heaviest_first(
        Counted(rule, code in said, tuple(one for of, one in told if of.code == code)) for code, rule in counted.items()
    )
    return replace(triage, assessment=replace(triage.assessment, counted=rules))


def _instant(raw: str | None) -> datetime | None:
    return None if raw is None else datetime.fromisoformat(raw)
