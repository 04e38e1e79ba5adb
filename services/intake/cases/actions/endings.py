"""What can be done when a case rests, ends or begins again.

Rule: suspended, verification, triage and plan stand still and nobody is put forward or sent on a journey; beds, cash,
check-ins, contact and consent go on. An end tells the others `closed`, whatever the outcome was.
"""

from dataclasses import replace
from datetime import date, datetime

from services.intake.cases.actions.moving import case_for, move
from services.intake.cases.model import endings as model
from services.intake.cases.model.endings import Assessment, Outcome, Turn, What
from services.intake.cases.model.journeys import News
from services.intake.cases.model.lifecycle import Case, Standing, check_seen
from services.intake.cases.store import journeys, turns
from services.intake.cases.store import lifecycle as store
from services.intake.diary.actions import appointments, contacts
from services.intake.duties import actions as duties
from services.intake.duties.model import Subject, Who
from services.intake.people.actions import people
from services.intake.people.actions.standing import permit
from shared.clock import new_id
from shared.contracts.intake import CaseStateChanged
from shared.database import Slice
from shared.errors import conflict
from shared.work import Work

ENDED = "case_ended"
"""The timer by which whoever keeps what is over learns that a case ended, or goes on again."""

VERBS: dict[Standing, str] = {"suspended": "suspend_case", "supported": "support_in_place"}


async def rest(work: Work, case_id: str, version: int, to: Standing, reason: str, review_at: datetime) -> Case:
    """Suspend a case, or support its people in place, until somebody looks at it again.

    Errors: Refusal not_found, forbidden, stale; invalid review_too_late; conflict wrong_state, same_standing.
    """
    case = await case_for(work, case_id, "rest_case", lock=True)
    model.check_review(review_at, work.now)
    model.check_rest(case, to)
    rested = await _stand(work, case, version, to)
    await _write(work, case_id, to, reason, review_at=review_at)
    await _review(work, case_id, review_at)
    work.audit(VERBS[to], case_id=case_id)
    return rested


async def review(work: Work, case_id: str, version: int, reason: str, review_at: datetime) -> Case:
    """Somebody looked at a case that rests, and it rests on until then. Errors: as `rest`; conflict goes_on."""
    case = await case_for(work, case_id, "rest_case", lock=True)
    model.check_rests(case)
    model.check_review(review_at, work.now)
    next_version = await work.change(store.CASES, case_id, version)
    await duties.settle(work, "review_rest", case_id)
    await _write(work, case_id, "reviewed", reason, review_at=review_at)
    await _review(work, case_id, review_at)
    work.audit("review_rest", case_id=case_id)
    return replace(case, version=next_version)


async def resume(work: Work, case_id: str, version: int, reason: str) -> Case:
    """What rested goes on where it was. Errors: Refusal not_found, forbidden, stale; conflict goes_on."""
    case = await case_for(work, case_id, "reopen_case", lock=True)
    model.check_rests(case)
    resumed = await _stand(work, case, version, None)
    await _write(work, case_id, "resumed", reason)
    await duties.settle(work, "review_rest", case_id)
    work.audit("resume_case", case_id=case_id)
    return resumed


async def close(work: Work, case_id: str, version: int, outcome: Outcome, told: Assessment) -> Case:
    """End a case with an exit assessment. Nothing is left to do about it.

    Errors: Refusal not_found, forbidden, stale; conflict wrong_state, still_arranged, not_tried_enough,
    somebody_lives; invalid for what the outcome asks and the assessment does not say.
    """
    case = await case_for(work, case_id, "close_case", lock=True)
    living = await journeys.living(work, case_id)
    arranged, tried = await appointments.is_arranged(work, case_id), await contacts.tried(work, case_id)
    model.check_end(outcome, told, tried_on=model.days_tried(tried), living=living, arranged=arranged)
    closed = await move(work, case, version, "closed", "close_case", standing=None)
    await _tell_people(work, living, outcome)
    await _write(work, case_id, "closed", told.summary, outcome=outcome, assessment=told)
    await duties.cancel_all(work, case_id)
    await work.at(work.now, ENDED, case_id)
    return closed


async def reopen(work: Work, case_id: str, version: int, reason: str) -> Case:
    """A case that ended is verified anew; one that rests goes on.

    Errors: Refusal not_found, forbidden, stale; conflict when it goes on, was refused, or everybody on it has died.
    """
    case = await case_for(work, case_id, "reopen_case", lock=True)
    if case.standing is not None:
        return await resume(work, case_id, version, reason)
    check_seen(case, version)
    model.check_ended(case)
    living = await journeys.living(work, case_id)
    model.check_reopening(living)
    reopened = await move(work, case, version, "verifying", "reopen_case", told="reopened")
    await _tell_people(work, living, None)
    await _write(work, case_id, "reopened", reason)
    await work.at(work.now, ENDED, case_id)
    return reopened


