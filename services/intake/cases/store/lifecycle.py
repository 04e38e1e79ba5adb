"""The table of cases and every query on it."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Integer, Select, String, Table, select, update

from services.intake.cases.model.lifecycle import Case
from services.intake.database import metadata
from shared.access import Actor, visible_cases
from shared.database import Instant, ident, insert_for
from shared.errors import not_found
from shared.work import Work

CASES = Table(
    "cases",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("code_name", String(40), nullable=False, unique=True),
    Column("state", String(16), nullable=False),
    Column("request_id", ident(), unique=True),
    Column("opened_at", Instant, nullable=False),
    Column("opened_by", ident(), nullable=False),
    Column("version", Integer, nullable=False),
    Column("standing", String(16)),
)


def visible_to(actor: Actor, now: datetime) -> Select[Any]:
    """The cases that the actor may see."""
    return select(CASES).where(CASES.c.id.in_(visible_cases(actor, now)))


async def add(work: Work, case: Case) -> bool:
    """Returns whether its code name was free."""
    row = {
        "id": case.id,
        "code_name": case.code_name,
        "state": case.state,
        "request_id": case.request_id,
        "opened_at": work.now,
        "opened_by": work.actor.id,
        "version": case.version,
    }
    free = insert_for(work.dialect, CASES).on_conflict_do_nothing()
    return (await work.execute(free, row)).rowcount == 1


async def load(work: Work, case_id: str, *, lock: bool = False) -> Case:
    """lock: nothing about it changes until this transaction ends. Errors: Refusal not_found, also for an erased one."""
    query = select(CASES).where(CASES.c.id == case_id, CASES.c.state != "erased")
    row = (await work.execute(query.with_for_update() if lock else query)).one_or_none()
    if row is None:
        raise not_found()
    return case_of(row)


async def ids_behind(work: Work, after: str, limit: int) -> list[str]:
    """The next ids of all there are, in their order."""
    query = select(CASES.c.id).where(CASES.c.id > after).order_by(CASES.c.id).limit(limit)
    return list((await work.execute(query)).scalars())


async def page_visible(work: Work, after: str | None, limit: int) -> list[Case]:
    """The next cases that the present actor may see, in order of their ids."""
    query = visible_to(work.actor, work.now).order_by(CASES.c.id).limit(limit)
    if after is not None:
        query = query.where(CASES.c.id > after)
    return [case_of(row) for row in await work.execute(query)]


async def forget(work: Work, case_id: str) -> None:
    """What stays of it is a row without content, so that its id is never anything else."""
    nothing = {"state": "erased", "code_name": case_id, "standing": None}
    await work.execute(update(CASES).where(CASES.c.id == case_id).values(nothing))


def case_of(row: Any) -> Case:
    return Case(row.id, row.code_name, row.state, row.request_id, row.version, row.standing)
