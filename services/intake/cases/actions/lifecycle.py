"""What can be done with a case as a whole, from opening it to closing it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from services.intake.cases.actions import finding
from services.intake.cases.actions.assignment import hold_room, refuse_full
from services.intake.cases.actions.moving import case_for
from services.intake.cases.model.lifecycle import Case
from services.intake.cases.model.triage import Triage
from services.intake.cases.store import assignment, families, journeys, planning, turns, verdicts, verification
from services.intake.cases.store import lifecycle as store
from services.intake.cases.store import triage as triages
from services.intake.people import actions as people
from services.intake.people.model import Facts
from services.intake.search import actions as search
from services.intake.staff import actions as staff
from services.intake.staff.model import Assignment
from shared.clock import new_id
from shared.contracts.fields import Sealed
from shared.contracts.intake import CaseMember, CaseOpened, MemberFacts
from shared.errors import conflict
from shared.work import Work


@dataclass(frozen=True)
class CaseDetails:
    """A case with what is personal about it, decrypted: the triage that counts, and the goals of the plan that does."""

    case: Case
    triage: Triage | None
    goals: tuple[str, ...]


async def open_case(
    work: Work,
    request_id: str,
    code_name: str,
    group: Sequence[Facts],
    team: Collection[str],
    referral_id: str | None,
) -> Case:
    """Open a case for a group; the opener and `team` are assigned to it. The caller checked that they may.

    The opener has it until they hand it over, whatever their cap. Errors: Refusal invalid for an impossible group;
    conflict for a code name in use, and caseload_full when somebody of the team has no room.
    """
    await refuse_full(work, await hold_room(work, set(team) - {work.actor.id}))
    case = Case(new_id(), code_name, "verifying", request_id, 1)
    if not await store.add(work, case):
        raise conflict("code_name_in_use", "Choose another code name.")
    work.create_key(case.id)
    await finding.be_found(work, case.id, code_name)
    registered = await people.register(work, case.id, group)
    await journeys.begin_journeys(work, case.id, [person.id for person, _ in registered])
    members = tuple(
        CaseMember(
            person_id=person.id,
            facts=Sealed.of(
                person.id,
                MemberFacts(
                    principal=person.principal, born_on=facts.born_on, country_of_danger=facts.country_of_danger
                ),
            ),
        )
        for person, facts in registered
    )
    work.emit(CaseOpened(case_id=case.id, at=work.now, members=members, referral_id=referral_id))
    await staff.assign(work, case.id, Assignment(tuple(sorted({work.actor.id, *team})), ()), ())
    work.audit("open_case", case_id=case.id, subjects=[request_id])
    return case


async def see_case(work: Work, case_id: str) -> CaseDetails:
    """Errors: Refusal not_found for who may not see it."""
    case = await case_for(work, case_id, "see_case")
    triage, plan = await triages.latest(work, case_id), await planning.in_force(work, case_id)
    work.audit("see_case", case_id=case_id)
    return CaseDetails(case, triage, () if plan is None else tuple(goal.text for goal in plan.content.goals))


async def see_cases(work: Work, after: str | None, limit: int) -> list[Case]:
    """The cases that the actor is assigned to."""
    cases = await store.page_visible(work, after, limit)
    work.audit("see_cases", subjects=[case.id for case in cases])
    return cases


async def lock(work: Work, case_id: str) -> None:
    """Nobody else changes the case until this transaction ends. Errors: Refusal not_found, also when it was erased."""
    await store.load(work, case_id, lock=True)


async def forget_person(work: Work, person_id: str) -> None:
    """Their journey is no longer shown, and nothing is kept of what was found about them. The caller decided so."""
    await verification.forget_person(work, person_id)
    await triages.forget_person(work, person_id)
    await turns.forget_person(work, person_id)
    await journeys.forget_journey(work, person_id)


async def forget_case(work: Work, case_id: str) -> None:
    """Nobody is left on it: what is known of the group goes, and nobody sees it any more. The caller decided so."""
    for rows in (assignment, planning, triages, verdicts, verification, journeys, families, turns):
        await rows.forget_case(work, case_id)
    await search.forget(work, [case_id])
    await work.cancel(people.KNOWN_ANEW, case_id)
    await store.forget(work, case_id)
    await staff.release(work, case_id)
