"""The tables of plans and of how far their goals have come, and every query on them."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Index,
    Integer,
    Select,
    String,
    Table,
    delete,
    func,
    insert,
    select,
    update,
)

from services.intake.cases.model.planning import Content, Goal, Plan, PlanProposal, SafetyPlan, Turn
from services.intake.database import metadata
from shared.access import Actor
from shared.access.approval_rows import approvals
from shared.clock import new_id
from shared.database import Instant, Slice, ident, paged
from shared.errors import not_found
from shared.vault import Encrypted, SubjectCipher
from shared.work import Work

PLANS = Table(
    "case_plans",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("case_id", ident(), nullable=False),
    Column("number", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("content", Encrypted, nullable=False),
    Column("written_by", ident(), nullable=False),
    Column("written_at", Instant, nullable=False),
    Index(None, "case_id", "number", unique=True),
)

TURNS = Table(
    "goal_turns",
    metadata,
    Column("id", ident(), primary_key=True),
    Column("case_id", ident(), nullable=False),
    Column("goal_id", ident(), nullable=False),
    Column("number", Integer, nullable=False),
    Column("said", Encrypted, nullable=False),
    Column("said_by", ident(), nullable=False),
    Column("said_at", Instant, nullable=False),
    Index(None, "case_id", "number", unique=True),
)


async def add(work: Work, plan: Plan) -> None:
    cipher = await work.cipher(plan.case_id)
    row = {
        "id": plan.id,
        "case_id": plan.case_id,
        "number": plan.number,
        "state": plan.state,
        "content": cipher.encrypt_json(f"case_plans.content/{plan.id}", asdict(plan.content)),
        "written_by": plan.written_by,
        "written_at": plan.written_at,
    }
    await work.execute(insert(PLANS), row)


async def last_number(work: Work, case_id: str) -> int:
    query = select(func.coalesce(func.max(PLANS.c.number), 0)).where(PLANS.c.case_id == case_id)
    return int((await work.execute(query)).scalar_one())


async def newest(work: Work, case_id: str) -> Plan | None:
    """The last version that was written."""
    return await _first(work, _of_case(case_id).order_by(PLANS.c.number.desc()).limit(1))


async def in_force(work: Work, case_id: str) -> Plan | None:
    """The version that counts."""
    return await _first(work, _of_case(case_id).where(PLANS.c.state == "approved"))


async def load(work: Work, case_id: str, plan_id: str) -> Plan:
    """Errors: Refusal not_found."""
    plan = await _first(work, _of_case(case_id).where(PLANS.c.id == plan_id))
    if plan is None:
        raise not_found()
    return plan


async def page(work: Work, case_id: str, after: str | None, limit: int) -> Slice[Plan]:
    """The next versions, oldest first."""
    rows = (await work.execute(paged(_of_case(case_id), (PLANS.c.number, PLANS.c.id), after, limit))).all()
    cipher = await work.cipher(case_id)
    return Slice.of(rows, limit, [_plan(cipher, row) for row in rows])


async def authors(work: Work, case_id: str) -> set[str]:
    """Who wrote a version since the one that counts."""
    counts = select(func.coalesce(func.max(PLANS.c.number), 0)).where(
        PLANS.c.case_id == case_id, PLANS.c.state == "approved"
    )
    query = select(PLANS.c.written_by).where(PLANS.c.case_id == case_id, PLANS.c.number > counts.scalar_subquery())
    return set((await work.execute(query)).scalars())


def wrote(actor: Actor) -> ColumnElement[bool]:
    """The approvals of plans of which the actor wrote a version that does not count yet."""
    theirs = select(PLANS.c.id).where(
        PLANS.c.case_id == approvals.c.case_id, PLANS.c.written_by == actor.id, PLANS.c.state == "draft"
    )
    return theirs.exists()


async def open_proposal(work: Work, case_id: str) -> PlanProposal | None:
    """The draft that waits for a supervisor."""
    query = select(approvals).where(
        approvals.c.kind == "case_plan",
        approvals.c.case_id == case_id,
        approvals.c.state == "open",
        approvals.c.expires_at > work.now,
    )
    row = (await work.execute(query)).one_or_none()
    return None if row is None else PlanProposal(row.id, row.subject_id, row.proposed_by, row.expires_at)


async def let_count(work: Work, plan: Plan) -> None:
    """This version counts from now on, and no other."""
    of_case = update(PLANS).where(PLANS.c.case_id == plan.case_id, PLANS.c.state != "replaced")
    await work.execute(of_case.values(state="replaced"))
    await work.execute(update(PLANS).where(PLANS.c.id == plan.id).values(state="approved"))


async def add_turn(work: Work, case_id: str, turn: Turn) -> None:
    """The caller holds the row of the case."""
    turn_id, cipher = new_id(), await work.cipher(case_id)
    last = select(func.coalesce(func.max(TURNS.c.number), 0)).where(TURNS.c.case_id == case_id)
    row = {
        "id": turn_id,
        "case_id": case_id,
        "goal_id": turn.goal_id,
        "number": (await work.execute(last)).scalar_one() + 1,
        "said": cipher.encrypt_json(f"goal_turns.said/{turn_id}", {"progress": turn.progress, "note": turn.note}),
        "said_by": turn.said_by,
        "said_at": turn.said_at,
    }
    await work.execute(insert(TURNS), row)


async def last_turns(work: Work, case_id: str) -> Mapping[str, Turn]:
    """How far each goal has come, by its id; one of which nobody said anything is absent."""
    cipher = await work.cipher(case_id)
    rows = await work.execute(select(TURNS).where(TURNS.c.case_id == case_id).order_by(TURNS.c.number))
    return {
        row.goal_id: Turn(
            goal_id=row.goal_id,
            said_by=row.said_by,
            said_at=row.said_at,
            **cipher.decrypt_json(f"goal_turns.said/{row.id}", row.said),
        )
        for row in rows
    }


async def forget_case(work: Work, case_id: str) -> None:
    for table in (PLANS, TURNS):
        await work.execute(delete(table).where(table.c.case_id == case_id))


def _of_case(case_id: str) -> Select[Any]:
    return select(PLANS).where(PLANS.c.case_id == case_id)


async def _first(work: Work, query: Select[Any]) -> Plan | None:
    row = (await work.execute(query)).one_or_none()
    return None if row is None else _plan(await work.cipher(row.case_id), row)


def _plan(cipher: SubjectCipher, row: Any) -> Plan:
    return Plan(row.id, row.case_id, row.number, row.state, _content(cipher, row), row.written_by, row.written_at)


def _content(cipher: SubjectCipher, row: Any) -> Content:
    if row.id == row.case_id:
        # What was planned before there were versions bears the id of its case, and its box was made for that.
        earlier = cipher.decrypt_json(f"cases.plan/{row.case_id}", row.content)["goals"]
        return Content(tuple(Goal(row.case_id, text, None, None) for text in earlier), SafetyPlan(), None)
    raw = cipher.decrypt_json(f"case_plans.content/{row.id}", row.content)
    goals = tuple(Goal(**{**goal, "due_on": _day(goal["due_on"])}) for goal in raw["goals"])
    safety = SafetyPlan(**{name: tuple(lines) for name, lines in raw["safety"].items()})
    return Content(goals, safety, _day(raw["review_on"]))


def _day(raw: str | None) -> date | None:
    return None if raw is None else date.fromisoformat(raw)
