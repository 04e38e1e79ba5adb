"""What can be done about the plan of a case: write drafts, have one approved, say how far its goals have come."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from services.intake.cases.actions.moving import case_for, move
from services.intake.cases.model import planning as model
from services.intake.cases.model.lifecycle import Case, check_seen
from services.intake.cases.model.planning import Content, Plan, PlanProposal, Progress, Turn
from services.intake.cases.store import planning as store
from services.intake.cases.store.lifecycle import CASES
from services.intake.duties import actions as duties
from services.intake.duties.model import Subject, Who
from shared.access import entries_of
from shared.approving import Act, propose, sign
from shared.approving import replace as end_open
from shared.clock import new_id
from shared.database import Slice
from shared.errors import conflict
from shared.work import Work

CASE_PLAN = Act(
    "case_plan",
    model.APPROVE_WITHIN,
    "approve_plan",
    "see_case",
    "/cases/{case_id}/plan/decision",
    barred=store.wrote,
    waiting=duties.ON_CASE,
)


@dataclass(frozen=True)
class Planned:
    """The version that counts, the draft since then, what waits for a supervisor, and how far the goals have come."""

    in_force: Plan | None
    draft: Plan | None
    proposal: PlanProposal | None
    turns: Mapping[str, Turn]
    version: int


async def write_plan(work: Work, case_id: str, version: int, content: Content) -> Plan:
    """Write a new draft; what waits for a supervisor waits no longer.

    Errors: Refusal not_found, forbidden, stale; conflict when not triaged; invalid not_on_the_case,
    review_in_the_past.
    """
    case = await case_for(work, case_id, "plan_case", lock=True)
    check_seen(case, version)
    assigned, _ = await entries_of(work, case_id)
    model.check_writing(case, content, assigned, work.now.date())
    await work.change(CASES, case_id, version)
    await _end_waiting(work, case_id)
    number = await store.last_number(work, case_id) + 1
    plan = Plan(new_id(), case_id, number, "draft", content, work.actor.id, work.now)
    await store.add(work, plan)
    work.audit("plan_case", case_id=case_id, subjects=[plan.id])
    return plan


async def propose_plan(work: Work, case_id: str, version: int) -> PlanProposal:
    """Ask a supervisor to approve the draft. Errors: Refusal not_found, forbidden, stale; conflict for the draft."""
    case = await case_for(work, case_id, "plan_case", lock=True)
    check_seen(case, version)
    plan = model.check_proposal(await store.newest(work, case_id), work.now.date())
    await _end_waiting(work, case_id)
    approval = await propose(work, CASE_PLAN, plan.id, model.approved(plan), case_id=case_id)
    return PlanProposal(approval.id, plan.id, work.actor.id, approval.expires_at)


async def decide_plan(work: Work, case_id: str, version: int, approval_id: str, *, approve: bool) -> Case:
    """A supervisor who wrote none of it approves the draft, or sends it back.

    Errors: Refusal not_found, forbidden, stale; conflict same_person, already_decided, approval_expired.
    """
    case = await case_for(work, case_id, "approve_plan", lock=True)
    check_seen(case, version)
    waiting = await store.open_proposal(work, case_id)
    if waiting is None or waiting.id != approval_id:
        raise conflict("already_decided", "This draft does not wait any more.")
    plan = await store.load(work, case_id, waiting.plan_id)
    model.check_supervisor(work.actor.id, await store.authors(work, case_id))
    await sign(work, CASE_PLAN, approval_id, model.approved(plan), approve=approve)
    return await _let_count(work, case, plan) if approve else case


async def see_plan(work: Work, case_id: str) -> Planned:
    """Errors: Refusal not_found for who may not see the case."""
    case = await case_for(work, case_id, "see_case")
    in_force, newest = await store.in_force(work, case_id), await store.newest(work, case_id)
    draft = newest if newest is not None and newest.state == "draft" else None
    work.audit("see_plan", case_id=case_id, subjects=[plan.id for plan in (in_force, draft) if plan is not None])
    proposal, turns = await store.open_proposal(work, case_id), await store.last_turns(work, case_id)
    return Planned(in_force, draft, proposal, turns, case.version)


async def see_versions(work: Work, case_id: str, after: str | None, limit: int) -> Slice[Plan]:
    """Every version that was written. Errors: Refusal not_found for who may not see the case."""
    await case_for(work, case_id, "see_case")
    plans = await store.page(work, case_id, after, limit)
    work.audit("see_plan", case_id=case_id, subjects=[plan.id for plan in plans.items])
    return plans


async def say_progress(work: Work, case_id: str, version: int, goal_id: str, progress: Progress, note: str) -> Turn:
    """Say how far a goal of the plan that counts has come.

    Errors: Refusal not_found, forbidden, stale; conflict not_a_goal.
    """
    await case_for(work, case_id, "plan_case", lock=True)
    plan = await store.in_force(work, case_id)
    if plan is None or goal_id not in {goal.id for goal in plan.content.goals}:
        raise conflict("not_a_goal", "The plan that counts has no such goal.")
    await work.change(CASES, case_id, version)
    turn = Turn(goal_id, progress, note, work.actor.id, work.now)
    await store.add_turn(work, case_id, turn)
    work.audit("say_progress", case_id=case_id, subjects=[goal_id])
    return turn


async def carry(work: Work, from_case_id: str, to_case_id: str) -> None:
    """A case that was split off begins with the plan of the group. The caller checked that it may."""
    plan = await store.in_force(work, from_case_id)
    if plan is None:
        return
    carried = replace(plan, id=new_id(), case_id=to_case_id, number=1)
    await store.add(work, carried)
    for turn in (await store.last_turns(work, from_case_id)).values():
        await store.add_turn(work, to_case_id, turn)
    await _look_again(work, carried)


async def _end_waiting(work: Work, case_id: str) -> None:
    waiting = await store.open_proposal(work, case_id)
    if waiting is not None:
        await end_open(work, CASE_PLAN, waiting.plan_id)


async def _let_count(work: Work, case: Case, plan: Plan) -> Case:
    await store.let_count(work, plan)
    await duties.settle(work, "review_plan", case.id)
    await _look_again(work, plan)
    if case.state == "planned":
        return replace(case, version=await work.change(CASES, case.id, case.version))
    return await move(work, case, case.version, "planned", None)


async def _look_again(work: Work, plan: Plan) -> None:
    due_at = model.review_at(plan.content)
    if due_at is not None:
        who, about = Who.person(plan.written_by), Subject.case(plan.case_id)
        await duties.assign(work, "review_plan", about, cause=plan.id, due_at=due_at, who=who)
