"""The tables of journeys and travellers, and every query on them."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

import orjson
from sqlalchemy import Column, ForeignKey, Index, Integer, Select, String, Table, insert, select

from services.logistics.database import metadata
from services.logistics.journeys.model.journeys import UNDER_WAY, Journey, Plan
from shared.access import visible_cases
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


def visible_to(actor_id: str) -> Select[Any]:
    """The journeys that the actor may see: those of the cases they are assigned to."""
    return select(JOURNEYS).where(JOURNEYS.c.case_id.in_(visible_cases(actor_id)))


async def add(work: Work, journey: Journey, plan: Plan) -> None:
    cipher = await work.cipher(journey.case_id)
    raw = orjson.dumps([plan.destination_country, plan.duress_word]).ljust(PADDED)
    row = {
        "id": journey.id,
        "case_id": journey.case_id,
        "state": journey.state,
        "terms": cipher.encrypt(f"journeys.terms/{journey.id}", raw),
        "planned_at": work.now,
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


async def page_of_case(work: Work, case_id: str, after: str | None, limit: int) -> list[Journey]:
    """The next journeys of the case, in order of their ids."""
    query = visible_to(work.actor.id).where(JOURNEYS.c.case_id == case_id).order_by(JOURNEYS.c.id).limit(limit)
    return await _journeys(work, query if after is None else query.where(JOURNEYS.c.id > after))


async def travelling(work: Work, person_ids: Collection[str]) -> set[str]:
    """Who of these is on a journey that is not over."""
    query = (
        select(MANIFEST.c.person_id)
        .join(JOURNEYS, JOURNEYS.c.id == MANIFEST.c.journey_id)
        .where(MANIFEST.c.person_id.in_(person_ids), JOURNEYS.c.state.in_(UNDER_WAY))
    )
    return set((await work.execute(query)).scalars())


async def destinations(work: Work, journeys: Collection[Journey]) -> dict[str, str]:
    """The country that each of these goes to; of an erased case there is none."""
    return {journey_id: country for journey_id, (country, _) in (await _terms(work, journeys)).items()}


async def duress_word(work: Work, journey: Journey) -> str | None:
    return (await _terms(work, [journey])).get(journey.id, ("", None))[1]


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
    return [Journey(row.id, row.case_id, tuple(people[row.id]), row.state, row.version) for row in rows]
