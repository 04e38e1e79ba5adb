"""What can be done about who is processed together: somebody joins later, a family splits, people join another case.

Rule: of two who change one group at once the second sees what the first left. Keys are per person, so what is known of
somebody moves along; who joins a case stands where that case stands. What else waited for a second person about a group
that changed is proposed anew. The other services hear who joined which case, numbered per person, so that the order of
their events changes nothing.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from services.intake.cases.actions import finding, planning, triage
from services.intake.cases.actions.moving import case_for
from services.intake.cases.model import families as model
from services.intake.cases.model.families import Groups, Move, Terms
from services.intake.cases.model.lifecycle import Case
from services.intake.cases.store import families as store
from services.intake.cases.store import journeys, turns, verdicts
from services.intake.cases.store import lifecycle as cases
from services.intake.consent import actions as consent
from services.intake.diary import actions as diary
from services.intake.duties import actions as duties
from services.intake.people import actions as people
from services.intake.people.model import Facts, Person, is_minor
from services.intake.staff import actions as staff
from shared.access import case_resource, entries_of, replace_open_of_case
from shared.approving import Act, propose, sign
from shared.clock import new_id
from shared.contracts.intake import CaseOpened, CaseStateChanged
from shared.errors import conflict, stale
from shared.work import Work

Following = Sequence[Callable[[Work, str], Awaitable[None]]]
"""What slices that use this one do in the transaction in which a person comes to be on another case: there is no moment
in which who was left behind could still read what went along."""

FAMILY = Act(
    "family_move",
    model.TIME_TO_DECIDE,
    "decide_move",
    "see_case",
    "/moves/{subject_id}/decision",
    waiting=duties.ON_CASE,
)


async def add_member(work: Work, case_id: str, facts: Facts) -> Person:
    """Somebody belongs to the group of a case and was not there when it was opened.

    Errors: Refusal not_found, forbidden; invalid for a birth date to come; conflict case_closed, too_many.
    """
    case = await case_for(work, case_id, "change_family", lock=True)
    _check_open(case)
    if len(await people.ids_of_case(work, case_id)) >= model.MOST:
        raise conflict("too_many", f"A case has at most {model.MOST} people.")
    person = await people.add_member(work, case_id, facts)
    await journeys.begin_journeys(work, case_id, [person.id])
    await journeys.set_intake_facet(work, case_id, case.state)
    people.tell_joined(work, case_id, None, [(person, facts)])
    return person


async def propose_move(work: Work, case_id: str, to_case_id: str | None, terms: Terms) -> tuple[Move, Terms]:
    """Ask a second person to let people of a case become a case of their own, or join another.

    Errors: Refusal not_found, forbidden, for the case that they join as well; as `model.check_move`; conflict
    case_closed, case_rests.
    """
    await case_for(work, case_id, "change_family")
    if to_case_id is not None:
        await case_for(work, to_case_id, "change_family")
    groups = await _checked(work, case_id, to_case_id, terms)
    move_id, about = new_id(), list(terms.person_ids)
    content = model.agreed(case_id, to_case_id, terms, groups)
    approval = await propose(work, FAMILY, move_id, content, case_id=case_id, about=about)
    move = Move(move_id, case_id, to_case_id, approval.id, work.actor.id, "proposed", approval.expires_at)
    await store.add(work, move, terms)
    return move, terms


async def decide_move(
    work: Work, move_id: str, version: int, following: Following, *, approve: bool
) -> tuple[Move, Terms]:
    """Somebody else decides; who agrees moves them.

    Errors: Refusal not_found, forbidden, stale; conflict same_person, content_changed, already_decided,
    approval_expired; when approving also as `propose_move`, and code_name_in_use.
    """
    await work.permit_in_case("decide_move", move_id, store.MOVES.c.case_id)
    move, terms = await store.load(work, move_id)
    if move.to_case_id is not None and move.state == "proposed":
        work.permit("decide_move", await case_resource(work, work.actor, move.to_case_id), see="see_case")
    if version != move.version:
        raise stale("stale_version", f"You saw version {version}; the present one is {move.version}.")
    if move.state != "proposed":
        raise conflict("already_decided", f"This move is {move.state}.")
    groups = await _groups(work, move.case_id, move.to_case_id)
    content = model.agreed(move.case_id, move.to_case_id, terms, groups)
    approval = await sign(work, FAMILY, move.approval_id, content, approve=approve, about=terms.person_ids)
    if approval.state != "approved":
        return replace(move, state="rejected"), terms
    await _checked(work, move.case_id, move.to_case_id, terms)
    to_case_id = move.to_case_id or await _split_off(work, move, terms)
    await _move(work, move.case_id, to_case_id, terms, groups)
    for person_id in terms.person_ids:
        for follow in following:
            await follow(work, person_id)
    return replace(move, to_case_id=to_case_id, state="approved"), terms


async def see_move(work: Work, move_id: str) -> tuple[Move, Terms]:
    """Errors: Refusal not_found for who may not see the case that they leave."""
    await work.permit_in_case("see_case", move_id, store.MOVES.c.case_id)
    move, terms = await store.load(work, move_id)
    work.audit("see_moves", case_id=move.case_id, subjects=[move_id])
    return move, terms


async def see_moves(work: Work, case_id: str, after: str | None, limit: int) -> list[tuple[Move, Terms]]:
    """Errors: Refusal not_found for who may not see the case."""
    await case_for(work, case_id, "see_case")
    found = await store.page(work, case_id, after, limit)
    work.audit("see_moves", case_id=case_id, subjects=[move.id for move, _ in found])
    return found


async def _groups(work: Work, case_id: str, to_case_id: str | None) -> Groups:
    """Both groups, held from now on; who was erased is in neither."""
    await store.lock_cases(work, {case_id, *([to_case_id] if to_case_id else [])})
    today = work.now.date()
    sides = [await people.of_group(work, it) if it else [] for it in (case_id, to_case_id)]
    leave, join = ({person.id: is_minor(facts.born_on, today) for person, facts in side} for side in sides)
    return Groups(leave, join)


async def _checked(work: Work, case_id: str, to_case_id: str | None, terms: Terms) -> Groups:
    groups = await _groups(work, case_id, to_case_id)
    for it in (case_id, to_case_id):
        if it is not None:
            case = await cases.load(work, it)
            _check_open(case)
            if case.standing is not None:
                raise conflict("case_rests", "A case that rests is taken up again first.")
    model.check_move(terms, groups, work.now.date())
    return groups


def _check_open(case: Case) -> None:
    if case.state == "closed":
        raise conflict("case_closed", "A closed case is reopened first.")


async def _split_off(work: Work, move: Move, terms: Terms) -> str:
    """The new case: in the state of the one it comes from, with the verdicts that brought it there, its urgency, plan
    and team."""
    old = await cases.load(work, move.case_id)
    case = Case(new_id(), terms.code_name or "", old.state, None, 1)
    if not await cases.add(work, case):
        raise conflict("code_name_in_use", "Choose another code name.")
    work.create_key(case.id)
    await finding.be_found(work, case.id, case.code_name)
    await verdicts.carry(work, old.id, case.id)
    await triage.carry(work, old.id, case.id, terms.person_ids)
    await planning.carry(work, old.id, case.id)
    work.emit(CaseOpened(case_id=case.id, at=work.now, members=()))
    named, (_, recused) = await staff.named_for(work, old.id), await entries_of(work, old.id)
    await staff.assign(work, case.id, named, recused)
    if old.state != "verifying":
        work.emit(CaseStateChanged(case_id=case.id, at=work.now, state=old.state))
    await store.done(work, move.id, case.id)
    work.audit("open_case", case_id=case.id, subjects=[old.id])
    return case.id


async def _move(work: Work, from_case_id: str, to_case_id: str, terms: Terms, groups: Groups) -> None:
    moved = terms.person_ids
    to_case = await cases.load(work, to_case_id)
    joined = await people.move(work, moved, to_case_id)
    await store.follow(work, moved, to_case_id, to_case.state)
    await turns.follow(work, moved, to_case_id)
    if not groups.join:
        joined = await _lead(work, joined, groups)
    people.tell_joined(work, to_case_id, from_case_id, joined)
    await consent.follow(work, moved, to_case_id)
    await diary.follow(work, moved, from_case_id, to_case_id)
    await duties.follow(work, moved, to_case_id)
    for case_id in (from_case_id, to_case_id):
        await duties.cancel_signing(work, case_id, await replace_open_of_case(work, case_id, work.now))
    await _keep_recused_out(work, from_case_id, to_case_id)
    await _settle_rest(work, from_case_id, to_case_id, groups)
    await work.at(work.now, people.KNOWN_ANEW, to_case_id)
    work.audit("leave_case", case_id=from_case_id, subjects=[*moved, to_case_id])
    work.audit("join_case", case_id=to_case_id, subjects=[*moved, from_case_id])


async def _settle_rest(work: Work, from_case_id: str, to_case_id: str, groups: Groups) -> None:
    """Who stays has a principal applicant; a case that nobody is left on is closed."""
    rest = await people.of_group(work, from_case_id)
    if not rest:
        case = await cases.load(work, from_case_id)
        await work.change(cases.CASES, from_case_id, case.version, state="closed")
        await duties.cancel_all(work, from_case_id)
        work.emit(CaseStateChanged(case_id=from_case_id, at=work.now, state="closed"))
        work.audit("close_case", case_id=from_case_id, subjects=[to_case_id])
    elif not any(person.principal for person, _ in rest):
        changed = await _lead(work, rest, groups)
        people.tell_joined(work, from_case_id, None, [it for it in changed if it[0].principal])


async def _lead(work: Work, group: Sequence[tuple[Person, Facts]], groups: Groups) -> list[tuple[Person, Facts]]:
    if any(person.principal for person, _ in group):
        return list(group)
    first = model.principal_of([person.id for person, _ in group], groups.leave)
    leading = await people.make_principal(work, first)
    return [(leading if person.id == first else person, facts) for person, facts in group]


async def _keep_recused_out(work: Work, from_case_id: str, to_case_id: str) -> None:
    (_, left), (_, there) = await entries_of(work, from_case_id), await entries_of(work, to_case_id)
    if set(left) - set(there):
        named, recused = await staff.named_for(work, to_case_id), {*left, *there}
        await staff.assign(work, to_case_id, named.without(recused), recused)


async def forget_case(work: Work, case_id: str) -> None:
    """Nobody is left on it. The caller decided so."""
    await store.forget_case(work, case_id)
