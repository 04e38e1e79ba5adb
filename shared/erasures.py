"""The ledger of erasures: who was erased, which ids went with them, and how far each service has come.

Rule: it holds ids and instants, never content, and outlives what it tells of: a row here is the tombstone. Whoever is
in it is left out of every event from then on, whatever comes again.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Column, Index, Integer, String, Table, func, select, update

from shared.access import Executes
from shared.database import FOUNDATION, Instant, Transaction, ident, insert_for

Kind = Literal["person", "request", "referral", "case", "found"]
Step = Literal["keys", "rows", "swept", "purged"]

PURGED = "erase_purged"
"""The timer that an operator's purge leaves for the service whose events were purged."""

ERASURES = Table(
    "erasures",
    FOUNDATION,
    Column("subject", ident(), primary_key=True),
    Column("person_id", ident(), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("key", ident(), nullable=False),
    Column("at", Instant, nullable=False),
    Column("done_at", Instant),
    Column("purged_at", Instant),
    Column("purged_through", Integer),
    Index(None, "person_id"),
)

FORMER_CASES = Table(
    "erased_from",
    FOUNDATION,
    Column("person_id", ident(), primary_key=True),
    Column("key", ident(), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("purged_through", Integer),
    Index(None, "key"),
)
"""The cases on which somebody who was erased had been before their last."""

ERASURE_STEPS = Table(
    "erasure_steps",
    FOUNDATION,
    Column("person_id", ident(), primary_key=True),
    Column("service", String(32), primary_key=True),
    Column("step", String(8), primary_key=True),
    Column("at", Instant, nullable=False),
)


@dataclass(frozen=True)
class Gone:
    """An erased person with what goes with them.

    case_id: where they were, if that is known here; ended_case: the case that goes too, or an id that may be one.
    former_cases: where they had been before.
    """

    person_id: str
    case_id: str | None
    ended_case: str | None = None
    request_ids: tuple[str, ...] = ()
    referral_ids: tuple[str, ...] = ()
    former_cases: tuple[str, ...] = ()

    @property
    def found(self) -> bool:
        """Known by a destroyed key alone: nobody decided it here, so nobody else answers."""
        return self.ended_case == self.person_id

    @property
    def subjects(self) -> tuple[str, ...]:
        """Whose keys are destroyed."""
        return tuple({self.person_id, *self.request_ids, *((self.ended_case,) if self.ended_case else ())})


async def enter(tx: Transaction, gone: Gone, at: datetime, *, found: bool = False) -> bool:
    """Write down that these are erased; False when it was known. found: by a destroyed key, not by a decision."""
    kind: Kind = "found" if found else "person"
    rows: list[tuple[str, Kind, str]] = [(gone.person_id, kind, gone.case_id or gone.person_id)]
    if not found:
        rows += [(it, "request", it) for it in gone.request_ids]
        rows += [(it, "referral", it) for it in gone.referral_ids]
        rows += [(gone.ended_case, "case", gone.ended_case)] if gone.ended_case else []
    insert = insert_for(tx.dialect, ERASURES)
    new = 0
    for subject, what, key in rows:
        row = {"subject": subject, "person_id": gone.person_id, "kind": what, "key": key, "at": at}
        new += (await tx.execute(insert.on_conflict_do_nothing(), row)).rowcount
    former = insert_for(tx.dialect, FORMER_CASES).on_conflict_do_nothing()
    for case_id in gone.former_cases:
        await tx.execute(former, {"person_id": gone.person_id, "key": case_id, "at": at})
    return new > 0


async def gone_with(ex: Executes, person_id: str) -> Gone:
    """What the ledger says of an erasure. It must be there."""
    rows = (await ex.execute(select(ERASURES).where(ERASURES.c.person_id == person_id))).all()
    of_kind = {kind: tuple(sorted(row.subject for row in rows if row.kind == kind)) for kind in ("request", "referral")}
    ended = next((row.subject for row in rows if row.kind in {"case", "found"}), None)
    (root,) = (row for row in rows if row.subject == person_id)
    case_id = root.key if root.key != person_id else None
    former = select(FORMER_CASES.c.key).where(FORMER_CASES.c.person_id == person_id).order_by(FORMER_CASES.c.key)
    former_cases = tuple((await ex.execute(former)).scalars())
    return Gone(person_id, case_id, ended, of_kind["request"], of_kind["referral"], former_cases)


async def erased_among(ex: Executes, subjects: Collection[str]) -> set[str]:
    """Which of these ids were erased."""
    if not subjects:
        return set()
    found = await ex.execute(select(ERASURES.c.subject).where(ERASURES.c.subject.in_(sorted(subjects))))
    return set(found.scalars())


async def note_step(tx: Transaction, person_id: str, service: str, step: Step, at: datetime) -> None:
    """A service has come this far; a second time changes nothing."""
    insert = insert_for(tx.dialect, ERASURE_STEPS)
    row = {"person_id": person_id, "service": service, "step": step, "at": at}
    await tx.execute(insert.on_conflict_do_nothing(), row)


async def steps_of(ex: Executes, person_id: str) -> list[tuple[str, Step, datetime]]:
    """Service, step and instant, oldest first."""
    steps = ERASURE_STEPS.c
    query = select(steps.service, steps.step, steps.at).where(steps.person_id == person_id)
    return [(row.service, row.step, row.at) for row in await ex.execute(query.order_by(steps.at, steps.service))]


async def finish(ex: Executes, person_id: str, needed: Collection[str], at: datetime) -> bool:
    """The erasure is done once all of `needed` have emptied their rows; returns whether it is."""
    # Of two that come last at once, the second waits here and then reads what the first wrote.
    root = select(ERASURES.c.subject).where(ERASURES.c.subject == person_id)
    await ex.execute(root.with_for_update())
    emptied = {service for service, step, _ in await steps_of(ex, person_id) if step == "rows"}
    if not emptied >= set(needed):
        return False
    open_ones = (ERASURES.c.person_id == person_id) & ERASURES.c.done_at.is_(None)
    await ex.execute(update(ERASURES).where(open_ones).values(done_at=at))
    return True


async def unfinished_since(ex: Executes, before: datetime) -> int:
    """How many persons were erased before `before` of whom not everything is gone yet."""
    late = (ERASURES.c.done_at.is_(None)) & (ERASURES.c.at < before)
    query = select(func.count(ERASURES.c.person_id.distinct())).where(late)
    return int((await ex.execute(query)).scalar_one())


async def unpurged(ex: Executes, service: str) -> dict[str, datetime]:
    """By key, since when: whose events may be purged from the stream of `service`, where nothing about the person is
    left, and nothing can be sent any more by a process that remembered their key. Their last case comes when nothing is
    left of the former ones, so that its purge says that all is done."""
    swept = select(ERASURE_STEPS.c.person_id).where(ERASURE_STEPS.c.service == service, ERASURE_STEPS.c.step == "swept")
    told_under = ERASURES.c.kind.in_(("person", "referral")) & ERASURES.c.purged_through.is_(None)
    before = select(FORMER_CASES.c.key, FORMER_CASES.c.at).where(
        FORMER_CASES.c.purged_through.is_(None), FORMER_CASES.c.person_id.in_(swept)
    )
    left = select(FORMER_CASES.c.person_id).where(FORMER_CASES.c.purged_through.is_(None))
    last = select(ERASURES.c.key, ERASURES.c.at).where(
        told_under, ERASURES.c.person_id.in_(swept), ERASURES.c.person_id.not_in(left)
    )
    found = [*(await ex.execute(before)).all(), *(await ex.execute(last)).all()]
    return {row.key: row.at for row in sorted(found, key=lambda row: (row.at, row.key), reverse=True)}


async def mark_purged(ex: Executes, key: str, through: int) -> None:
    """The events of a key up to this revision are no longer in the stream of this service."""
    for table in (ERASURES, FORMER_CASES):
        of_key = (table.c.key == key) & table.c.purged_through.is_(None)
        await ex.execute(update(table).where(of_key).values(purged_through=through))


async def purged(ex: Executes, key: str, at: datetime) -> tuple[int | None, list[str]]:
    """Up to which revision the events of a case were purged, and of whose erasures that was not known yet."""
    of_key = (ERASURES.c.key == key) & ERASURES.c.purged_through.is_not(None)
    new = update(ERASURES).where(of_key, ERASURES.c.purged_at.is_(None)).values(purged_at=at)
    persons = set((await ex.execute(new.returning(ERASURES.c.person_id))).scalars())
    cases = of_key & (ERASURES.c.kind == "person")
    last = (await ex.execute(select(func.max(ERASURES.c.purged_through)).where(cases))).scalar_one_or_none()
    former = select(func.max(FORMER_CASES.c.purged_through)).where(FORMER_CASES.c.key == key)
    before = (await ex.execute(former)).scalar_one_or_none()
    through = [it for it in (last, before) if it is not None]
    return max(through, default=None), sorted(persons)


async def erased_of_case(ex: Executes, case_id: str) -> list[str]:
    """The persons who were erased from a case."""
    of_case = (ERASURES.c.key == case_id) & ERASURES.c.kind.in_(("person", "found"))
    return list((await ex.execute(select(ERASURES.c.subject).where(of_case))).scalars())


async def known_subjects(ex: Executes) -> set[str]:
    """Every id in the ledger."""
    return set((await ex.execute(select(ERASURES.c.subject))).scalars())


async def instants_of(ex: Executes, person_id: str) -> tuple[datetime, datetime | None]:
    """When a person was erased, and when that was done."""
    row = (await ex.execute(select(ERASURES.c.at, ERASURES.c.done_at).where(ERASURES.c.subject == person_id))).one()
    return row.at, row.done_at
