"""The tables of journeys and travellers, and every query on them."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Column, ForeignKey, Index, Integer, Select, String, Table, delete, insert, select

from services.logistics.database import metadata
from services.logistics.journeys.model.journeys import UNDER_WAY, Journey, Plan
from services.logistics.travellers.model import ERRANDS
from shared.access import Actor, visible_cases, with_more_than
from shared.database import Instant, ident
from shared.errors import not_found
from shared.vault import Encrypted
from shared.work import Work

PADDED = 512

JOURNEYS = Table(
    "journeys",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("case_id", ident(), nullable=False),
    Column("state", String(16), nullable=False),
    Column("terms", Encrypted, nullable=False),
    Column("planned_by", ident()),
    Column("planned_at", Instant, nullable=False),
    Column("departed_at", Instant),
    Column("arrived_at", Instant),
    Column("version", Integer, nullable=False),
    Index(None, "case_id"),
)

MANIFEST = Table(
    "journey_people",
    metadata,
    Column("journey_id", ident(), ForeignKey(JOURNEYS.c.id), primary_key=True),
    Column("person_id", ident(), primary_key=True),
    Index(None, "person_id"),
)


def visible_to(actor: Actor, now: datetime, hidden: Collection[str] = ()) -> Select[Any]:
    """The journeys that the actor may see: those of the cases they may see, but none of those `hidden`."""
    theirs = JOURNEYS.c.case_id.in_(visible_cases(actor, now))
    return select(JOURNEYS).where(theirs, with_more_than(actor, ERRANDS), JOURNEYS.c.id.not_in(hidden))


async def add(work: Work, journey: Journey, plan: Plan) -> None:
    cipher = await work.cipher(journey.case_id)
    raw = orjson.dumps([plan.destination_country, plan.duress_word]).ljust(PADDED)
    row = {
        "id": journey.id,
        "case_id": journey.case_id,
        "state": journey.state,
        "terms": cipher.encrypt(f"journeys.terms/{journey.id}", raw),
        "planned_by": journey.planned_by,
        "planned_at": journey.planned_at,
        "version": journey.version,
    }
    await work.execute(insert(JOURNEYS), row)
    manifest = [{"journey_id": journey.id, "person_id": person_id} for person_id in journey.person_ids]
    await work.execute(insert(MANIFEST), manifest)


async def load(work: Work, journey_id: str, *, lock: bool = False) -> Journey:
    """lock: nobody else moves it until this transaction ends. Errors: Refusal not_found."""
    query = select(JOURNEYS).where(JOURNEYS.c.id == journey_id)
    found = await _journeys(work, query.with_for_update() if lock else query)
    if not found:
        raise not_found()
    return found[0]


def planned(journey_id: str) -> Select[Any]:
    """Who is on a journey, and who planned it when: a row for each of them, one row when it is nobody."""
    query = select(MANIFEST.c.person_id, JOURNEYS.c.planned_by, JOURNEYS.c.planned_at)
    return query.select_from(JOURNEYS.outerjoin(MANIFEST)).where(JOURNEYS.c.id == journey_id)


async def of_case(work: Work, case_id: str) -> list[Journey]:
    """Every journey of the case, whoever may know of it."""
    return await _journeys(work, select(JOURNEYS).where(JOURNEYS.c.case_id == case_id))


async def among(work: Work, ids: Collection[str]) -> list[Journey]:
    """Those of these ids that are journeys, whoever may know of them."""
    return await _journeys(work, select(JOURNEYS).where(JOURNEYS.c.id.in_(ids)))


async def page_of_case(
    work: Work, case_id: str, after: str | None, limit: int, *, hidden: Collection[str]
) -> list[Journey]:
    """The next journeys of the case, in order of their ids."""
    query = visible_to(work.actor, work.now, hidden).where(JOURNEYS.c.case_id == case_id)
    query = query.order_by(JOURNEYS.c.id).limit(limit)
    return await _journeys(work, query if after is None else query.where(JOURNEYS.c.id > after))


async def destinations(work: Work, journeys: Collection[Journey]) -> dict[str, str]:
    """The country that each of these goes to; of an erased case there is none."""
    return {journey_id: country for journey_id, (country, _) in (await _terms(work, journeys)).items()}


async def duress_word(work: Work, journey: Journey) -> str | None:
    return (await _terms(work, [journey])).get(journey.id, ("", None))[1]


async def forget(work: Work, person_id: str) -> None:
    """Nobody can tell that they travelled."""
    await work.execute(delete(MANIFEST).where(MANIFEST.c.person_id == person_id))


async def of_nobody(work: Work, case_id: str) -> list[Journey]:
    """Journeys of the case that are under way with nobody on them; locked until the transaction ends."""
    of_case = (JOURNEYS.c.case_id == case_id) & JOURNEYS.c.state.in_(UNDER_WAY)
    found = await _journeys(work, select(JOURNEYS).where(of_case).order_by(JOURNEYS.c.id).with_for_update())
    return [journey for journey in found if not journey.person_ids]


async def forget_case(work: Work, case_id: str) -> None:
    """The legs are gone already."""
    of_case = select(JOURNEYS.c.id).where(JOURNEYS.c.case_id == case_id)
    await work.execute(delete(MANIFEST).where(MANIFEST.c.journey_id.in_(of_case)))
    await work.execute(delete(JOURNEYS).where(JOURNEYS.c.case_id == case_id))


async def _terms(work: Work, journeys: Collection[Journey]) -> dict[str, tuple[str, str | None]]:
    ciphers = await work.ciphers({journey.case_id for journey in journeys})
    query = select(JOURNEYS.c.id, JOURNEYS.c.case_id, JOURNEYS.c.terms)
    rows = await work.execute(query.where(JOURNEYS.c.id.in_([journey.id for journey in journeys])))
    return {
        row.id: tuple(ciphers[row.case_id].decrypt_json(f"journeys.terms/{row.id}", row.terms))
        for row in rows
        if row.case_id in ciphers
    }


async def _journeys(work: Work, query: Select[Any]) -> list[Journey]:
    rows = (await work.execute(query)).all()
    people: dict[str, list[str]] = defaultdict(list)
    of_these = (
        select(MANIFEST).where(MANIFEST.c.journey_id.in_([row.id for row in rows])).order_by(MANIFEST.c.person_id)
    )
    for one in await work.execute(of_these) if rows else ():
        people[one.journey_id].append(one.person_id)
    return [
        Journey(row.id, row.case_id, tuple(people[row.id]), row.state, row.version, row.planned_by, row.planned_at)
        for row in rows
    ]