async def take_up_anew(work: Work, case_id: str, version: int, reason: str) -> Case:
    """A case that was refused is verified further; the next verdict needs something new.

    Errors: Refusal not_found, forbidden, stale; conflict for any other case, when it is suspended, or when everybody on
    it has died.
    """
    case = await case_for(work, case_id, "verify_case", lock=True)
    check_seen(case, version)
    model.check_refused(case)
    model.check_reopening(await journeys.living(work, case_id))
    taken_up = await move(work, case, version, "verifying", "take_up_verification", told="reopened")
    await _write(work, case_id, "taken_up", reason)
    return taken_up


async def note_death(work: Work, person_id: str, on: date | None, note: str) -> None:
    """A person has died; who else is on the case goes on. Errors: Refusal not_found, forbidden; conflict known."""
    await permit(work, "close_case", person_id)
    person = await people.on_a_case(work, person_id)
    await store.load(work, person.case_id, lock=True)
    if person_id not in await journeys.living(work, person.case_id):
        raise conflict("known", "It is known that this person has died.")
    later = (await journeys.lock_later(work, [person_id]))[person_id]
    await journeys.set_later(work, person_id, later.after("life", News("deceased", veiled=False)))
    said = note if on is None else f"{on.isoformat()} {note}"
    await _write(work, person.case_id, "died", said, person_id=person_id)
    work.audit("note_death", case_id=person.case_id, subjects=[person_id])


async def place(work: Work, turn_id: str) -> None:
    """The timer of what was written down before a death was under the key of who died. Where the log names one person
    for that instant it is theirs from now on, or gone if they were erased; else it stays as it is."""
    found = await turns.of_the_case(work, turn_id)
    if found is None or found[1].what != "died":
        return
    await store.load(work, found[0], lock=True)
    died = await turns.whose_death(work, found[0], found[1].at)
    if len(died) != 1:
        return
    (person_id,) = died
    case_id = await people.case_of(work, person_id)
    if case_id is None or person_id not in await work.ciphers([person_id]):
        await turns.drop(work, turn_id)
    else:
        await turns.give_to(work, found[1], person_id)
        if case_id != found[0]:
            await turns.follow(work, [person_id], case_id)
    work.audit("place_death", case_id=found[0], subjects=[person_id, turn_id])


TIMERS = {"turn_unplaced": place}


async def see_turns(work: Work, case_id: str, after: str | None, limit: int) -> Slice[Turn]:
    """What happened to the case as a whole. Errors: Refusal not_found for who may not see it."""
    await case_for(work, case_id, "see_case")
    found = await turns.page(work, case_id, after, limit)
    work.audit("see_turns", case_id=case_id, subjects=[turn.id for turn in found.items])
    return found


async def ended(work: Work, case_id: str) -> Turn | None:
    """How a case ended; None while it goes on. For a slice that checks access itself. Errors: Refusal not_found."""
    if (await store.load(work, case_id)).state != "closed":
        return None
    return await turns.last_end(work, case_id)


async def _stand(work: Work, case: Case, version: int, to: Standing | None) -> Case:
    next_version = await work.change(store.CASES, case.id, version, standing=to)
    standing = to or "going_on"
    work.emit(CaseStateChanged(case_id=case.id, at=work.now, state=case.state, standing=standing))
    return replace(case, version=next_version, standing=to)


async def _tell_people(work: Work, person_ids: set[str], outcome: Outcome | None) -> None:
    """Everybody's journey ends like that, or goes on."""
    for person_id, later in (await journeys.lock_later(work, person_ids)).items():
        await journeys.set_later(work, person_id, later.ended(outcome))


async def _write(
    work: Work,
    case_id: str,
    what: What,
    reason: str,
    *,
    outcome: Outcome | None = None,
    assessment: Assessment | None = None,
    review_at: datetime | None = None,
    person_id: str | None = None,
) -> None:
    turn = Turn(new_id(), what, work.now, work.actor.id, reason, outcome, assessment, review_at, person_id)
    await turns.add(work, case_id, turn)


async def _review(work: Work, case_id: str, review_at: datetime) -> None:
    about = Subject.case(case_id)
    await duties.cancel(work, "review_rest", case_id)
    await duties.assign(work, "review_rest", about, cause=new_id(), due_at=review_at, who=Who.on_case())
