"""The legs table and every query on it: where a journey goes, and what was heard from it.

Rule: places and words are ciphertext under the case's key; times are plain, for the ladder.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ForeignKey,
    Integer,
    Select,
    Table,
    UniqueConstraint,
    delete,
    insert,
    select,
    update,
)

from services.logistics.database import metadata
from services.logistics.journeys.model.check_ins import Leg
from services.logistics.journeys.model.journeys import Journey, Route
from services.logistics.journeys.store.journeys import JOURNEYS
from shared.clock import new_id
from shared.database import Instant, ident
from shared.errors import not_found
from shared.vault import Encrypted
from shared.work import Work

PADDED = 384

LEGS = Table(
    "legs",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("journey_id", ident(), ForeignKey(JOURNEYS.c.id), nullable=False),
    Column("case_id", ident(), nullable=False),
    Column("number", Integer, nullable=False),
    Column("places", Encrypted, nullable=False),
    Column("departs_at", Instant, nullable=False),
    Column("expected_by", Instant, nullable=False),
    Column("climbed", Integer, nullable=False),
    Column("checked_in_at", Instant),
    Column("word", Encrypted),
    UniqueConstraint("journey_id", "number"),
)


async def add(work: Work, journey: Journey, routes: Collection[Route]) -> None:
    cipher = await work.cipher(journey.case_id)
    rows = []
    for number, route in enumerate(routes, 1):
        leg_id = new_id()
        row = {
            "id": leg_id,
            "journey_id": journey.id,
            "case_id": journey.case_id,
            "number": number,
            "places": cipher.encrypt_json(f"legs.places/{leg_id}", [route.from_place, route.to_place]),
            "departs_at": route.departs_at,
            "expected_by": route.expected_by,
            "climbed": 0,
        }
        rows.append(row)
    await work.execute(insert(LEGS), rows)


async def of_journeys(work: Work, journey_ids: Collection[str], *, lock: bool = False) -> dict[str, list[Leg]]:
    """By journey, first leg first; of an erased case there are none."""
    query = select(LEGS).where(LEGS.c.journey_id.in_(journey_ids)).order_by(LEGS.c.journey_id, LEGS.c.number)
    return await _legs(work, query.with_for_update() if lock else query)


async def load(work: Work, leg_id: str) -> Leg:
    """Locked until the transaction ends. Errors: Refusal not_found."""
    return _one(await _legs(work, select(LEGS).where(LEGS.c.id == leg_id).with_for_update()))


async def load_number(work: Work, journey_id: str, number: int) -> Leg:
    """Locked until the transaction ends. Errors: Refusal not_found."""
    of_it = (LEGS.c.journey_id == journey_id) & (LEGS.c.number == number)
    return _one(await _legs(work, select(LEGS).where(of_it).with_for_update()))


async def set_climbed(work: Work, leg_id: str, climbed: int) -> None:
    await work.execute(update(LEGS).where(LEGS.c.id == leg_id).values(climbed=climbed))


async def set_checked_in(work: Work, leg_id: str, at: datetime) -> None:
    await work.execute(update(LEGS).where(LEGS.c.id == leg_id).values(checked_in_at=at))


async def set_word(work: Work, case_id: str, leg_id: str, word: str) -> None:
    """The last words that came with a report of this leg."""
    box = (await work.cipher(case_id)).encrypt(f"legs.word/{leg_id}", word.encode().ljust(PADDED))
    await work.execute(update(LEGS).where(LEGS.c.id == leg_id).values(word=box))


async def forget_case(work: Work, case_id: str) -> None:
    await work.execute(delete(LEGS).where(LEGS.c.case_id == case_id))


async def _legs(work: Work, query: Select[Any]) -> dict[str, list[Leg]]:
    rows = (await work.execute(query)).all()
    ciphers = await work.ciphers({row.case_id for row in rows})
    found: dict[str, list[Leg]] = defaultdict(list)
    for row in rows:
        if row.case_id in ciphers:
            places = ciphers[row.case_id].decrypt_json(f"legs.places/{row.id}", row.places)
            route = Route(places[0], places[1], row.departs_at, row.expected_by)
            leg = Leg(row.id, row.journey_id, row.number, route, row.climbed, row.checked_in_at)
            found[row.journey_id].append(leg)
    return found


def _one(found: dict[str, list[Leg]]) -> Leg:
    for legs in found.values():
        return legs[0]
    raise not_found()
