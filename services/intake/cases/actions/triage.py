"""What can be done about how urgent a case is: ask the rules, decide, look back.

Rule: what is known of the people counts as it holds at that instant, what one keeps from the others too. It is shown to
staff who work with the people and to nobody else, and of who is still on the case alone. What is known since makes the
next triage due sooner, and what weighs at once: the duty to look again is one, whatever comes, until somebody did.
"""

from collections.abc import Collection
from dataclasses import replace

from services.intake.cases.actions.moving import case_for, move
from services.intake.cases.model import triage as model
from services.intake.cases.model.lifecycle import Case
from services.intake.cases.model.triage import Assessment, Factor, Priority, Rules, Triage
from services.intake.cases.store import lifecycle
from services.intake.cases.store import triage as store
from services.intake.cases.store.lifecycle import CASES
from services.intake.duties import actions as duties
from services.intake.duties.model import Subject, Who
from services.intake.people import actions as people
from shared.access import Resource, case_resource
from shared.clock import new_id
from shared.database import Slice
from shared.work import Work


async def see_rules(work: Work) -> Rules:
    """Errors: Refusal forbidden for who is not of staff."""
    work.permit("see_triage_rules", Resource("TriageRules", "all", {}))
    work.audit("see_triage_rules")
    return store.rules()


async def assess(work: Work, case_id: str, codes: Collection[str]) -> Assessment:
    """What the rules would say; nothing is decided. Errors: Refusal not_found, forbidden; invalid for the codes."""
    await case_for(work, case_id, "triage_case")
    known = await _known(work, case_id)
    work.audit("assess_triage", case_id=case_id, subjects=[it.entry_id for it in known])
    return model.assess(store.rules(), codes, known)


async def triage(
    work: Work, case_id: str, version: int, codes: Collection[str], priority: Priority, reason: str
) -> Case:
    """Decide on the priority, beside what the rules suggest; somebody looks again when its day has come.

    Errors: Refusal not_found, forbidden, stale; conflict when not verified; invalid unknown_code, nothing_applies,
    reason_needed.
    """
    case = await case_for(work, case_id, "triage_case", lock=True)
    assessment = model.assess(store.rules(), codes, await _known(work, case_id))
    decided = model.decide(store.rules(), new_id(), assessment, priority, reason, work.actor.id, work.now)
    if case.version == version:
        model.check_triage(case)
    went_on = await _go_on(work, case, version)
    await store.add(work, case_id, decided, await people.ids_of_case(work, case_id))
    await duties.settle(work, "retriage", case_id)
    await _look_again(work, case_id, decided)
    return went_on


async def see_triages(work: Work, case_id: str, after: str | None, limit: int) -> Slice[Triage]:
    """Every triage there was. Errors: Refusal not_found for who may not see the case."""
    await case_for(work, case_id, "see_case")
    triages = await store.page(work, case_id, after, limit)
    case = await case_resource(work, work.actor, case_id)
    if work.tools.policies.allows(work.actor, "see_people", case):
        group = await people.ids_of_case(work, case_id)
        triages = replace(triages, items=tuple(await store.with_factors(work, triages.items, group)))
    work.audit("see_triages", case_id=case_id, subjects=[one.id for one in triages.items])
    return triages


async def carry(work: Work, from_case_id: str, to_case_id: str, moved: Collection[str]) -> None:
    """A case that was split off begins as urgent as the group was, with what counted of who is on it. The caller
    checked that it may."""
    last = await store.latest(work, from_case_id)
    if last is not None:
        (told,) = await store.with_factors(work, [last], moved)
        carried = replace(told, id=new_id())
        await store.add(work, to_case_id, carried, moved)
        await _look_again(work, to_case_id, carried)


async def reconsider(work: Work, case_id: str) -> None:
    """The timer: something else holds of somebody on a case, who may have come from another one."""
    case = await lifecycle.load(work, case_id, lock=True)
    last = await store.latest(work, case_id)
    if last is None or case.state not in model.TRIAGED_SINCE:
        return
    (last,) = await store.with_factors(work, [last], await people.ids_of_case(work, case_id))
    due_at = model.look_again_at(store.rules(), last, await _known(work, case_id), work.now)
    if due_at is not None:
        who = Who.on_case() if due_at == work.now else Who.person(last.decided_by)
        await duties.hasten(work, "retriage", Subject.case(case_id), cause=last.id, due_at=due_at, who=who)


TIMERS = {people.KNOWN_ANEW: reconsider}


async def _known(work: Work, case_id: str) -> list[Factor]:
    """What holds of who is on the case and a rule names."""
    named = store.rules().factors
    entries = await people.live_of_case(work, case_id)
    factors = [Factor(it.id, it.person_id, f"{it.kind}.{it.value}", it.since, it.kept) for it in entries]
    return [factor for factor in factors if factor.code in named]


async def _go_on(work: Work, case: Case, version: int) -> Case:
    """A case that was triaged before stays where it is, and nobody else need hear of it."""
    if case.state == "verified":
        return await move(work, case, version, "triaged", "triage_case")
    next_version = await work.change(CASES, case.id, version)
    work.audit("triage_case", case_id=case.id)
    return replace(case, version=next_version)


async def _look_again(work: Work, case_id: str, decided: Triage) -> None:
    if decided.again_at is not None:
        who, about = Who.person(decided.decided_by), Subject.case(case_id)
        await duties.assign(work, "retriage", about, cause=decided.id, due_at=decided.again_at, who=who)
