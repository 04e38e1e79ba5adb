"""The tables of alerts and of what happened to each, and every query on them."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, Integer, Select, String, Table, func, insert, select

from services.notify.database import metadata
from services.notify.messages.model import Alert
from shared.access import visible_cases
from shared.access.grants import access_entries
from shared.database import Instant, ident
from shared.errors import not_found
from shared.work import Work

ALERTS = Table(
    "alerts",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("case_id", ident(), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("check_in_id", ident(), nullable=False, unique=True),
    Column("journey_id", ident(), nullable=False),
    Column("step", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("raised_at", Instant, nullable=False),
    Column("acknowledged_by", ident()),
    Column("resolved_at", Instant),
    Column("version", Integer, nullable=False),
    Index(None, "case_id"),
)

HISTORY = Table(
    "alert_history",
    metadata,
    Column("alert_id", ident(), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("what", String(32), nullable=False),
    Column("actor_id", ident(), nullable=False),
)

_COLUMNS = [ALERTS.c[field.name] for field in fields(Alert)]


@dataclass(frozen=True)
class Turn:
    """What happened to an alert: a step of the ladder, an acknowledgement, the end."""

    at: datetime
    what: str
    actor_id: str


def visible_to(actor_id: str, *, on_duty: bool = False) -> Select[Any]:
    """The alerts that the actor may see: of cases they are assigned to; on duty, of all they are not recused from."""
    if not on_duty:
        return select(*_COLUMNS).where(ALERTS.c.case_id.in_(visible_cases(actor_id)))
    recused = select(access_entries.c.case_id).where(
        access_entries.c.actor_id == actor_id, access_entries.c.relation == "recused"
    )
    return select(*_COLUMNS).where(ALERTS.c.case_id.not_in(recused))


async def of_check_in(work: Work, check_in_id: str) -> Alert | None:
    """The alert of a check-in, locked."""
    query = select(*_COLUMNS).where(ALERTS.c.check_in_id == check_in_id).with_for_update()
    row = (await work.execute(query)).mappings().one_or_none()
    return None if row is None else Alert(**row)


async def load(work: Work, alert_id: str) -> Alert:
    """Errors: Refusal not_found."""
    row = (await work.execute(select(*_COLUMNS).where(ALERTS.c.id == alert_id))).mappings().one_or_none()
    if row is None:
        raise not_found()
    return Alert(**row)


async def add(work: Work, alert: Alert) -> None:
    await work.execute(insert(ALERTS), vars(alert))


async def save(work: Work, alert: Alert, version: int) -> int:
    """Write what changes in the life of an alert. Errors: Refusal stale."""
    changing = {name: getattr(alert, name) for name in ("step", "state", "acknowledged_by", "resolved_at")}
    return await work.change(ALERTS, alert.id, version, **changing)


async def write_turn(work: Work, alert_id: str, at: datetime, what: str) -> None:
    number = select(func.count()).where(HISTORY.c.alert_id == alert_id).scalar_subquery() + 1
    turn = {"alert_id": alert_id, "number": number, "at": at, "what": what, "actor_id": work.actor.id}
    await work.execute(insert(HISTORY).values(turn))


async def turns_of(work: Work, alert_ids: Collection[str]) -> dict[str, list[Turn]]:
    """What happened to each, oldest first."""
    query = select(HISTORY).where(HISTORY.c.alert_id.in_(alert_ids)).order_by(HISTORY.c.alert_id, HISTORY.c.number)
    turns: dict[str, list[Turn]] = defaultdict(list)
    for row in await work.execute(query):
        turns[row.alert_id].append(Turn(row.at, row.what, row.actor_id))
    return turns


async def page(work: Work, *, on_duty: bool, state: str | None, after: str | None, limit: int) -> list[Alert]:
    query = visible_to(work.actor.id, on_duty=on_duty).order_by(ALERTS.c.id).limit(limit)
    if state is not None:
        query = query.where(ALERTS.c.state == state)
    rows = await work.execute(query if after is None else query.where(ALERTS.c.id > after))
    return [Alert(**row) for row in rows.mappings()]
