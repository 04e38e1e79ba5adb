"""The tables of stays and of the people in them, and every query on them."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
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
    select,
    text,
    update,
)

from services.logistics.database import metadata
from services.logistics.safe_houses.model.stays import Leaving, Occupancy, Stay, StayState
from services.logistics.safe_houses.store.houses import HOUSES
from services.logistics.travellers.model import ERRANDS
from shared.access import Actor, visible_cases, with_more_than
from shared.database import Instant, ident
from shared.errors import not_found
from shared.work import Work

_LIVE = text("live")

STAYS = Table(
    "stays",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("case_id", ident(), nullable=False),
    Column("house_id", ident(), ForeignKey(HOUSES.c.id), nullable=False),
    Column("state", String(16), nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("version", Integer, nullable=False),
    Index(None, "case_id"),
    Index(None, "house_id"),
)

BEDS = Table(
    "stay_people",
    metadata,
    Column("stay_id", ident(), ForeignKey(STAYS.c.id), primary_key=True),
    Column("person_id", ident(), primary_key=True),
    Column("live", Boolean, nullable=False),
    Column("left_by", ident()),
    Column("left_at", Instant),
    Index("ix_stay_people_one_live", "person_id", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
)

_LIVE_BEDS = STAYS.join(BEDS, (BEDS.c.stay_id == STAYS.c.id) & BEDS.c.live.is_(True))


def visible_to(actor: Actor, now: datetime) -> Select[Any]:
    """The stays that the actor may see: those of the cases they may see."""
    return select(STAYS).where(STAYS.c.case_id.in_(visible_cases(actor, now)), with_more_than(actor, ERRANDS))


async def add(work: Work, stay: Stay) -> None:
    row = {
        "id": stay.id,
        "case_id": stay.case_id,
        "house_id": stay.house_id,
        "state": stay.state,
        "expires_at": stay.expires_at,
        "changed_at": work.now,
        "version": stay.version,
    }
    await work.execute(insert(STAYS), row)
    beds = [{"stay_id": stay.id, "person_id": person_id, "live": True} for person_id in stay.person_ids]
    await work.execute(insert(BEDS), beds)


async def load(work: Work, stay_id: str, *, lock: bool = False) -> Stay:
    """Errors: Refusal not_found."""
    query = select(STAYS).where(STAYS.c.id == stay_id)
    found = await _stays(work, query.with_for_update() if lock else query)
    if not found:
        raise not_found()
    return found[0]


async def page_of_case(work: Work, case_id: str, after: str | None, limit: int) -> list[Stay]:
    """The next stays of the case, in order of their ids."""
    query = visible_to(work.actor, work.now).where(STAYS.c.case_id == case_id).order_by(STAYS.c.id).limit(limit)
    return await _stays(work, query if after is None else query.where(STAYS.c.id > after))


async def live_holds(work: Work, house_id: str) -> list[Stay]:
    """Locked until the transaction ends."""
    of_house = (STAYS.c.house_id == house_id) & (STAYS.c.state == "held")
    return await _stays(work, select(STAYS).where(of_house).order_by(STAYS.c.id).with_for_update())


async def held_for(work: Work, case_id: str) -> list[Stay]:
    """The holds of a case that nobody came to yet; locked until the transaction ends."""
    waiting = (STAYS.c.case_id == case_id) & (STAYS.c.state == "held")
    return await _stays(work, select(STAYS).where(waiting).order_by(STAYS.c.id).with_for_update())


async def live_of(work: Work, person_ids: Collection[str]) -> list[Stay]:
    """The live holds and stays in which one of these people has a bed; locked until the transaction ends."""
    theirs = select(BEDS.c.stay_id).where(BEDS.c.person_id.in_(person_ids), BEDS.c.live.is_(True))
    return await _stays(work, select(STAYS).where(STAYS.c.id.in_(theirs)).order_by(STAYS.c.id).with_for_update())


async def with_a_bed(work: Work, person_ids: Collection[str]) -> set[str]:
    """Who of these has a live hold or stay."""
    query = select(BEDS.c.person_id).where(BEDS.c.person_id.in_(person_ids), BEDS.c.live.is_(True))
    return set((await work.execute(query)).scalars())


async def beds_taken(work: Work, house_ids: Collection[str]) -> dict[str, int]:
    """By house; a house with none is absent."""
    query = (
        select(STAYS.c.house_id, func.count().label("taken"))
        .select_from(_LIVE_BEDS)
        .where(STAYS.c.house_id.in_(house_ids))
        .group_by(STAYS.c.house_id)
    )
    return {row.house_id: row.taken for row in await work.execute(query)}


async def occupancy(work: Work, house_id: str) -> Occupancy:
    query = select(STAYS.c.case_id).select_from(_LIVE_BEDS).where(STAYS.c.house_id == house_id)
    cases = list((await work.execute(query)).scalars())
    return Occupancy(len(cases), frozenset(cases))


async def end(work: Work, stay: Stay, state: StayState) -> int:
    """The stay is over for everybody in it; returns its next version. Errors: Refusal stale."""
    await free(work, stay.id, stay.person_ids)
    return await work.change(STAYS, stay.id, stay.version, state=state, changed_at=work.now)


async def free(work: Work, stay_id: str, person_ids: Sequence[str]) -> None:
    """These people no longer have their beds."""
    theirs = (BEDS.c.stay_id == stay_id) & BEDS.c.person_id.in_(person_ids)
    await work.execute(update(BEDS).where(theirs).values(live=False))


async def forget(work: Work, person_id: str) -> None:
    await work.execute(delete(BEDS).where(BEDS.c.person_id == person_id))


async def forget_case(work: Work, case_id: str) -> None:
    of_case = select(STAYS.c.id).where(STAYS.c.case_id == case_id)
    await work.execute(delete(BEDS).where(BEDS.c.stay_id.in_(of_case)))
    await work.execute(delete(STAYS).where(STAYS.c.case_id == case_id))


async def mark_left(work: Work, stay_id: str, person_ids: Sequence[str]) -> None:
    """The present actor's act took these people away on a journey."""
    theirs = (BEDS.c.stay_id == stay_id) & BEDS.c.person_id.in_(person_ids)
    await work.execute(update(BEDS).where(theirs).values(left_by=work.actor.id, left_at=work.now))


