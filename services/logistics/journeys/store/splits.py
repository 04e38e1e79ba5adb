"""The tables of splits and of who goes apart, and every query on them."""

from collections import defaultdict
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, Integer, Select, String, Table, insert, select

from services.logistics.database import metadata
from services.logistics.journeys.model.splits import Split
from shared.access import visible_cases
from shared.database import Instant, ident
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
    Column("state", String(16), nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("version", Integer, nullable=False),
    Index(None, "case_id"),
)

APART = Table(
    "split_people",
    metadata,
    Column("split_id", ident(), ForeignKey(SPLITS.c.id), primary_key=True),
    Column("person_id", ident(), primary_key=True),
)


def visible_to(actor_id: str) -> Select[Any]:
    """The splits that the actor may see: those of the cases they are assigned to."""
    return select(SPLITS).where(SPLITS.c.case_id.in_(visible_cases(actor_id)))


async def add(work: Work, split: Split, reason: Ciphertext) -> None:
    row = {
        "id": split.id,
        "case_id": split.case_id,
        "approval_id": split.approval_id,
        "reason": reason,
        "state": split.state,
        "expires_at": split.expires_at,
        "version": split.version,
    }
    await work.execute(insert(SPLITS), row)
    apart = [{"split_id": split.id, "person_id": person_id} for person_id in split.person_ids_apart]
    await work.execute(insert(APART), apart)


async def load(work: Work, split_id: str) -> Split:
    """Locked until the transaction ends. Errors: Refusal not_found."""
    found = await _splits(work, select(SPLITS).where(SPLITS.c.id == split_id).with_for_update())
    if not found:
        raise not_found()
    return found[0]


async def page_of_case(work: Work, case_id: str, after: str | None, limit: int) -> list[Split]:
    """The next splits of the case, in order of their ids."""
    query = visible_to(work.actor.id).where(SPLITS.c.case_id == case_id).order_by(SPLITS.c.id).limit(limit)
    return await _splits(work, query if after is None else query.where(SPLITS.c.id > after))


async def approved_sides(work: Work, case_id: str) -> list[set[str]]:
    """Who may travel apart, by approved split."""
    query = select(SPLITS).where(SPLITS.c.case_id == case_id, SPLITS.c.state == "approved")
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


async def _splits(work: Work, query: Select[Any]) -> list[Split]:
    rows = (await work.execute(query)).all()
    apart: dict[str, list[str]] = defaultdict(list)
    of_these = select(APART).where(APART.c.split_id.in_([row.id for row in rows])).order_by(APART.c.person_id)
    for one in await work.execute(of_these) if rows else ():
        apart[one.split_id].append(one.person_id)
    return [
        Split(row.id, row.case_id, row.approval_id, tuple(apart[row.id]), row.state, row.expires_at, row.version)
        for row in rows
    ]
