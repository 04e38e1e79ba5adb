"""Who is assigned to which case and who is recused from it, as intake published it.

Rule: without an entry there is no access, and recusal beats assignment. Every service keeps this table and asks no
other service who may see a case.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import (
    Column,
    CursorResult,
    Executable,
    Index,
    Select,
    String,
    Table,
    and_,
    delete,
    insert,
    select,
    tuple_,
)

from shared.database import FOUNDATION, Instant, ident

access_entries = Table(
    "access_entries",
    FOUNDATION,
    Column("case_id", ident(), primary_key=True),
    Column("actor_id", ident(), primary_key=True),
    Column("relation", String(8), primary_key=True),
    Column("since", Instant, nullable=False),
    Index(None, "actor_id", "relation"),
)


class Executes(Protocol):
    """Part of an open transaction: a `Transaction` or a `Work`."""

    async def execute(
        self, statement: Executable, params: dict[str, Any] | Sequence[dict[str, Any]] | None = None
    ) -> CursorResult[Any]: ...


@dataclass(frozen=True)
class Relation:
    """How an actor stands to a case."""

    assigned: bool
    recused: bool


async def replace_entries(
    ex: Executes, case_id: str, assigned: Iterable[str], recused: Iterable[str], at: datetime
) -> None:
    """Make these, and no others, the entries of the case; who stays keeps the instant since when.

    The caller holds the case's place in the order of events, so that two lists are never written at once.
    """
    wanted = {(who, "assigned") for who in assigned} | {(who, "recused") for who in recused}
    actor, relation = access_entries.c.actor_id, access_entries.c.relation
    of_case = access_entries.c.case_id == case_id
    present = {(row.actor_id, row.relation) for row in await ex.execute(select(actor, relation).where(of_case))}
    if gone := present - wanted:
        await ex.execute(delete(access_entries).where(of_case, tuple_(actor, relation).in_(sorted(gone))))
    if new := wanted - present:
        rows = [{"case_id": case_id, "actor_id": who, "relation": how, "since": at} for who, how in sorted(new)]
        await ex.execute(insert(access_entries), rows)


async def entries_of(ex: Executes, case_id: str) -> tuple[list[str], list[str]]:
    """Who is assigned to the case, and who is recused from it."""
    columns = (access_entries.c.relation, access_entries.c.actor_id)
    query = select(*columns).where(access_entries.c.case_id == case_id).order_by(access_entries.c.actor_id)
    rows = (await ex.execute(query)).all()
    assigned, recused = ([row.actor_id for row in rows if row.relation == how] for how in ("assigned", "recused"))
    return assigned, recused


async def relation_of(ex: Executes, case_id: str, actor_id: str) -> Relation:
    """Neither assigned nor recused when there is no entry."""
    theirs = and_(access_entries.c.case_id == case_id, access_entries.c.actor_id == actor_id)
    found = set((await ex.execute(select(access_entries.c.relation).where(theirs))).scalars())
    return Relation("assigned" in found, "recused" in found)


def visible_cases(actor_id: str) -> Select[tuple[str]]:
    """The ids of the cases that the actor is assigned to and not recused from; for use as a subquery."""
    recusal = access_entries.alias("recusal")
    recused = select(recusal.c.case_id).where(
        recusal.c.case_id == access_entries.c.case_id, recusal.c.actor_id == actor_id, recusal.c.relation == "recused"
    )
    return select(access_entries.c.case_id).where(
        access_entries.c.actor_id == actor_id, access_entries.c.relation == "assigned", ~recused.exists()
    )
