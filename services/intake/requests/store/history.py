"""What happened to a request: screenings, merges, hand-overs, and of whom it is not. Rows of ids and instants, with
what was said encrypted.

Rule: nothing here is changed after it was written, but for a merge or a finding that ends and a hand-over that is
taken.
"""

from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, Integer, Select, String, Table, delete, insert, or_, select, update

from services.intake.database import metadata
from services.intake.requests.model.claiming import Handover
from services.intake.requests.model.duplicates import Merge
from services.intake.requests.model.screening import Heard, Screening
from services.intake.requests.store import requests
from shared.access import Actor
from shared.clock import new_id
from shared.database import Instant, Slice, ident, paged
from shared.errors import not_found
from shared.vault import Encrypted
from shared.work import Work

SCREENINGS = Table(
    "screenings",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("request_id", ident(), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("said", Encrypted, nullable=False),
    Column("by_id", ident(), nullable=False),
    Column("at", Instant, nullable=False),
    Index(None, "request_id", "at"),
)

MERGES = Table(
    "merges",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("request_id", ident(), nullable=False),
    Column("into_id", ident(), nullable=False),
    Column("state_before", String(16), nullable=False),
    Column("by_id", ident(), nullable=False),
    Column("at", Instant, nullable=False),
    Column("undone_at", Instant),
    Column("undone_by", ident()),
    Index(None, "request_id"),
    Index(None, "into_id"),
)

APART = Table(
    "apart",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("request_id", ident(), nullable=False),
    Column("other_id", ident(), nullable=False),
    Column("by_id", ident(), nullable=False),
    Column("at", Instant, nullable=False),
    Column("undone_at", Instant),
    Column("undone_by", ident()),
    Index(None, "request_id"),
    Index(None, "other_id"),
)
"""Requests of which somebody found that they are of two people; a finding stands until it is taken back."""

HANDOVERS = Table(
    "handovers",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("request_id", ident(), nullable=False),
    Column("note", Encrypted, nullable=False),
    Column("by_id", ident(), nullable=False),
    Column("at", Instant, nullable=False),
    Column("taken_by", ident()),
    Column("taken_at", Instant),
    Column("version", Integer, nullable=False),
    Index(None, "request_id"),
    Index(None, "taken_by"),
)


def visible_to(actor: Actor, now: datetime) -> Select[Any]:
    """The hand-overs that the actor may see: those of requests that they may see."""
    seen = requests.visible_to(actor, now).with_only_columns(requests.REQUESTS.c.id)
    return select(HANDOVERS).where(HANDOVERS.c.request_id.in_(seen))


async def add_screening(work: Work, screening: Screening) -> None:
    cipher = await work.cipher(screening.request_id)
    heard = None if screening.heard is None else asdict(screening.heard)
    said = {"reason": screening.reason, "answer": screening.answer, "heard": heard}
    row = {
        "id": screening.id,
        "request_id": screening.request_id,
        "outcome": screening.outcome,
        "said": cipher.encrypt_json(f"screenings.said/{screening.id}", said),
        "by_id": screening.by,
        "at": screening.at,
    }
    await work.execute(insert(SCREENINGS), row)


async def screenings_of(work: Work, request_id: str) -> list[Screening]:
    """Oldest first."""
    query = select(SCREENINGS).where(SCREENINGS.c.request_id == request_id).order_by(SCREENINGS.c.at, SCREENINGS.c.id)
    rows = (await work.execute(query)).all()
    cipher = await work.cipher(request_id)
    said = [cipher.decrypt_json(f"screenings.said/{row.id}", row.said) for row in rows]
    return [_screening(row, told) for row, told in zip(rows, said, strict=True)]


async def add_merge(work: Work, merge: Merge) -> None:
    row = {
        "id": merge.id,
        "request_id": merge.request_id,
        "into_id": merge.into_id,
        "state_before": merge.state_before,
        "by_id": merge.by,
        "at": merge.at,
    }
    await work.execute(insert(MERGES), row)


async def merges_among(work: Work, request_ids: Collection[str]) -> list[Merge]:
    """The merges of these requests that stand."""
    stands = MERGES.c.request_id.in_(request_ids), MERGES.c.undone_at.is_(None)
    rows = (await work.execute(select(MERGES).where(*stands).order_by(MERGES.c.at, MERGES.c.id))).all()
    return [Merge(row.id, row.request_id, row.into_id, row.state_before, row.by_id, row.at) for row in rows]


async def undo_merge(work: Work, merge_id: str) -> None:
    undone = update(MERGES).where(MERGES.c.id == merge_id)
    await work.execute(undone.values(undone_at=work.now, undone_by=work.actor.id))


async def add_apart(work: Work, request_id: str, other_id: str) -> None:
    row = {"id": new_id(), "request_id": request_id, "other_id": other_id, "by_id": work.actor.id, "at": work.now}
    await work.execute(insert(APART), row)


async def apart_from(work: Work, request_ids: Collection[str]) -> dict[str, str]:
    """By the id of each finding that stands about one of these, the request that is of somebody else."""
    named = or_(APART.c.request_id.in_(request_ids), APART.c.other_id.in_(request_ids))
    rows = (await work.execute(select(APART).where(named, APART.c.undone_at.is_(None)))).all()
    return {row.id: row.other_id if row.request_id in request_ids else row.request_id for row in rows}


async def take_back_apart(work: Work, finding_ids: Collection[str]) -> None:
    undone = update(APART).where(APART.c.id.in_(finding_ids))
    await work.execute(undone.values(undone_at=work.now, undone_by=work.actor.id))


async def add_handover(work: Work, handover: Handover) -> None:
    cipher = await work.cipher(handover.request_id)
    row = {
        "id": handover.id,
        "request_id": handover.request_id,
        "note": cipher.encrypt_text(f"handovers.note/{handover.id}", handover.note),
        "by_id": handover.by,
        "at": handover.at,
        "version": handover.version,
    }
    await work.execute(insert(HANDOVERS), row)


async def request_of(work: Work, handover_id: str) -> str | None:
    found = await work.execute(select(HANDOVERS.c.request_id).where(HANDOVERS.c.id == handover_id))
    return found.scalar_one_or_none()


async def load_handover(work: Work, handover_id: str) -> Handover:
    """Errors: Refusal not_found, also when the request was erased."""
    row = (await work.execute(select(HANDOVERS).where(HANDOVERS.c.id == handover_id))).one_or_none()
    if row is None:
        raise not_found()
    cipher = await work.cipher(row.request_id)
    return _handover(row, cipher.decrypt_text(f"handovers.note/{row.id}", row.note))


async def page_of_waiting(work: Work, after: str | None, limit: int) -> Slice[Handover]:
    """Hand-overs that nobody took yet and that the actor may see, the oldest first."""
    everything = visible_to(work.actor, work.now)
    waiting = everything.where(HANDOVERS.c.taken_by.is_(None))
    query = paged(waiting, [HANDOVERS.c.at, HANDOVERS.c.id], after, limit, among=everything)
    rows = (await work.execute(query)).all()
    ciphers = await work.ciphers([row.request_id for row in rows])
    found = [
        _handover(row, ciphers[row.request_id].decrypt_text(f"handovers.note/{row.id}", row.note))
        for row in rows
        if row.request_id in ciphers
    ]
    return Slice.of(rows, limit, found)


async def forget(work: Work, request_ids: Collection[str]) -> None:
    """Nothing of these requests is kept, nor that they were ever part of others or of somebody else."""
    named = (MERGES.c.request_id, MERGES.c.into_id, APART.c.request_id, APART.c.other_id)
    for column in (SCREENINGS.c.request_id, HANDOVERS.c.request_id, *named):
        await work.execute(delete(column.table).where(column.in_(request_ids)))


def _screening(row: Any, told: Mapping[str, Any]) -> Screening:
    """Steps of before say nothing of how they were heard."""
    heard = told.get("heard")
    said = (row.id, row.request_id, row.outcome, told["reason"], told["answer"], row.by_id, row.at)
    return Screening(*said, None if heard is None else Heard(**heard))


def _handover(row: Any, note: str) -> Handover:
    return Handover(row.id, row.request_id, note, row.by_id, row.at, row.taken_by, row.taken_at, row.version)
