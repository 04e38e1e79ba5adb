"""The tables of plans and needs, and every query on them."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, Integer, Select, String, Table, delete, insert, select, text, update

from services.settlement.database import metadata
from services.settlement.plans.model import Content, Need, Plan
from services.settlement.programmes.store.submissions import veiled_to
from shared.access import Actor, assigned_cases, staff_with
from shared.database import Instant, Slice, ident, paged
from shared.errors import not_found
from shared.vault import Ciphertext, Encrypted
from shared.work import Work

_OPEN = text("state = 'open'")

PLANS = Table(
    "plans",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("case_id", ident(), nullable=False),
    Column("person_id", ident(), nullable=False),
    Column("state", String(8), nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("version", Integer, nullable=False),
    Index("ix_plans_one_open", "person_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    Index(None, "case_id"),
)

NEEDS = Table(
    "needs",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("plan_id", ident(), ForeignKey(PLANS.c.id), nullable=False),
    Column("state", String(8), nullable=False),
    Column("content", Encrypted, nullable=False),
    Column("added_at", Instant, nullable=False),
    Column("version", Integer, nullable=False),
    Index(None, "plan_id"),
)


def visible_to(actor: Actor, now: datetime) -> Select[Any]:
    """Of the cases that a settlement worker is assigned to, but of nobody who is veiled to them.

    They tell of employability: broken glass does not open them, so the instant does not matter.
    """
    return select(PLANS).where(
        PLANS.c.case_id.in_(assigned_cases(actor)),
        PLANS.c.person_id.not_in(veiled_to(actor.id)),
        staff_with(actor, "settlement_worker"),
    )


def hidden_from(actor_id: str) -> Select[Any]:
    """The ids of the plans of people who are veiled to the actor; for use as a subquery."""
    return select(PLANS.c.id).where(PLANS.c.person_id.in_(veiled_to(actor_id)))


async def add(work: Work, plan: Plan) -> None:
    row = {
        "id": plan.id,
        "case_id": plan.case_id,
        "person_id": plan.person_id,
        "state": plan.state,
        "opened_at": work.now,
        "version": plan.version,
    }
    await work.execute(insert(PLANS), row)


async def add_need(work: Work, plan: Plan, need: Need) -> None:
    row = {
        "id": need.id,
        "plan_id": plan.id,
        "state": need.state,
        "content": await seal_content(work, plan, need.id, need.content),
        "added_at": work.now,
        "version": need.version,
    }
    await work.execute(insert(NEEDS), row)


async def touch(work: Work, plan: Plan) -> None:
    """Something that is shown beside its version changed; the caller holds its lock."""
    await work.execute(update(PLANS).where(PLANS.c.id == plan.id).values(version=PLANS.c.version + 1))


async def seal_content(work: Work, plan: Plan, need_id: str, content: Content) -> Ciphertext:
    return (await work.cipher(plan.person_id)).encrypt_json(f"needs.content/{need_id}", asdict(content))


async def has_open(work: Work, person_id: str) -> bool:
    query = select(PLANS.c.id).where(PLANS.c.person_id == person_id, PLANS.c.state == "open")
    return (await work.execute(query)).first() is not None


async def plan_of(work: Work, need_id: str) -> str | None:
    """On which plan the need is."""
    return (await work.execute(select(NEEDS.c.plan_id).where(NEEDS.c.id == need_id))).scalar_one_or_none()


async def load(work: Work, plan_id: str, *, lock: bool = False) -> Plan:
    """lock: its needs are nobody else's until this transaction ends. Errors: Refusal not_found."""
    query = select(PLANS).where(PLANS.c.id == plan_id)
    rows = (await work.execute(query.with_for_update() if lock else query)).all()
    found = await _opened(work, rows)
    if not found:
        raise not_found()
    return found[0]


async def load_around(work: Work, need_id: str) -> Plan:
    """The plan that a need is on, locked. Errors: Refusal not_found."""
    plan_id = (await work.execute(select(NEEDS.c.plan_id).where(NEEDS.c.id == need_id))).scalar_one_or_none()
    if plan_id is None:
        raise not_found()
    return await load(work, plan_id, lock=True)


async def of_case(work: Work, case_id: str, after: str | None, limit: int) -> Slice[Plan]:
    """Those that the present actor may see, oldest first; who was erased is left out."""
    query = visible_to(work.actor, work.now).where(PLANS.c.case_id == case_id)
    order = (PLANS.c.opened_at, PLANS.c.person_id, PLANS.c.id)
    rows = (await work.execute(paged(query, order, after, limit))).all()
    return Slice.of(rows, limit, await _opened(work, rows))


async def follow(work: Work, person_ids: Collection[str], case_id: str) -> None:
    await work.execute(update(PLANS).where(PLANS.c.person_id.in_(person_ids)).values(case_id=case_id))


async def forget(work: Work, person_id: str) -> None:
    plans = select(PLANS.c.id).where(PLANS.c.person_id == person_id)
    await work.execute(delete(NEEDS).where(NEEDS.c.plan_id.in_(plans)))
    await work.execute(delete(PLANS).where(PLANS.c.person_id == person_id))


async def _opened(work: Work, rows: Sequence[Any]) -> list[Plan]:
    ciphers = await work.ciphers({row.person_id for row in rows})
    needs = await _needs(work, [row.id for row in rows])
    plans = []
    for row in rows:
        if row.person_id in ciphers:
            cipher = ciphers[row.person_id]
            opened = tuple(
                Need(
                    need.id,
                    need.plan_id,
                    need.state,
                    Content(**cipher.decrypt_json(f"needs.content/{need.id}", need.content)),
                    need.version,
                )
                for need in needs[row.id]
            )
            plans.append(Plan(row.id, row.case_id, row.person_id, row.state, opened, row.version))
    return plans


async def _needs(work: Work, plan_ids: Sequence[str]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {plan_id: [] for plan_id in plan_ids}
    query = select(NEEDS).where(NEEDS.c.plan_id.in_(plan_ids)).order_by(NEEDS.c.added_at, NEEDS.c.id)
    for row in await work.execute(query):
        found[row.plan_id].append(row)
    return found
