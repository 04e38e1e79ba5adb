"""The tables of cases, verification items and journeys, and every query on them."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Column, Index, Integer, Select, String, Table, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from services.intake.cases.model import FACETS, Case, Facets, Item
from services.intake.database import metadata
from shared.access import visible_cases
from shared.database import Instant, ident
from shared.errors import not_found
from shared.vault import Ciphertext, Encrypted, SubjectCipher
from shared.work import Work

CASES = Table(
    "cases",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("code_name", String(40), nullable=False, unique=True),
    Column("state", String(16), nullable=False),
    Column("request_id", ident(), nullable=False, unique=True),
    Column("opened_at", Instant, nullable=False),
    Column("opened_by", ident(), nullable=False),
    Column("triage", Encrypted),
    Column("plan", Encrypted),
    Column("version", Integer, nullable=False),
)

ITEMS = Table(
    "verification_items",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("case_id", ident(), nullable=False),
    Column("finding", Encrypted, nullable=False),
    Column("recorded_by", ident(), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Index(None, "case_id"),
)

JOURNEYS = Table(
    "journeys",
    metadata,
    Column("person_id", ident(), primary_key=True),
    Column("case_id", ident(), nullable=False),
    *(Column(facet, String(16)) for facet in FACETS),
    Index(None, "case_id"),
)


def visible_to(actor_id: str) -> Select[Any]:
    """The cases that the actor may see: those they are assigned to and not recused from."""
    return select(CASES).where(CASES.c.id.in_(visible_cases(actor_id)))


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
    free = (sqlite if work.dialect == "sqlite" else postgresql).insert(CASES).on_conflict_do_nothing()
    return (await work.execute(free, row)).rowcount == 1


async def load(work: Work, case_id: str) -> Case:
    """Errors: Refusal not_found."""
    row = (await work.execute(select(CASES).where(CASES.c.id == case_id))).one_or_none()
    if row is None:
        raise not_found()
    return case_of(row)


async def load_boxes(work: Work, case_id: str) -> tuple[Ciphertext | None, Ciphertext | None]:
    """Triage and plan, encrypted."""
    row = (await work.execute(select(CASES.c.triage, CASES.c.plan).where(CASES.c.id == case_id))).one()
    return row.triage, row.plan


async def page_visible(work: Work, after: str | None, limit: int) -> list[Case]:
    """The next cases that the present actor may see, in order of their ids."""
    query = visible_to(work.actor.id).order_by(CASES.c.id).limit(limit)
    if after is not None:
        query = query.where(CASES.c.id > after)
    return [case_of(row) for row in await work.execute(query)]


async def add_item(work: Work, case_id: str, item: Item, cipher: SubjectCipher) -> None:
    finding = {"kind": item.kind, "result": item.result, "note": item.note}
    row = {
        "id": item.id,
        "case_id": case_id,
        "finding": cipher.encrypt_json(f"verification_items.finding/{item.id}", finding),
        "recorded_by": item.recorded_by,
        "recorded_at": work.now,
    }
    await work.execute(insert(ITEMS), row)


async def items(work: Work, case_id: str, cipher: SubjectCipher) -> list[Item]:
    """The verification items of a case, oldest first."""
    rows = await work.execute(select(ITEMS).where(ITEMS.c.case_id == case_id).order_by(ITEMS.c.recorded_at, ITEMS.c.id))
    return [
        Item(
            id=row.id,
            recorded_by=row.recorded_by,
            **cipher.decrypt_json(f"verification_items.finding/{row.id}", row.finding),
        )
        for row in rows
    ]


async def recorders(work: Work, case_id: str) -> set[str]:
    """Who recorded verification items of the case."""
    return set((await work.execute(select(ITEMS.c.recorded_by).where(ITEMS.c.case_id == case_id))).scalars())


async def begin_journeys(work: Work, case_id: str, person_ids: Sequence[str]) -> None:
    rows = [{"person_id": person_id, "case_id": case_id, **asdict(Facets())} for person_id in person_ids]
    await work.execute(insert(JOURNEYS), rows)


async def set_facet(work: Work, facet: str, state: str, person_ids: Collection[str]) -> None:
    """What the facet's owner said last of these people."""
    await work.execute(update(JOURNEYS).where(JOURNEYS.c.person_id.in_(person_ids)).values({facet: state}))


async def set_intake_facet(work: Work, case_id: str, state: str) -> None:
    await work.execute(update(JOURNEYS).where(JOURNEYS.c.case_id == case_id).values(intake=state))


async def board_rows(work: Work, after: str | None, limit: int) -> list[tuple[str, str, str, Facets]]:
    """Person, case, code name and facets of everybody whose case the actor may see."""
    query = (
        select(JOURNEYS, CASES.c.code_name)
        .join(CASES, CASES.c.id == JOURNEYS.c.case_id)
        .where(JOURNEYS.c.case_id.in_(visible_cases(work.actor.id)))
        .order_by(JOURNEYS.c.person_id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(JOURNEYS.c.person_id > after)
    return [
        (row["person_id"], row["case_id"], row["code_name"], Facets(**{facet: row[facet] for facet in FACETS}))
        for row in (await work.execute(query)).mappings()
    ]


def case_of(row: Any) -> Case:
    return Case(row.id, row.code_name, row.state, row.request_id, row.version)
