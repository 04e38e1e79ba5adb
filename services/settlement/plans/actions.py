"""What can be done with plans: open one, add needs, refer them, write down how they ended, close it.

Rule: needs are read by assigned settlement workers only; what they tell of employability never decides who is helped.
A plan's version counts the changes of its needs too. Who decided on an older version hears of that before any other
rule is asked.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from services.settlement.plans import model, store
from services.settlement.plans.model import Content, Need, NeedKind, Outcome, Plan
from services.settlement.programmes.actions import seal
from services.settlement.programmes.actions.telling import far_end
from shared.access import case_resource
from shared.audit import AuditEntry
from shared.clock import new_id
from shared.contracts.settlement import PlanOpened
from shared.database import Slice
from shared.unknown import Unseen, about, ids_among
from shared.work import Work

CHANGES = ("open_plan", "add_need", "refer_need", "settle_need", "close_plan")
"""What stands on the log about a plan."""


async def open_plan(work: Work, case_id: str, person_id: str) -> None:
    """A person is received: they have a plan from now on, unless they have an open one."""
    if await store.has_open(work, person_id):
        return
    plan = Plan(new_id(), case_id, person_id, "open", (), 1)
    await store.add(work, plan)
    (person,) = await far_end(work, {person_id: "in_reception"})
    work.emit(PlanOpened(case_id=case_id, plan_id=plan.id, at=work.now, person=person))
    await _write_down(work, "open_plan", plan)


async def add_need(work: Work, plan_id: str, kind: NeedKind, note: str) -> Need:
    """Write down what a person needs. Errors: Refusal not_found, forbidden, conflict when the plan is closed."""
    await _permit(work, "work_on_plan", plan_id)
    plan = await store.load(work, plan_id, lock=True)
    model.check_open(plan)
    need = Need(new_id(), plan_id, "open", Content(kind, note), 1)
    await store.add_need(work, plan, need)
    await store.touch(work, plan)
    await _write_down(work, "add_need", plan, need.id)
    return need


async def refer(work: Work, need_id: str, version: int, service: str) -> Need:
    """Ask a service for it. Errors: Refusal not_found, forbidden, stale, conflict when the need is settled."""
    await _permit(work, "work_on_plan", await store.plan_of(work, need_id) or need_id, need_id)
    plan = await store.load_around(work, need_id)
    need = plan.need(need_id)
    referred = replace(need, state="referred", content=replace(need.content, service=service))
    return await _change(work, plan, referred, version, "refer_need")


async def settle(work: Work, need_id: str, version: int, outcome: Outcome, note: str) -> Need:
    """Write down how a need ended. Errors: Refusal not_found, forbidden, stale, conflict when it is settled."""
    await _permit(work, "work_on_plan", await store.plan_of(work, need_id) or need_id, need_id)
    plan = await store.load_around(work, need_id)
    need = plan.need(need_id)
    settled = replace(need, state=outcome, content=replace(need.content, outcome_note=note))
    return await _change(work, plan, settled, version, "settle_need")


async def close(work: Work, plan_id: str, version: int) -> Plan:
    """Errors: Refusal not_found, forbidden, stale, conflict while a need is open."""
    await _permit(work, "work_on_plan", plan_id)
    plan = await store.load(work, plan_id, lock=True)
    next_version = await work.change(store.PLANS, plan_id, version, state="closed", closed_at=work.now)
    model.check_closable(plan)
    await _write_down(work, "close_plan", plan)
    return replace(plan, state="closed", version=next_version)


async def see_plans(work: Work, case_id: str, after: str | None, limit: int) -> Slice[Plan]:
    """The plans of a case. Errors: Refusal not_found for who may not see the case, forbidden."""
    work.permit("see_plans", await case_resource(work, work.actor, case_id), see="see_case")
    plans = await store.of_case(work, case_id, after, limit)
    sealed_by = await seal.sealing(work, [plan.person_id for plan in plans.items])
    work.audit("see_plans", case_id=case_id, subjects=[*(plan.id for plan in plans.items), *sealed_by])
    return plans


async def unread(work: Work, rows: Sequence[AuditEntry]) -> Unseen:
    """What a timeline tells of plans that are not for the actor, also where they are erased."""
    plans = about(rows, dict.fromkeys(CHANGES, slice(None)))
    cases = {place: rows[place].case_id for place in plans}
    closed = {
        case_id
        for case_id in set(cases.values())
        if case_id is None
        or not work.tools.policies.allows(work.actor, "see_plans", await case_resource(work, work.actor, case_id))
    }
    return Unseen(places=frozenset(place for place, case_id in cases.items() if case_id in closed))


async def follow(work: Work, person_ids: Collection[str], case_id: str) -> None:
    """They are on this case from now on, with their plans. Intake decided so."""
    await store.follow(work, person_ids, case_id)


async def forget(work: Work, person_id: str) -> None:
    """Nothing of what they needed is kept. Intake decided so."""
    await store.forget(work, person_id)


async def see_plan(work: Work, plan_id: str) -> Plan:
    """Errors: Refusal not_found for who may not see it."""
    await _permit(work, "see_plan", plan_id)
    return await _seen(work, await store.load(work, plan_id))


async def see_need(work: Work, need_id: str) -> Need:
    """Errors: Refusal not_found for who may not see the plan that it is on."""
    await _permit(work, "see_plan", await store.plan_of(work, need_id) or need_id, need_id)
    return (await _seen(work, await store.load_around(work, need_id))).need(need_id)


async def _seen(work: Work, plan: Plan) -> Plan:
    await _write_down(work, "see_plan", plan)
    return plan


async def _permit(work: Work, action: str, plan_id: str, need_id: str | None = None) -> None:
    """Before anything of the plan is decrypted. need_id: by which it was asked for."""
    case, hidden = store.PLANS.c.case_id, bool(await ids_among(work, store.hidden_from(work.actor.id), [plan_id]))
    await work.permit_in_case(action, plan_id, case, see="see_plan", kind="Plan", asked_by=need_id, hidden=hidden)


async def _change(work: Work, plan: Plan, need: Need, version: int, verb: str) -> Need:
    box = await store.seal_content(work, plan, need.id, need.content)
    next_version = await work.change(store.NEEDS, need.id, version, state=need.state, content=box)
    model.check_unsettled(plan.need(need.id))
    await store.touch(work, plan)
    await _write_down(work, verb, plan, need.id)
    return replace(need, version=next_version)


async def _write_down(work: Work, verb: str, plan: Plan, *subjects: str) -> None:
    await seal.audit_journey(work, verb, plan.case_id, [plan.id, *subjects], [plan.person_id])
