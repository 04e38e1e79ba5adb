"""What can be done with a case, from opening it to closing it, and what the other services' news do to its journeys."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from services.intake.cases import model, store
from services.intake.cases.model import Case, CaseState, Item, ItemKind, ItemResult, Priority
from services.intake.people import actions as people
from services.intake.people.model import Facts
from shared.access import case_resource, entries_of, replace_entries
from shared.clock import new_id
from shared.contracts.fields import Sealed
from shared.contracts.intake import AccessChanged, CaseMember, CaseOpened, CaseStateChanged, MemberFacts
from shared.errors import conflict, invalid
from shared.work import Work


@dataclass(frozen=True)
class CaseDetails:
    """A case with what is personal about it, decrypted."""

    case: Case
    priority: Priority | None
    priority_reason: str | None
    goals: tuple[str, ...]


@dataclass(frozen=True)
class Team:
    """Who works on a case, and who must not; the version is the case's."""

    assigned: tuple[str, ...]
    recused: tuple[str, ...]
    version: int


@dataclass(frozen=True)
class BoardRow:
    """Where a person stands, and what they wait for."""

    person_id: str
    case_id: str
    code_name: str
    state: str
    blocked_by: tuple[str, ...]


async def open_case(
    work: Work,
    request_id: str,
    code_name: str,
    group: Sequence[Facts],
    team: Collection[str],
    referral_id: str | None,
) -> Case:
    """Open a case for a group; the opener and `team` are assigned to it. The caller checked that they may.

    Errors: Refusal invalid for an impossible group; conflict for a code name in use.
    """
    case = Case(new_id(), code_name, "verifying", request_id, 1)
    if not await store.add(work, case):
        raise conflict("code_name_in_use", "Choose another code name.")
    work.create_key(case.id)
    registered = await people.register(work, case.id, group)
    await store.begin_journeys(work, case.id, [person.id for person, _ in registered])
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
    await _assign(work, case.id, {work.actor.id, *team})
    work.audit("open_case", case_id=case.id, subjects=[request_id])
    return case


async def assign(work: Work, case_id: str, version: int, team: Collection[str], recused: Collection[str]) -> Team:
    """Replace who is assigned to a case and who is recused from it.

    Errors: Refusal not_found, forbidden, stale; invalid when nobody would be left on the case.
    """
    await _load(work, case_id, "assign_staff")
    assigned = set(team) - set(recused)
    if not assigned:
        raise invalid("nobody_left", "Somebody who is not recused has to stay on the case.")
    next_version = await work.change(store.CASES, case_id, version)
    await _assign(work, case_id, assigned, recused)
    work.audit("assign_staff", case_id=case_id, subjects=sorted({*assigned, *recused}))
    return Team(tuple(sorted(assigned)), tuple(sorted(recused)), next_version)


async def see_team(work: Work, case_id: str) -> Team:
    """Who is assigned to a case and who is recused from it. Errors: Refusal not_found, forbidden."""
    case = await _load(work, case_id, "assign_staff")
    assigned, recused = await entries_of(work, case_id)
    work.audit("see_team", case_id=case_id, subjects=[*assigned, *recused])
    return Team(tuple(assigned), tuple(recused), case.version)


async def see_case(work: Work, case_id: str) -> CaseDetails:
    """Errors: Refusal not_found for who may not see it."""
    case = await _load(work, case_id, "see_case")
    cipher = await work.cipher(case_id)
    triage_box, plan_box = await store.load_boxes(work, case_id)
    urgency = {} if triage_box is None else cipher.decrypt_json(f"cases.triage/{case_id}", triage_box)
    goals = () if plan_box is None else cipher.decrypt_json(f"cases.plan/{case_id}", plan_box)["goals"]
    work.audit("see_case", case_id=case_id)
    return CaseDetails(case, urgency.get("priority"), urgency.get("reason"), tuple(goals))


async def see_cases(work: Work, after: str | None, limit: int) -> list[Case]:
    """The cases that the actor is assigned to."""
    cases = await store.page_visible(work, after, limit)
    work.audit("see_cases", subjects=[case.id for case in cases])
    return cases


async def see_board(work: Work, after: str | None, limit: int) -> list[BoardRow]:
    """Where everybody stands whose case the actor may see."""
    rows = [
        BoardRow(person_id, case_id, code_name, model.state_of(facets), model.blocked_by(facets))
        for person_id, case_id, code_name, facets in await store.board_rows(work, after, limit)
    ]
    work.audit("see_board", subjects=[row.person_id for row in rows])
    return rows


