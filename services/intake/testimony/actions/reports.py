"""What can be done with reports: plan one, see its draft, have two people freeze it, have its PDF, begin an edition.

Rule: a draft is compiled anew at every look, so what was taken back is out of it at once. What two people sign is what
is frozen, byte for byte. What was told behind a veil is in no report while the veil is there; what was told before it
stays, because a number that falls would tell of it.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, literal

from services.intake.cases.actions import journeys
from services.intake.duties import actions as duties
from services.intake.duties.model import Who
from services.intake.testimony.model import reports as model
from services.intake.testimony.model.reports import Compiled, Plan, Report, Usable
from services.intake.testimony.model.statements import Statement, live
from services.intake.testimony.store import claims, masks, statements
from services.intake.testimony.store import reports as store
from services.intake.testimony.typesetting import typeset
from shared import runs
from shared.access import Actor, Approval, Resource, staff_with
from shared.approving import Act, propose, sign
from shared.approving import replace as end_open
from shared.clock import new_id
from shared.database import Slice
from shared.errors import conflict, stale
from shared.pool import Limits
from shared.running import Computation
from shared.runs import Run
from shared.vault import FileKind, Incoming, Stored, files
from shared.work import Work

REPORTS = Resource("Reports", "all", {})

OPEN_FOR = timedelta(days=14)
PDF = "report_pdf"
MIB = 1024 * 1024


async def _all(_work: Work, _approval: Approval) -> Resource:
    return REPORTS


def _near(actor: Actor, _now: datetime) -> ColumnElement[bool]:
    return literal(True) & staff_with(actor, *SIGNERS)


SIGNERS = ("analyst", "manager")

FREEZE = Act(
    "freezing",
    OPEN_FOR,
    "freeze_report",
    "see_reports",
    "/reports/{subject_id}/freezing/decision",
    _all,
    _near,
    waiting=duties.Unsigned(Who.others(*SIGNERS), report=True),
)


@dataclass(frozen=True)
class Seen:
    """A report; errata: how many statements that it uses were taken back or erased since it was frozen."""

    report: Report
    errata: int


async def plan(work: Work, plan: Plan, earlier_id: str | None) -> Seen:
    """Begin a report, or the next edition of a frozen one.

    Errors: Refusal forbidden; invalid as_of_in_future; not_found, conflict not_frozen about the earlier edition.
    """
    work.permit("compile_report", REPORTS)
    model.check_plan(plan, work.now)
    edition = 1
    if earlier_id is not None:
        earlier = await store.load(work, earlier_id)
        model.check_frozen(earlier)
        edition = earlier.edition + 1
    report = Report(new_id(), edition, earlier_id, plan, work.actor.id, *(None,) * 5, version=1)
    work.create_key(report.id)
    await store.add(work, report)
    work.audit("plan_report", subjects=[report.id])
    return Seen(report, 0)


async def replan(work: Work, report_id: str, version: int, plan: Plan) -> Seen:
    """Change what it is to be; what was proposed of it ends. Errors: Refusal forbidden, not_found, stale, conflict."""
    work.permit("compile_report", REPORTS)
    model.check_plan(plan, work.now)
    report = await _changed(work, report_id, version)
    report = replace(report, plan=plan, approval_id=None)
    await end_open(work, FREEZE, report_id)
    await store.replan(work, report)
    work.audit("plan_report", subjects=[report_id])
    return Seen(report, 0)


async def see_draft(work: Work, report_id: str) -> tuple[Report, Compiled]:
    """What it would say if it were frozen now. Errors: Refusal forbidden, not_found, conflict frozen."""
    work.permit("see_reports", REPORTS)
    report = await store.load(work, report_id)
    model.check_draft(report)
    found = await _compiled(work, report)
    work.audit("see_draft", subjects=[report_id, *sorted(found.used)])
    return report, found


async def propose_freezing(work: Work, report_id: str, version: int) -> Seen:
    """Ask somebody else to freeze exactly what it says now. Errors: Refusal forbidden, not_found, stale, conflict."""
    work.permit("compile_report", REPORTS)
    report = await _changed(work, report_id, version)
    await end_open(work, FREEZE, report_id)
    approval = await propose(work, FREEZE, report_id, (await _compiled(work, report)).source())
    await store.propose(work, report_id, approval.id)
    return Seen(replace(report, approval_id=approval.id), 0)


async def decide_freezing(work: Work, report_id: str, version: int, *, approve: bool) -> Seen:
    """Somebody else agrees; from then on it does not change, and its PDF is made.

    Errors: Refusal forbidden, not_found, stale; conflict frozen, not_proposed, same_person, approval_expired, and
    content_changed when it would say something else by now: somebody took a statement back.
    """
    work.permit("freeze_report", REPORTS)
    report = await _changed(work, report_id, version)
    if report.approval_id is None:
        raise conflict("not_proposed", "Nobody proposed to freeze this report.")
    found = await _compiled(work, report)
    source = found.source()
    signed = await sign(work, FREEZE, report.approval_id, source, approve=approve)
    if signed.state != "approved":
        return Seen(report, 0)
    report = replace(report, frozen_at=work.now, digest=model.digest(source))
    await store.freeze(work, report, source, found.used)
    await runs.begin(work, PDF, report_id)
    return Seen(report, 0)


async def see_reports(work: Work, after: str | None, limit: int) -> Slice[Seen]:
    """Errors: Refusal forbidden."""
    work.permit("see_reports", REPORTS)
    found = await store.page(work, after, limit)
    errata = await store.errata(work, [it.id for it in found.items])
    work.audit("see_reports", subjects=[it.id for it in found.items])
    return found.map(lambda it: Seen(it, errata[it.id]))


async def see_report(work: Work, report_id: str) -> Seen:
    """Errors: Refusal forbidden, not_found."""
    work.permit("see_reports", REPORTS)
    report = await store.load(work, report_id)
    work.audit("see_reports", subjects=[report_id])
    return Seen(report, (await store.errata(work, [report_id]))[report_id])


async def make_pdf(work: Work, report_id: str) -> Run:
    """Make the PDF of a frozen report, or make it again and compare. Errors: Refusal forbidden, not_found, conflict."""
    work.permit("compile_report", REPORTS)
    model.check_frozen(await store.load(work, report_id))
    work.audit("make_pdf", subjects=[report_id])
    return await runs.begin(work, PDF, report_id)


async def see_pdf(work: Work, report_id: str) -> Stored:
    """Errors: Refusal forbidden, not_found; conflict not_made, pdf_changed when it is not what was made."""
    work.permit("see_reports", REPORTS)
    report = await store.load(work, report_id)
    model.check_made(report)
    stored = await files.find(work.tx, await work.cipher(report_id), report.pdf_id or "")
    work.audit("see_pdf", subjects=[report_id])
    if await files.digest_of(work.tx, stored) != report.pdf_digest:
        raise conflict("pdf_changed", "This file is not what was made of the report; have it made again.")
    return stored


async def finish_pdf(work: Work, run: Run, incoming: Incoming | None) -> None:
    """The PDF is there, the first time or again; one of other bytes is not kept, and that is on the log."""
    if incoming is None:
        return
    report = await store.load(work, run.subject, lock=True)
    if report.pdf_digest in (None, incoming.digest):
        if report.pdf_id is not None:
            await files.drop(work.tx, report.pdf_id)
        await store.keep_pdf(work, report.id, incoming.id, incoming.digest)
        work.audit("keep_pdf", subjects=[report.id])
    else:
        await files.drop(work.tx, incoming.id)
        work.audit("find_pdf_different", subjects=[report.id])


PDFS = Computation(
    typeset,
    store.source,
    finish_pdf,
    FileKind(32 * MIB, {"application/pdf": b"%PDF-"}),
    "application/pdf",
    Limits(seconds=60.0),
)


async def _changed(work: Work, report_id: str, version: int) -> Report:
    """The draft in its next version. Errors: Refusal not_found, stale, conflict frozen."""
    report = await store.load(work, report_id, lock=True)
    if report.version != version:
        raise stale("stale_version", "Somebody changed it since you looked.")
    model.check_draft(report)
    return replace(report, version=await work.change(store.REPORTS, report_id, version))


async def _compiled(work: Work, report: Report) -> Compiled:
    usable: list[Usable] = []
    after: str | None = ""
    while after is not None:
        some, after = await store.taken_by(work, report.plan.as_of, after)
        usable += await _usable(work, report.plan.as_of, some)
    told = await claims.all_of(work, report.plan.topics, report.plan.as_of)
    if report.earlier_id is None:
        return model.compiled(report, usable, told, None, 0)
    errata = (await store.errata(work, [report.earlier_id]))[report.earlier_id]
    return model.compiled(report, usable, told, await store.source(work, report.earlier_id), errata)


async def _usable(work: Work, as_of: datetime, taken: Collection[Statement]) -> list[Usable]:
    veiled = await journeys.veiled_cases(work, {it.case_id for it in taken if it.behind})
    some = [it for it in taken if not (it.behind and it.case_id in veiled)]
    words, masked = await statements.newest_words(work, some, as_of), await masks.standing(work, some)
    consents, today = await statements.consents(work, some), work.now.date()
    given = {it.id: [one for one in consents[it.id].values() if one.given_at <= as_of] for it in some}
    return [
        Usable(it, words[it.id], live(given[it.id], today), masked.get((it.id, words[it.id].number)))
        for it in some
        if it.id in words
    ]
