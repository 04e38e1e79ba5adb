"""The table of journeys, who may look behind their veils, and every query on them."""

from collections.abc import Collection, Sequence
from typing import Any

import orjson
from sqlalchemy import Column, Index, String, Table, delete, insert, select, update

from services.intake.cases.model.journeys import Facets, Later, Place
from services.intake.cases.store.lifecycle import CASES
from services.intake.database import metadata
from shared.access import visible_cases
from shared.database import ident
from shared.errors import not_found
from shared.vault import Ciphertext, Encrypted, SubjectCipher
from shared.veils import Veils
from shared.work import Work

JOURNEYS = Table(
    "journeys",
    metadata,
    Column("person_id", ident(), primary_key=True),
    Column("case_id", ident(), nullable=False),
    Column("intake", String(16)),
    Column("shelter", String(16)),
    Column("later", Encrypted),
    Index(None, "case_id"),
)

VEILS = Veils(metadata)

PADDED = 384


async def begin_journeys(work: Work, case_id: str, person_ids: Sequence[str]) -> None:
    rows = [
        {
            "person_id": person_id,
            "case_id": case_id,
            "intake": Facets().intake,
            "later": _later_box(await work.cipher(person_id), person_id, Later({}, {})),
        }
        for person_id in person_ids
    ]
    await work.execute(insert(JOURNEYS), rows)


async def set_shelter(work: Work, state: str, person_ids: Collection[str]) -> None:
    """What logistics said last of the beds of these people."""
    await work.execute(update(JOURNEYS).where(JOURNEYS.c.person_id.in_(person_ids)).values(shelter=state))


async def lock_later(work: Work, person_ids: Collection[str]) -> dict[str, Later]:
    """What was told of these people's later journeys; nobody else changes it until this transaction ends.

    Who was erased is left out.
    """
    query = select(JOURNEYS).where(JOURNEYS.c.person_id.in_(person_ids)).order_by(JOURNEYS.c.person_id)
    rows = (await work.execute(query.with_for_update())).all()
    ciphers = await work.ciphers([row.person_id for row in rows])
    return {row.person_id: _later(ciphers[row.person_id], row) for row in rows if row.person_id in ciphers}


async def set_later(work: Work, person_id: str, later: Later) -> None:
    """The caller holds the lock of the row."""
    box = _later_box(await work.cipher(person_id), person_id, later)
    await work.execute(update(JOURNEYS).where(JOURNEYS.c.person_id == person_id).values(later=box))


async def living(work: Work, case_id: str) -> set[str]:
    """Whoever of a case is not known to have died; nobody else changes their journeys until this transaction ends."""
    ids = (await work.execute(select(JOURNEYS.c.person_id).where(JOURNEYS.c.case_id == case_id))).scalars()
    found = await lock_later(work, list(ids))
    return {person_id for person_id, later in found.items() if later.open.get("life") != "deceased"}


async def set_intake_facet(work: Work, case_id: str, state: str) -> None:
    await work.execute(update(JOURNEYS).where(JOURNEYS.c.case_id == case_id).values(intake=state))


async def board_rows(work: Work, after: str | None, limit: int) -> list[tuple[Place, Later]]:
    """Where everybody stands whose case the actor may see; of who was erased their later journey is unknown."""
    query = (
        select(JOURNEYS, CASES.c.code_name, CASES.c.standing)
        .join(CASES, CASES.c.id == JOURNEYS.c.case_id)
        .where(JOURNEYS.c.case_id.in_(visible_cases(work.actor, work.now)))
        .order_by(JOURNEYS.c.person_id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(JOURNEYS.c.person_id > after)
    rows = (await work.execute(query)).all()
    ciphers = await work.ciphers([row.person_id for row in rows])
    return [(_place(row), _later(ciphers.get(row.person_id), row)) for row in rows]


async def of_person(work: Work, person_id: str) -> tuple[Place, Later]:
    """Where somebody stands. Errors: Refusal not_found."""
    query = select(JOURNEYS, CASES.c.code_name, CASES.c.standing).join(CASES, CASES.c.id == JOURNEYS.c.case_id)
    row = (await work.execute(query.where(JOURNEYS.c.person_id == person_id))).one_or_none()
    if row is None:
        raise not_found()
    return _place(row), _later(await work.cipher(person_id), row)


def _place(row: Any) -> Place:
    return Place(row.person_id, row.case_id, row.code_name, Facets(row.intake, row.shelter, standing=row.standing))


def _later(cipher: SubjectCipher | None, row: Any) -> Later:
    if cipher is None or row.later is None:
        return Later({}, {})
    return Later(*cipher.decrypt_json(f"journeys.later/{row.person_id}", row.later))


def _later_box(cipher: SubjectCipher, person_id: str, later: Later) -> Ciphertext:
    # Of one length, whatever was told, so that the database does not tell who came how far behind a veil.
    said = orjson.dumps([dict(later.open), dict(later.behind)], option=orjson.OPT_SORT_KEYS).ljust(PADDED)
    return cipher.encrypt(f"journeys.later/{person_id}", said)


async def forget_journey(work: Work, person_id: str) -> None:
    await work.execute(delete(JOURNEYS).where(JOURNEYS.c.person_id == person_id))
    await VEILS.forget(work, person_id)


async def forget_case(work: Work, case_id: str) -> None:
    await work.execute(delete(JOURNEYS).where(JOURNEYS.c.case_id == case_id))
