"""The tables of reports, of the statements that frozen ones use, and of their errata, and every query on them.

Rule: the plan of a report and what was frozen of it are encrypted under the report's own key. An erratum names no
statement: it counts.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Column, Index, Integer, Select, String, Table, delete, func, insert, select, update

from services.intake.database import metadata
from services.intake.testimony.model.reports import Plan, Report
from services.intake.testimony.model.statements import Statement, Use
from services.intake.testimony.store.statements import STATEMENTS, opened
from shared.access import Actor, staff_with
from shared.database import Instant, Slice, ident, paged
from shared.errors import not_found
from shared.vault import Ciphertext, Encrypted, SubjectCipher
from shared.work import Work

REPORTS = Table(
    "reports",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("edition", Integer, nullable=False),
    Column("earlier_id", ident()),
    Column("plan", Encrypted, nullable=False),
    Column("created_by", ident(), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("approval_id", ident()),
    Column("frozen_at", Instant),
    Column("source", Encrypted),
    Column("digest", String(64)),
    Column("pdf_id", ident()),
    Column("pdf_digest", String(64)),
    Column("version", Integer, nullable=False),
)

USED = Table(
    "report_statements",
    metadata,
    Column("report_id", ident(), primary_key=True),
    Column("statement_id", ident(), primary_key=True),
    Column("counted", Boolean, nullable=False),
    Column("quoted", Boolean, nullable=False),
    Column("taken_back", Boolean, nullable=False),
    Index(None, "statement_id"),
)

ERRATA = Table(
    "report_errata",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("report_id", ident(), nullable=False),
    Column("at", Instant, nullable=False),
    Index(None, "report_id"),
)

ROUND = 500
"""Statements that are read at once."""


def visible_to(actor: Actor, now: datetime) -> Select[Any]:
    """All reports for analysts and managers; the instant does not matter."""
    return select(REPORTS).where(staff_with(actor, "analyst", "manager"))


async def add(work: Work, report: Report) -> None:
    row = {
        **{name: getattr(report, name) for name in ("id", "edition", "earlier_id", "created_by", "version")},
        "plan": _sealed(await work.cipher(report.id), report),
        "created_at": work.now,
    }
    await work.execute(insert(REPORTS), row)


async def replan(work: Work, report: Report) -> None:
    """Another plan, of which nothing is proposed. The caller changed the version."""
    box = _sealed(await work.cipher(report.id), report)
    await work.execute(update(REPORTS).where(REPORTS.c.id == report.id).values(plan=box, approval_id=None))


async def propose(work: Work, report_id: str, approval_id: str) -> None:
    await work.execute(update(REPORTS).where(REPORTS.c.id == report_id).values(approval_id=approval_id))


async def freeze(work: Work, report: Report, source: bytes, used: Mapping[str, tuple[Use, ...]]) -> None:
    """Keep exactly this, and which statements it uses. The caller changed the version."""
    cipher = await work.cipher(report.id)
    box = cipher.encrypt(f"reports.source/{report.id}", source)
    values = {"source": box, "digest": report.digest, "frozen_at": report.frozen_at}
    await work.execute(update(REPORTS).where(REPORTS.c.id == report.id).values(values))
    rows = [
        {
            "report_id": report.id,
            "statement_id": it,
            "counted": "statistics" in uses,
            "quoted": "anonymised_report" in uses,
            "taken_back": False,
        }
        for it, uses in sorted(used.items())
    ]
    if rows:
        await work.execute(insert(USED), rows)


async def keep_pdf(work: Work, report_id: str, pdf_id: str, digest: str) -> None:
    await work.execute(update(REPORTS).where(REPORTS.c.id == report_id).values(pdf_id=pdf_id, pdf_digest=digest))


async def load(work: Work, report_id: str, *, lock: bool = False) -> Report:
    """Errors: Refusal not_found."""
    query = select(REPORTS).where(REPORTS.c.id == report_id)
    row = (await work.execute(query.with_for_update() if lock else query)).one_or_none()
    if row is None:
        raise not_found()
    return _report(await work.cipher(report_id), row)


async def source(work: Work, report_id: str) -> bytes:
    """What was frozen. Errors: Refusal not_found when nothing was."""
    box = (await work.execute(select(REPORTS.c.source).where(REPORTS.c.id == report_id))).scalar_one_or_none()
    if box is None:
        raise not_found()
    return (await work.cipher(report_id)).decrypt(f"reports.source/{report_id}", box)


async def page(work: Work, after: str | None, limit: int) -> Slice[Report]:
    """In the order in which they were begun."""
    query = paged(visible_to(work.actor, work.now), (REPORTS.c.created_at, REPORTS.c.id), after, limit)
    rows = (await work.execute(query)).all()
    ciphers = await work.ciphers([row.id for row in rows])
    return Slice.of(rows, limit, [_report(ciphers[row.id], row) for row in rows if row.id in ciphers])


async def errata(work: Work, report_ids: Collection[str]) -> dict[str, int]:
    """By report: how many statements that it uses were taken back or erased since."""
    query = select(ERRATA.c.report_id, func.count().label("number")).where(ERRATA.c.report_id.in_(sorted(report_ids)))
    found = {row.report_id: int(row.number) for row in await work.execute(query.group_by(ERRATA.c.report_id))}
    return {it: found.get(it, 0) for it in report_ids}


async def using(work: Work, statement_ids: Collection[str]) -> Sequence[Any]:
    """In which frozen reports these statements are and were not taken back from: report_id, counted, quoted."""
    query = select(USED).where(USED.c.statement_id.in_(sorted(statement_ids)), USED.c.taken_back.is_(False))
    return (await work.execute(query)).all()


async def add_errata(work: Work, rows: Collection[Any], ids: Collection[str]) -> None:
    """One erratum for each of these; ids: fresh ones, as many."""
    for row, erratum_id in zip(rows, ids, strict=True):
        await work.execute(insert(ERRATA), {"id": erratum_id, "report_id": row.report_id, "at": work.now})
        this = (USED.c.report_id == row.report_id) & (USED.c.statement_id == row.statement_id)
        await work.execute(update(USED).where(this).values(taken_back=True))


async def forget(work: Work, statement_ids: Collection[str]) -> None:
    """Which reports used these statements."""
    await work.execute(delete(USED).where(USED.c.statement_id.in_(sorted(statement_ids))))


async def taken_by(work: Work, as_of: datetime, after: str) -> tuple[list[Statement], str | None]:
    """The next statements that were taken by an instant, in order of their ids, and where to go on."""
    query = select(STATEMENTS).where(STATEMENTS.c.taken_at <= as_of, STATEMENTS.c.id > after)
    rows = (await work.execute(query.order_by(STATEMENTS.c.id).limit(ROUND))).all()
    return await opened(work, rows), rows[-1].id if len(rows) == ROUND else None


def _sealed(cipher: SubjectCipher, report: Report) -> Ciphertext:
    plan = report.plan
    told = [plan.title, plan.introduction, plan.topics, plan.as_of]
    return cipher.encrypt_json(f"reports.plan/{report.id}", told)


def _report(cipher: SubjectCipher, row: Any) -> Report:
    title, introduction, topics, as_of = cipher.decrypt_json(f"reports.plan/{row.id}", row.plan)
    plan = Plan(title, introduction, tuple(topics), datetime.fromisoformat(as_of))
    how = (row.created_by, row.approval_id, row.frozen_at, row.digest, row.pdf_id, row.pdf_digest, row.version)
    return Report(row.id, row.edition, row.earlier_id, plan, *how)
