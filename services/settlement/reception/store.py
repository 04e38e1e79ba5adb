"""The tables of receptions and their people, and every query on them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    Select,
    String,
    Table,
    delete,
    func,
    insert,
    literal,
    select,
    update,
)

from services.settlement.database import metadata
from services.settlement.programmes.store.submissions import veiled_to
from services.settlement.reception.model import Reception
from shared.access import Actor, visible_cases
from shared.database import Instant, Slice, ident, paged
from shared.errors import not_found
from shared.vault import Encrypted
from shared.work import Work

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""Sorts before every arrival."""

RECEPTIONS = Table(
    "receptions",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("case_id", ident(), nullable=False),
    Column("journey_id", ident(), nullable=False, unique=True),
    Column("state", String(16), nullable=False),
    Column("country", Encrypted),
    Column("arrived_at", Instant),
    Column("escort_by", ident()),
    Column("reception_by", ident()),
    Column("confirmed_at", Instant),
    Column("version", Integer, nullable=False),
    Index(None, "case_id"),
)

PERSONS = Table(
    "reception_persons",
    metadata,
    Column("reception_id", ident(), ForeignKey(RECEPTIONS.c.id), primary_key=True),
    Column("person_id", ident(), primary_key=True),
    Index(None, "person_id"),
)


def visible_to(actor: Actor, now: datetime) -> Select[Any]:
    """The receptions of the cases that the actor may see, but none with somebody who is veiled to them."""
    known = RECEPTIONS.c.id.not_in(hidden_from(actor.id))
    return select(RECEPTIONS).where(RECEPTIONS.c.case_id.in_(visible_cases(actor, now)), known)


def hidden_from(actor_id: str) -> Select[Any]:
    """The ids of receptions with somebody who is veiled to the actor; for use as a subquery."""
    return select(PERSONS.c.reception_id).where(PERSONS.c.person_id.in_(veiled_to(actor_id)))


async def add(work: Work, reception_id: str, case_id: str, journey_id: str, person_ids: Sequence[str]) -> None:
    row = {"id": reception_id, "case_id": case_id, "journey_id": journey_id, "state": "expected", "version": 1}
    await work.execute(insert(RECEPTIONS), row)
    await _name(work, reception_id, person_ids)


async def id_of(work: Work, journey_id: str) -> str | None:
    """The reception of a journey."""
    query = select(RECEPTIONS.c.id).where(RECEPTIONS.c.journey_id == journey_id)
    return (await work.execute(query)).scalar_one_or_none()


async def save_arrival(
    work: Work, reception_id: str, case_id: str, person_ids: Sequence[str], country: str, at: datetime
) -> None:
    """The group arrived: these people, and no others, are the manifest."""
    box = (await work.cipher(case_id)).encrypt_text(f"receptions.country/{reception_id}", country)
    values = {"country": box, "arrived_at": at, "version": RECEPTIONS.c.version + 1}
    await work.execute(update(RECEPTIONS).where(RECEPTIONS.c.id == reception_id).values(values))
    await work.execute(delete(PERSONS).where(PERSONS.c.reception_id == reception_id))
    await _name(work, reception_id, person_ids)


async def save_end(work: Work, reception_id: str) -> bool:
    """Only a confirmed reception ends; False when it was not."""
    confirmed = (RECEPTIONS.c.id == reception_id) & (RECEPTIONS.c.state == "confirmed")
    values = {"state": "ended", "version": RECEPTIONS.c.version + 1}
    return (await work.execute(update(RECEPTIONS).where(confirmed).values(values))).rowcount == 1


async def handed_over_since(work: Work, person_ids: Sequence[str], at: datetime) -> set[str]:
    """Those of `person_ids` whose hand-over was confirmed after an instant."""
    running = select(RECEPTIONS.c.id).where(RECEPTIONS.c.confirmed_at > at)
    query = select(PERSONS.c.person_id).where(PERSONS.c.person_id.in_(person_ids), PERSONS.c.reception_id.in_(running))
    return set((await work.execute(query)).scalars())


async def load(work: Work, reception_id: str, *, lock: bool = False) -> Reception:
    """lock: nobody else confirms it until this transaction ends. Errors: Refusal not_found."""
    query = select(RECEPTIONS).where(RECEPTIONS.c.id == reception_id)
    found = await _opened(work, query.with_for_update() if lock else query)
    if not found:
        raise not_found()
    return found[0]


async def of_case(work: Work, case_id: str, after: str | None, limit: int) -> Slice[Reception]:
    """Those that the present actor may see: who is expected still, then the others in order of arrival."""
    query = visible_to(work.actor, work.now).where(RECEPTIONS.c.case_id == case_id)
    arrival = func.coalesce(RECEPTIONS.c.arrived_at, literal(NEVER, Instant))
    found = await _opened(work, paged(query, (arrival, RECEPTIONS.c.id), after, limit))
    return Slice.of(found, limit, found)


async def forget(work: Work, person_id: str) -> None:
    await work.execute(delete(PERSONS).where(PERSONS.c.person_id == person_id))


async def forget_case(work: Work, case_id: str, *, ended: bool) -> None:
    """Those of the case that name nobody; ended: all of them."""
    of_case = RECEPTIONS.c.case_id == case_id
    if ended:
        theirs = select(RECEPTIONS.c.id).where(of_case)
        await work.execute(delete(PERSONS).where(PERSONS.c.reception_id.in_(theirs)))
    named = select(PERSONS.c.reception_id)
    await work.execute(delete(RECEPTIONS).where(of_case, RECEPTIONS.c.id.not_in(named)))


async def _name(work: Work, reception_id: str, person_ids: Sequence[str]) -> None:
    rows = [{"reception_id": reception_id, "person_id": person_id} for person_id in person_ids]
    await work.execute(insert(PERSONS), rows)


async def _opened(work: Work, query: Select[Any]) -> list[Reception]:
    rows = (await work.execute(query)).all()
    people: dict[str, list[str]] = {row.id: [] for row in rows}
    named = select(PERSONS).where(PERSONS.c.reception_id.in_(people)).order_by(PERSONS.c.person_id)
    for row in await work.execute(named):
        people[row.reception_id].append(row.person_id)
    countries = await _countries(work, rows)
    return [
        Reception(
            row.id,
            row.case_id,
            row.journey_id,
            row.state,
            tuple(people[row.id]),
            countries.get(row.id),
            row.arrived_at,
            row.escort_by,
            row.reception_by,
            row.confirmed_at,
            row.version,
        )
        for row in rows
    ]


async def _countries(work: Work, rows: Sequence[Any]) -> dict[str, str]:
    ciphers = await work.ciphers({row.case_id for row in rows})
    return {
        row.id: ciphers[row.case_id].decrypt_text(f"receptions.country/{row.id}", row.country)
        for row in rows
        if row.country is not None and row.case_id in ciphers
    }
