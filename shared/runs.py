"""Runs: long computations that a request asked for, as durable rows to poll.

Rule: the row is written in the transaction that asks for it, and ends once, in the transaction of what its end does.
What it came to stands under the key of who it is about, as a file; destroyed with that key, it is gone. A process that
dies leaves its run to another; one that was left too often has failed. Leases are on real time.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Column, Index, Integer, String, Table, and_, delete, insert, or_, select, update

from shared.access import Resource
from shared.clock import new_id
from shared.database import FOUNDATION, Instant, ident
from shared.work import Work

State = Literal["waiting", "running", "done", "failed"]

RUNS = Table(
    "runs",
    FOUNDATION,
    Column("id", ident(), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("subject", ident(), nullable=False),
    Column("key", ident(), nullable=False),
    Column("state", String(8), nullable=False),
    Column("why", String(64)),
    Column("asked_by", ident(), nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("attempts", Integer, nullable=False),
    Column("leased_until", Instant),
    Column("result_id", ident()),
    Column("correlation_id", ident(), nullable=False),
    Index("ix_runs_state_asked_at", "state", "asked_at"),
    Index("ix_runs_subject", "subject"),
    Index("ix_runs_key", "key"),
)

LOST = "lost"
"""Why a run failed that processes died over."""


@dataclass(frozen=True)
class Run:
    """subject: what it is about. key: under whose key its result stands. why: one word, of a failed one.

    result_id: the file that it came to. attempts: how often a process has begun it.
    """

    id: str
    kind: str
    subject: str
    key: str
    state: State
    why: str | None
    asked_by: str
    asked_at: datetime
    ended_at: datetime | None
    attempts: int
    result_id: str | None
    correlation_id: str


@dataclass(frozen=True)
class Lost:
    """A run over which too many processes died."""

    run: Run


_FIELDS = [RUNS.c[name] for name in Run.__dataclass_fields__]


async def begin(work: Work, kind: str, subject: str, *, key: str | None = None) -> Run:
    """Have a computation of this kind made of the subject, after the commit. The caller checked access.

    key: under whose key the result goes, if not the subject's own.
    """
    who = (work.actor.id, work.now, None, 0, None, work.cause.correlation_id)
    run = Run(new_id(), kind, subject, key or subject, "waiting", None, *who)
    await work.execute(insert(RUNS), vars(run))
    work.tx.after_commit.append(work.tools.run_bell.ring)
    work.audit("begin_run", subjects=[run.id, subject])
    return run


async def see_run(work: Work, run_id: str) -> Run:
    """For who asked for it. Errors: Refusal not_found."""
    row = (await work.execute(select(*_FIELDS).where(RUNS.c.id == run_id))).one_or_none()
    own = row is not None and row.asked_by == work.actor.id
    work.permit("see_run", Resource("Run", run_id, {"own": own}), see="see_run")
    run = _run(row)
    work.audit("see_run", subjects=[run.id, run.subject])
    return run


async def take(work: Work, leases: dict[str, timedelta], most: int) -> Run | Lost | None:
    """The run to go on with: the oldest that waits, or whose process has not ended it in time.

    leases: by kind, how long whoever takes it may need. One that was begun `most` times is not begun again.
    """
    now = datetime.now(UTC)
    left = and_(RUNS.c.state == "running", RUNS.c.leased_until < now)
    free = or_(RUNS.c.state == "waiting", left)
    query = select(*_FIELDS).where(free, RUNS.c.kind.in_(sorted(leases))).order_by(RUNS.c.asked_at, RUNS.c.id).limit(1)
    row = (await work.execute(query.with_for_update(skip_locked=True))).one_or_none()
    if row is None:
        return None
    run = _run(row)
    if run.attempts >= most:
        return Lost(run)
    taken = replace(run, state="running", attempts=run.attempts + 1)
    values = {"state": "running", "attempts": taken.attempts, "leased_until": now + leases[run.kind]}
    await work.execute(update(RUNS).where(RUNS.c.id == run.id).values(values))
    return taken


async def end(work: Work, run: Run, *, why: str | None = None, result_id: str | None = None) -> Run | None:
    """It is over: done, or failed for the reason `why`. None when another process has gone on with it meanwhile."""
    ended = replace(run, state="done" if why is None else "failed", why=why, ended_at=work.now, result_id=result_id)
    ours = and_(RUNS.c.id == run.id, RUNS.c.attempts == run.attempts, RUNS.c.state.in_(("waiting", "running")))
    values = {name: getattr(ended, name) for name in ("state", "why", "ended_at", "result_id")}
    if (await work.execute(update(RUNS).where(ours).values(values))).rowcount != 1:
        return None
    work.audit("end_run" if why is None else "fail_run", subjects=[run.id, run.subject])
    return ended


async def drop(work: Work, run: Run) -> None:
    """What it is about is no longer there."""
    await work.execute(delete(RUNS).where(RUNS.c.id == run.id))


async def forget_of(work: Work, subjects: Collection[str]) -> None:
    """Drop every run about these, or under their keys."""
    await work.execute(delete(RUNS).where(or_(RUNS.c.subject.in_(sorted(subjects)), RUNS.c.key.in_(sorted(subjects)))))


def _run(row: Any) -> Run:
    return Run(**row._mapping)
