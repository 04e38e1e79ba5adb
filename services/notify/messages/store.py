"""The tables of alerts and of what happened to each, and every query on them."""

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from types import MappingProxyType
from typing import Any

import orjson
from sqlalchemy import (
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    Select,
    String,
    Table,
    UniqueConstraint,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from services.notify.database import metadata
from services.notify.keys import cipher_for
from services.notify.messages.model import Alert, Kind, Shown
from shared.access import Actor, assigned_cases, recused_cases, staff_with, visible_cases
from shared.database import Instant, ident
from shared.vault import Ciphertext, Encrypted, SubjectCipher
from shared.veils import NOBODY, Veils, open_nothing
from shared.work import Work

ALERTS = Table(
    "alerts",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("case_id", ident(), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("about_id", ident(), nullable=False),
    Column("service", String(32), nullable=False),
    Column("journey_id", ident()),
    Column("step", String(32)),
    Column("raised_by", ident()),
    Column("state", String(16), nullable=False),
    Column("raised_at", Instant, nullable=False),
    Column("acknowledged_by", ident()),
    Column("resolved_at", Instant),
    Column("version", Integer, nullable=False),
    Column("veil", Encrypted),
    Column("changed_at", Instant, nullable=False, index=True),
    UniqueConstraint("kind", "about_id", name="uq_alerts_kind_about_id"),
    Index(None, "case_id"),
    Index(None, "state", "id"),
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

PEOPLE = Table(
    "alert_people",
    metadata,
    Column("alert_id", ident(), ForeignKey(ALERTS.c.id), primary_key=True),
    Column("person_id", ident(), primary_key=True),
)

VEILS = Veils(metadata)

PADDED = 2304

LEAST, MOST = 50, 200
"""How many alerts are read and decided on at a time."""

_WAITING = ALERTS.c.state.in_(["open", "acknowledged"])

_COLUMNS = [ALERTS.c[field.name] for field in fields(Alert)]


@dataclass(frozen=True)
class Turn:
    """What happened to an alert: it was raised, a step of the ladder, an acknowledgement, the all-clear, the end."""

    at: datetime
    what: str
    actor_id: str


def visible_to(actor: Actor, now: datetime) -> Select[Any]:
    """The alerts of the cases that the actor may see; on duty, of all they are not recused from.

    A mere reminder is not for who is only on duty. A word said under duress is for those on duty or assigned, but not
    for who said it, nor for who only broke the glass. Of these the queries below leave out what is behind a veil: who
    may look through it is not written in clear.
    """
    theirs = and_(ALERTS.c.case_id.in_(visible_cases(actor, now)), ALERTS.c.kind != "duress")
    return select(*_COLUMNS).where(or_(_called(actor), theirs))


def _called(actor: Actor) -> ColumnElement[bool]:
    """Of what the actor is to look at whatever was said: they are on duty or assigned, and did not say it."""
    said_by = and_(ALERTS.c.kind == "duress", ALERTS.c.raised_by == actor.id)
    alarming = ALERTS.c.step.is_distinct_from("reminder")
    on_duty = and_(staff_with(actor, "duty_officer"), ALERTS.c.case_id.not_in(recused_cases(actor)), alarming)
    return and_(or_(on_duty, ALERTS.c.case_id.in_(assigned_cases(actor))), ~said_by)


async def hidden(work: Work, ids: Collection[str]) -> set[str]:
    """Those of `ids`, at most a few hundred, that are alerts behind a veil through which the actor may not look."""
    query = select(ALERTS.c.id, ALERTS.c.case_id, ALERTS.c.veil).where(ALERTS.c.veil.is_not(None))
    rows = (await work.execute(query.where(ALERTS.c.id.in_(ids)))).all()
    people: dict[str, list[str]] = defaultdict(list)
    for one in await work.execute(select(PEOPLE).where(PEOPLE.c.alert_id.in_([row.id for row in rows]))):
        people[one.alert_id].append(one.person_id)
    veils = await VEILS.of(work, {person_id for some in people.values() for person_id in some})
    ciphers = await work.ciphers({row.case_id for row in rows})
    shown = {row.id: _shown(ciphers.get(row.case_id), row, tuple(people[row.id])) for row in rows}
    return {alert_id for alert_id, it in shown.items() if it.hides_from(work.actor.id, veils)}


async def find(work: Work, alert_id: str) -> tuple[Alert | None, bool]:
    """An alert, if it is there, and whether it is behind a veil through which the actor may not look: at the same cost
    either way."""
    row = (await work.execute(select(*_COLUMNS, ALERTS.c.veil).where(ALERTS.c.id == alert_id))).one_or_none()
    people = select(PEOPLE.c.person_id).where(PEOPLE.c.alert_id == alert_id)
    over = await VEILS.over(work, people, "person_id")
    ciphers = await work.ciphers({NOBODY, *([] if row is None else [row.case_id])})
    if row is None or row.veil is None:
        open_nothing(work, 1)
        return (None if row is None else _alert(row)), False
    open_nothing(work, 0 if row.case_id in ciphers else 1)
    shown = _shown(ciphers.get(row.case_id), row, tuple(one.person_id for one, _ in over))
    veils = {one.person_id: veil for one, veil in over if veil is not None}
    return _alert(row), shown.hides_from(work.actor.id, veils)


async def unheard(work: Work, ids: Collection[str]) -> set[str]:
    """Those of `ids` that are alerts about words said under duress which are not for the actor."""
    duress = select(ALERTS.c.id).where(ALERTS.c.id.in_(ids), ALERTS.c.kind == "duress")
    return set((await work.execute(duress.where(~_called(work.actor)))).scalars())


async def ids_of(work: Work, case_id: str) -> list[str]:
    """The ids of all alerts of a case."""
    return list((await work.execute(select(ALERTS.c.id).where(ALERTS.c.case_id == case_id))).scalars())


async def about(work: Work, kind: Kind, about_id: str) -> Alert | None:
    """The alert of this kind about this thing, locked."""
    query = select(*_COLUMNS).where(ALERTS.c.kind == kind, ALERTS.c.about_id == about_id).with_for_update()
    row = (await work.execute(query)).mappings().one_or_none()
    return None if row is None else Alert(**row)


async def add(work: Work, alert: Alert, shown: Shown | None) -> None:
    """shown: how openly; of what no veil can hide it is not asked."""
    box = None if shown is None else await _veil_box(work, alert, shown)
    await work.execute(insert(ALERTS), {**vars(alert), "veil": box, "changed_at": work.now})
    if shown is not None and shown.person_ids:
        people = [{"alert_id": alert.id, "person_id": person_id} for person_id in shown.person_ids]
        await work.execute(insert(PEOPLE), people)


async def save(work: Work, alert: Alert, version: int) -> int:
    """Write what changes in the life of an alert. Errors: Refusal stale."""
    changing = {name: getattr(alert, name) for name in ("step", "state", "acknowledged_by", "resolved_at")}
    return await work.change(ALERTS, alert.id, version, **changing, changed_at=work.now)


async def touch(work: Work, case_id: str) -> None:
    """Who may see its alerts changed: whoever watches looks at them anew."""
    await work.execute(update(ALERTS).where(ALERTS.c.case_id == case_id, _WAITING).values(changed_at=work.now))


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


def frozen_cases() -> Select[Any]:
    """The ids of cases with a word said under duress after which nobody gave the all-clear."""
    return select(ALERTS.c.case_id).where(ALERTS.c.kind == "duress", _WAITING)


async def page(work: Work, *, state: str | None, kind: str | None, after: str | None, limit: int) -> list[Alert]:
    """A full page wherever there is one, so that its end does not tell how many are behind a veil."""
    query = visible_to(work.actor, work.now)
    if state is not None:
        query = query.where(ALERTS.c.state == state)
    if kind is not None:
        query = query.where(ALERTS.c.kind == kind)
    found: list[Alert] = []
    async for alerts in _unveiled(work, query, after, max(limit, LEAST)):
        found += alerts
        if len(found) >= limit:
            break
    return found[:limit]


async def resolve_case(work: Work, case_id: str) -> None:
    unresolved = (ALERTS.c.case_id == case_id) & _WAITING
    over = {"state": "resolved", "resolved_at": work.now, "changed_at": work.now, "version": ALERTS.c.version + 1}
    await work.execute(update(ALERTS).where(unresolved).values(over))


async def forget(work: Work, person_id: str) -> None:
    await work.execute(delete(PEOPLE).where(PEOPLE.c.person_id == person_id))
    await VEILS.forget(work, person_id)


def _alert(row: Any) -> Alert:
    return Alert(**{column.name: row._mapping[column] for column in _COLUMNS})


async def _veil_box(work: Work, alert: Alert, shown: Shown) -> Ciphertext:
    said = orjson.dumps([int(shown.veiled), sorted(shown.may_look)]).ljust(PADDED)
    return (await cipher_for(work, alert.case_id)).encrypt(f"alerts.veil/{alert.id}", said)


def _shown(cipher: SubjectCipher | None, row: Any, person_ids: tuple[str, ...]) -> Shown:
    if cipher is None:
        return Shown(True, frozenset(), person_ids)
    veiled, may_look = cipher.decrypt_json(f"alerts.veil/{row.id}", row.veil)
    return Shown(bool(veiled), frozenset(may_look), person_ids)


async def unresolved(work: Work) -> list[Alert]:
    """Those that the present actor may see and that are not over."""
    query = visible_to(work.actor, work.now).where(_WAITING)
    return [alert async for alerts in _unveiled(work, query, None, MOST) for alert in alerts]


async def changed_since(work: Work, at: datetime, known: Mapping[str, int]) -> list[Alert]:
    """Those that the present actor may see and that changed at `at` or later, but for the versions `known` by id."""
    query = visible_to(work.actor, work.now).where(ALERTS.c.changed_at >= at)
    return [alert async for alerts in _unveiled(work, query, None, MOST, known) for alert in alerts]


async def _unveiled(
    work: Work, query: Select[Any], after: str | None, many: int, known: Mapping[str, int] = MappingProxyType({})
) -> AsyncIterator[list[Alert]]:
    """The rows of `query` behind `after`, by id, `many` read at a time, without those behind a veil or `known`."""
    while True:
        reached = query if after is None else query.where(ALERTS.c.id > after)
        rows = (await work.execute(reached.order_by(ALERTS.c.id).limit(many))).mappings().all()
        asked = [row for row in rows if known.get(row["id"]) != row["version"]]
        behind = await hidden(work, [row["id"] for row in asked])
        yield [Alert(**row) for row in asked if row["id"] not in behind]
        if len(rows) < many:
            return
        after = rows[-1]["id"]