async def record_item(work: Work, case_id: str, kind: ItemKind, result: ItemResult, note: str) -> Item:
    """Record what an interview or a partner's check showed; whoever decides must have seen it, so the version goes on.

    Errors: Refusal not_found, conflict when decided.
    """
    case = await _load(work, case_id, "verify_case")
    if case.state != "verifying":
        raise conflict("wrong_state", "The verification is decided.")
    await work.change(store.CASES, case_id, case.version)
    item = Item(new_id(), kind, result, note, work.actor.id)
    await store.add_item(work, case_id, item, await work.cipher(case_id))
    work.audit("record_verification_item", case_id=case_id, subjects=[item.id])
    return item


async def see_items(work: Work, case_id: str) -> list[Item]:
    """What the verification of a case showed. Errors: Refusal not_found for who may not see the case."""
    await _load(work, case_id, "see_case")
    items = await store.items(work, case_id, await work.cipher(case_id))
    work.audit("see_verification_items", case_id=case_id, subjects=[item.id for item in items])
    return items


async def decide_verification(work: Work, case_id: str, version: int, *, verified: bool) -> Case:
    """Another person than those who recorded items decides. Errors: Refusal forbidden, conflict, stale."""
    case = await _load(work, case_id, "decide_verification")
    model.check_decider(work.actor.id, await store.recorders(work, case_id))
    return await _go(work, case, version, "verified" if verified else "not_verified", "decide_verification")


async def triage(work: Work, case_id: str, version: int, priority: Priority, reason: str) -> Case:
    """Set the processing priority. Errors: Refusal conflict when not verified; stale."""
    case = await _load(work, case_id, "triage_case")
    cipher = await work.cipher(case_id)
    box = cipher.encrypt_json(f"cases.triage/{case_id}", {"priority": priority, "reason": reason})
    return await _go(work, case, version, "triaged", "triage_case", triage=box)


async def plan(work: Work, case_id: str, version: int, goals: Sequence[str]) -> Case:
    """Write the case plan. Errors: Refusal conflict when not triaged; stale."""
    case = await _load(work, case_id, "plan_case")
    cipher = await work.cipher(case_id)
    box = cipher.encrypt_json(f"cases.plan/{case_id}", {"goals": list(goals)})
    return await _go(work, case, version, "planned", "plan_case", plan=box)


async def close(work: Work, case_id: str, version: int) -> Case:
    """Errors: Refusal conflict when closed already; stale."""
    return await _go(work, await _load(work, case_id, "close_case"), version, "closed", "close_case")


async def reopen(work: Work, case_id: str, version: int) -> Case:
    """A closed or not verified case is verified anew. Errors: Refusal conflict when it goes on; stale."""
    case = await _load(work, case_id, "reopen_case")
    return await _go(work, case, version, "verifying", "reopen_case", told="reopened")


async def follow(work: Work, facet: str, states: dict[str, str | None]) -> None:
    """Another service told how far people have come; `None` tells nothing that intake may show."""
    for state in {state for state in states.values() if state is not None}:
        await store.set_facet(work, facet, state, [person for person, told in states.items() if told == state])


async def _load(work: Work, case_id: str, action: str) -> Case:
    work.permit(action, await case_resource(work, work.actor, case_id), see="see_case")
    return await store.load(work, case_id)


async def _go(
    work: Work,
    case: Case,
    version: int,
    to: CaseState,
    verb: str,
    *,
    told: Literal["reopened"] | None = None,
    **values: object,
) -> Case:
    if case.version == version:
        model.advance(case, to)
    next_version = await work.change(store.CASES, case.id, version, state=to, **values)
    await store.set_intake_facet(work, case.id, to)
    work.emit(CaseStateChanged(case_id=case.id, at=work.now, state=told or to))
    work.audit(verb, case_id=case.id)
    return Case(case.id, case.code_name, to, case.request_id, next_version)


async def _assign(work: Work, case_id: str, team: Collection[str], recused: Collection[str] = ()) -> None:
    await replace_entries(work, case_id, team, recused, work.now)
    work.emit(AccessChanged(case_id=case_id, at=work.now, assigned=tuple(sorted(team)), recused=tuple(sorted(recused))))
