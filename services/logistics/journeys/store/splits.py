"""The tables of splits and of who goes apart, and every query on them.

Rule: what became of a split stands in its approval, and nowhere else.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, ForeignKey, Index, Select, Table, delete, insert, or_, select

from services.logistics.database import metadata
from services.logistics.journeys.model import splits as model
from services.logistics.journeys.model.splits import Split
from services.logistics.travellers.model import ERRANDS
from shared.access import Actor, visible_cases, with_more_than
from shared.access.approval_rows import approvals
from shared.database import ident
from shared.errors import not_found
from shared.vault import Ciphertext, Encrypted
from shared.work import Work

SPLITS = Table(
    "splits",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("case_id", ident(), nullable=False),
    Column("approval_id", ident(), nullable=False),
    Column("reason", Encrypted, nullable=False),
    Index(None, "case_id"),
)

APART = Table(
    "split_people",
    metadata,
    Column("split_id", ident(), ForeignKey(SPLITS.c.id), primary_key=True),
    Column("person_id", ident(), primary_key=True),
)


@dataclass(frozen=True)
class Proposal:
    """Who proposed a split, and when."""

    split_id: str
    case_id: str
    approval_id: str
    by: str
    at: datetime


def visible_to(actor: Actor, now: datetime, hidden: Collection[str] = ()) -> Select[Any]:
    """The splits that the actor may see: those of the cases they may see, but none of those `hidden`."""
    theirs = SPLITS.c.case_id.in_(visible_cases(actor, now))
    return _decided().where(theirs, with_more_than(actor, ERRANDS), SPLITS.c.id.not_in(hidden))


async def add(work: Work, split: Split, reason: Ciphertext) -> None:
    row = {
        "id": split.id,
        "case_id": split.case_id,
        "approval_id": split.approval_id,
        "reason": reason,
    }
    await work.execute(insert(SPLITS), row)
    apart = [{"split_id": split.id, "person_id": person_id} for person_id in split.person_ids_apart]
    await work.execute(insert(APART), apart)


async def load(work: Work, split_id: str) -> Split:
    """Errors: Refusal not_found."""
    found = await _splits(work, _decided().where(SPLITS.c.id == split_id))
    if not found:
        raise not_found()
    return found[0]


async def proposals(work: Work, case_id: str) -> list[Proposal]:
    """Who proposed each split of the case, whoever may know of it."""
    return await _proposals(work, SPLITS.c.case_id == case_id)


async def proposals_among(work: Work, ids: Collection[str]) -> list[Proposal]:
    """The same of those splits of which, or of whose approval, an id is among these."""
    return await _proposals(work, or_(SPLITS.c.id.in_(ids), SPLITS.c.approval_id.in_(ids)))


def proposed(named: str) -> Select[Any]:
    """Who proposed when the split with this id, or whose approval has it, and whether it lets anybody go apart."""
    anybody = select(APART.c.split_id).where(APART.c.split_id == SPLITS.c.id).exists().label("anybody")
    query = select(SPLITS.c.case_id, approvals.c.proposed_by, approvals.c.proposed_at, anybody)
    query = query.join(approvals, approvals.c.id == SPLITS.c.approval_id)
    return query.where(or_(SPLITS.c.id == named, SPLITS.c.approval_id == named))


async def page_of_case(
    work: Work, case_id: str, after: str | None, limit: int, *, hidden: Collection[str]
) -> list[Split]:
    """The next splits of the case, in order of their ids."""
    query = visible_to(work.actor, work.now, hidden).where(SPLITS.c.case_id == case_id)
    query = query.order_by(SPLITS.c.id).limit(limit)
    return await _splits(work, query if after is None else query.where(SPLITS.c.id > after))


async def of_nobody(work: Work, case_ids: Collection[str]) -> set[str]:
    """The ids of the splits of these cases that let nobody go apart any more."""
    named = select(APART.c.split_id).where(APART.c.split_id == SPLITS.c.id)
    query = select(SPLITS.c.id).where(SPLITS.c.case_id.in_(case_ids), ~named.exists())
    return set((await work.execute(query)).scalars())


async def approved_sides(work: Work, case_id: str, *, hidden: Collection[str]) -> list[set[str]]:
    """Who may travel apart, by approved split, without those `hidden`."""
    approved = (SPLITS.c.case_id == case_id) & (approvals.c.state == "approved")
    query = _decided().where(approved, SPLITS.c.id.not_in(hidden))
    return [set(split.person_ids_apart) for split in await _splits(work, query)]


async def reasons(work: Work, splits: list[Split]) -> dict[str, str]:
    """Why, by split; of an erased case there is none."""
    ciphers = await work.ciphers({split.case_id for split in splits})
    query = select(SPLITS.c.id, SPLITS.c.case_id, SPLITS.c.reason)
    rows = await work.execute(query.where(SPLITS.c.id.in_([split.id for split in splits])))
    return {
        row.id: ciphers[row.case_id].decrypt_text(f"splits.reason/{row.id}", row.reason)
        for row in rows
        if row.case_id in ciphers
    }


async def forget(work: Work, person_id: str) -> None:
    await work.execute(delete(APART).where(APART.c.person_id == person_id))


async def empty(work: Work, split_ids: Collection[str]) -> None:
    """They let nobody go apart any more."""
    await work.execute(delete(APART).where(APART.c.split_id.in_(split_ids)))


async def forget_case(work: Work, case_id: str) -> None:
    of_case = select(SPLITS.c.id).where(SPLITS.c.case_id == case_id)
    await work.execute(delete(APART).where(APART.c.split_id.in_(of_case)))
    await work.execute(delete(SPLITS).where(SPLITS.c.case_id == case_id))


async def _proposals(work: Work, which: ColumnElement[bool]) -> list[Proposal]:
    query = (
        select(SPLITS.c.id, SPLITS.c.case_id, SPLITS.c.approval_id, approvals.c.proposed_by, approvals.c.proposed_at)
        .join(approvals, approvals.c.id == SPLITS.c.approval_id)
        .where(which)
    )
    return [
        Proposal(row.id, row.case_id, row.approval_id, row.proposed_by, row.proposed_at)
        for row in await work.execute(query)
    ]


def _decided() -> Select[Any]:
    state = approvals.c.state, approvals.c.expires_at
    return select(SPLITS, *state).join(approvals, approvals.c.id == SPLITS.c.approval_id)


async def _splits(work: Work, query: Select[Any]) -> list[Split]:
    rows = (await work.execute(query)).all()
    apart: dict[str, list[str]] = defaultdict(list)
    of_these = select(APART).where(APART.c.split_id.in_([row.id for row in rows])).order_by(APART.c.person_id)
    for one in await work.execute(of_these) if rows else ():
        apart[one.split_id].append(one.person_id)
    return [
        Split(row.id, row.case_id, row.approval_id, tuple(apart[row.id]), model.STATES[row.state], row.expires_at)
        for row in rows
    ]