async def settle(work: Work, stay_id: str) -> None:
    """That people left it is known to everybody from now on."""
    await work.execute(update(BEDS).where(BEDS.c.stay_id == stay_id).values(left_by=None, left_at=None))


async def cases_that_left(work: Work, house_ids: Collection[str]) -> set[str]:
    """The cases of which somebody left one of these houses on a journey."""
    query = select(STAYS.c.case_id).join(BEDS, BEDS.c.stay_id == STAYS.c.id).where(BEDS.c.left_by.is_not(None))
    return set((await work.execute(query.where(STAYS.c.house_id.in_(house_ids)).distinct())).scalars())


async def leavings(work: Work, case_ids: Collection[str]) -> list[Leaving]:
    """Who of these cases left on a journey."""
    query = (
        select(STAYS.c.case_id, STAYS.c.house_id, BEDS)
        .join(BEDS, BEDS.c.stay_id == STAYS.c.id)
        .where(BEDS.c.left_by.is_not(None), STAYS.c.case_id.in_(case_ids))
        .order_by(BEDS.c.stay_id, BEDS.c.person_id)
    )
    return [
        Leaving(row.case_id, row.house_id, row.stay_id, row.person_id, row.left_by, row.left_at)
        for row in await work.execute(query)
    ]


async def _stays(work: Work, query: Select[Any]) -> list[Stay]:
    rows = (await work.execute(query)).all()
    beds: dict[str, list[tuple[str, bool]]] = defaultdict(list)
    of_these = select(BEDS).where(BEDS.c.stay_id.in_([row.id for row in rows])).order_by(BEDS.c.person_id)
    for bed in await work.execute(of_these) if rows else ():
        beds[bed.stay_id].append((bed.person_id, bed.live))
    return [_stay(row, beds[row.id]) for row in rows]


def _stay(row: Any, beds: list[tuple[str, bool]]) -> Stay:
    live = tuple(person_id for person_id, has_bed in beds if has_bed)
    people = live or tuple(person_id for person_id, _ in beds)
    return Stay(row.id, row.case_id, row.house_id, people, row.state, row.expires_at, row.version)
