"""Who is assigned to which case and who is recused from it, as intake published it, and who broke the glass here.

Rule: without an entry there is no access. Recusal beats broken glass, broken glass beats assignment; glass is broken
until an instant, after which the row opens nothing, with no job needed. Every service keeps these tables and asks no
other service who may see a case.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import (
    Column,
    ColumnElement,
    CompoundSelect,
    CursorResult,
    Executable,
    Index,
    Select,
    String,
    Table,
    and_,
    delete,
    exists,
    false,
    insert,
    literal,
    select,
    true,
    tuple_,
)

from shared.access.actor import Actor
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

glass = Table(
    "glass",
    FOUNDATION,
    Column("case_id", ident(), primary_key=True),
    Column("actor_id", ident(), primary_key=True),
    Column("until", Instant, nullable=False),
    Index(None, "actor_id", "until"),
)
"""Who broke the glass of which case in this service, and until when that counts. Why stands in `shared.web.glass`."""


class Executes(Protocol):
    """Part of an open transaction: a `Transaction` or a `Work`."""

    async def execute(
        self, statement: Executable, params: dict[str, Any] | Sequence[dict[str, Any]] | None = None
    ) -> CursorResult[Any]: ...


@dataclass(frozen=True)
class Relation:
    """How an actor stands to a case at an instant."""

    assigned: bool
    recused: bool
    glass_broken: bool = False


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


async def relation_of(ex: Executes, case_id: str, actor_id: str, now: datetime) -> Relation:
    """All false when there is no entry."""
    theirs = and_(access_entries.c.case_id == case_id, access_entries.c.actor_id == actor_id)
    looks = and_(glass.c.case_id == case_id, glass.c.actor_id == actor_id, glass.c.until > now)
    both = select(access_entries.c.relation).where(theirs).union_all(select(literal("glass")).where(looks))
    found = set((await ex.execute(both)).scalars())
    return Relation("assigned" in found, "recused" in found, "glass" in found)


async def is_known(ex: Executes, case_id: str) -> bool:
    """Whether intake has said who may see the case."""
    return bool((await ex.execute(select(exists().where(access_entries.c.case_id == case_id)))).scalar_one())


def visible_cases(actor: Actor, now: datetime) -> CompoundSelect[tuple[str]]:
    """The ids of the cases that the actor is assigned to, or broke the glass of, and is not recused from.

    For use as a subquery.
    """
    return assigned_cases(actor).union_all(opened_cases(actor, now))


def opened_cases(actor: Actor, now: datetime) -> Select[tuple[str]]:
    """The ids of the cases that the actor broke the glass of, and is not recused from."""
    theirs = and_(glass.c.actor_id == actor.id, glass.c.until > now, glass.c.case_id.not_in(recused_cases(actor)))
    return select(glass.c.case_id).where(theirs, staff_with(actor))


def assigned_cases(actor: Actor) -> Select[tuple[str]]:
    """The ids of the cases that the actor is assigned to and not recused from: for what broken glass does not open."""
    entry = access_entries.c
    theirs = and_(entry.actor_id == actor.id, entry.relation == "assigned", entry.case_id.not_in(recused_cases(actor)))
    return select(entry.case_id).where(theirs, staff_with(actor))


def is_assigned(case_id: ColumnElement[str], actor_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether somebody is assigned to a case, both named by columns; as a part of a query."""
    entry = access_entries.alias("assignment")
    theirs = and_(entry.c.case_id == case_id, entry.c.actor_id == actor_id, entry.c.relation == "assigned")
    return exists().where(theirs)


def recused_cases(actor: Actor) -> Select[tuple[str]]:
    """The ids of the cases that the actor is recused from; for use as a subquery."""
    recusal = access_entries.alias("recusal")
    return select(recusal.c.case_id).where(recusal.c.actor_id == actor.id, recusal.c.relation == "recused")


def staff_with(actor: Actor, *roles: str) -> ColumnElement[bool]:
    """Whether the actor is staff and has one of `roles`, where any are named; as a part of a query."""
    held = not roles or not actor.roles.isdisjoint(roles)
    return true() if actor.kind == "staff" and held else false()


def with_more_than(actor: Actor, roles: Collection[str]) -> ColumnElement[bool]:
    """Whether the actor has a role that is none of `roles`; as a part of a query."""
    return true() if actor.roles.difference(roles) else false()
