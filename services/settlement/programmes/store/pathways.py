"""The tables of ways without a programme and their people, and every query on them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, Select, Table, delete, insert, select

from services.settlement.database import metadata
from services.settlement.programmes.model.pathways import Pathway
from shared.access import Actor, visible_cases
from shared.database import Instant, Slice, ident, paged
from shared.vault import Encrypted
from shared.work import Work

PATHWAYS = Table(
    "pathways",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("case_id", ident(), nullable=False),
    Column("terms", Encrypted, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Index(None, "case_id"),
)

PERSONS = Table(
    "pathway_persons",
    metadata,
    Column("pathway_id", ident(), ForeignKey(PATHWAYS.c.id), primary_key=True),
    Column("person_id", ident(), primary_key=True),
    Index(None, "person_id"),
)


def visible_to(actor: Actor, now: datetime) -> Select[Any]:
    """The ways of the cases that the actor may see."""
    return select(PATHWAYS).where(PATHWAYS.c.case_id.in_(visible_cases(actor, now)))


async def add(work: Work, pathway: Pathway) -> None:
    terms = {"kind": pathway.kind, "country": pathway.country, "from_date": pathway.from_date}
    row = {
        "id": pathway.id,
        "case_id": pathway.case_id,
        "terms": (await work.cipher(pathway.case_id)).encrypt_json(f"pathways.terms/{pathway.id}", terms),
        "opened_at": work.now,
    }
    await work.execute(insert(PATHWAYS), row)
    people = [{"pathway_id": pathway.id, "person_id": person_id} for person_id in pathway.person_ids]
    await work.execute(insert(PERSONS), people)


async def with_way(work: Work, person_ids: Sequence[str]) -> set[str]:
    """Those of `person_ids` who have a way without a programme."""
    return set((await work.execute(select(PERSONS.c.person_id).where(PERSONS.c.person_id.in_(person_ids)))).scalars())


async def of_case(work: Work, case_id: str, after: str | None, limit: int) -> Slice[Pathway]:
    """Those that the present actor may see, oldest first."""
    query = visible_to(work.actor, work.now).where(PATHWAYS.c.case_id == case_id)
    rows = (await work.execute(paged(query, (PATHWAYS.c.opened_at, PATHWAYS.c.id), after, limit))).all()
    people: dict[str, list[str]] = {row.id: [] for row in rows}
    named = select(PERSONS).where(PERSONS.c.pathway_id.in_(people)).order_by(PERSONS.c.person_id)
    for row in await work.execute(named):
        people[row.pathway_id].append(row.person_id)
    cipher = await work.cipher(case_id)
    terms = {row.id: cipher.decrypt_json(f"pathways.terms/{row.id}", row.terms) for row in rows}
    found = [
        Pathway(
            row.id,
            row.case_id,
            terms[row.id]["kind"],
            tuple(people[row.id]),
            terms[row.id]["country"],
            date.fromisoformat(terms[row.id]["from_date"]),
        )
        for row in rows
    ]
    return Slice.of(found, limit, found)


async def forget(work: Work, person_id: str) -> None:
    await work.execute(delete(PERSONS).where(PERSONS.c.person_id == person_id))


async def forget_case(work: Work, case_id: str, *, ended: bool) -> None:
    """Those of the case that name nobody; ended: all of them."""
    of_case = PATHWAYS.c.case_id == case_id
    if ended:
        theirs = select(PATHWAYS.c.id).where(of_case)
        await work.execute(delete(PERSONS).where(PERSONS.c.pathway_id.in_(theirs)))
    named = select(PERSONS.c.pathway_id)
    await work.execute(delete(PATHWAYS).where(of_case, PATHWAYS.c.id.not_in(named)))
