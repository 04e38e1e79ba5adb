"""What can be done with submissions: put people forward, decide, withdraw; and what a withdrawn consent does.

Rule: whoever changes a submission holds the lock of its programme, so places are never oversold and a place that
becomes free is given to the waitlist once, in the same transaction. Nobody locks a person after a programme. Who
decided on an older version hears of that before any other rule is asked.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

from services.settlement.newcomers import actions as newcomers
from services.settlement.newcomers.model import Purpose, Terms
from services.settlement.programmes.actions import seal
from services.settlement.programmes.actions.telling import tell_entry, tell_pathway, tell_sight
from services.settlement.programmes.model import submissions as model
from services.settlement.programmes.model.programmes import Programme, Quota
from services.settlement.programmes.model.submissions import Outcome, State, Submission
from services.settlement.programmes.store import programmes
from services.settlement.programmes.store import submissions as store
from shared.access import Resource, case_resource
from shared.clock import new_id
from shared.contracts.heeding import Heeded
from shared.contracts.settlement import ConsentAcknowledged
from shared.database import Slice
from shared.errors import conflict
from shared.heeding import answer
from shared.work import Work

TO_GOVERNMENT: Purpose = "share_with_government"
CONSENT_ENDS = "consent_ends"


async def submit(
    work: Work, programme_id: str, case_id: str, person_ids: tuple[str, ...], *, may_wait: bool
) -> Submission:
    """Put people of a case forward: they get places, or wait for them if `may_wait`.

    Errors: Refusal not_found, forbidden, invalid; conflict consent_missing, already_submitted, case_closed, no_place.
    """
    await seal.permit(work, "submit_to_programme", programme_id, programme_id)
    work.permit("submit_people", await case_resource(work, work.actor, case_id), see="see_case")
    await newcomers.check_group(work, case_id, person_ids)
    await newcomers.require_consent(work, person_ids, TO_GOVERNMENT)
    programme = await programmes.load(work, programme_id, lock=True)
    if await store.live_in(work, programme_id, person_ids):
        raise conflict("already_submitted", "Somebody named is put forward to this programme already.")
    waits = may_wait and not programme.quota.fits(len(person_ids))
    if not waits:
        await programmes.save_quota(work, programme_id, programme.quota.hold(len(person_ids)))
    state: State = "waitlisted" if waits else "submitted"
    submission = Submission(new_id(), programme_id, case_id, person_ids, state, work.now, 1)
    await store.add(work, submission)
    await _tell(work, programme, submission, "submit")
    return submission


async def decide(
    work: Work, submission_id: str, version: int, outcome: Outcome, from_date: date | None
) -> tuple[Submission, date | None]:
    """Enter what the government decided. Errors: Refusal not_found, forbidden, invalid, conflict, stale."""
    programme, submission = await _locked(work, submission_id, "decide_submission")
    before = submission.state
    submission = await _change(work, submission, version, outcome)
    model.check_decision(before, outcome, from_date)
    if from_date is not None:
        await programmes.save_quota(work, programme.id, programme.quota.use(submission.size))
        await store.save_entry(work, submission, from_date)
        await _tell(work, programme, submission, "accept")
        await tell_sight(work, submission)
        whose, veiled = (submission.case_id, submission.person_ids), not programme.open
        tell_entry(work, *whose, programme.country, from_date, veiled=veiled)
    elif outcome == "refused":
        await _free(work, programme, submission)
        await _tell(work, programme, submission, "refuse")
    else:
        _write_down(work, programme, submission, "ask_for_more_information")
    return submission, from_date


async def withdraw(work: Work, submission_id: str, version: int) -> Submission:
    """Take an undecided submission back. Errors: Refusal not_found, forbidden, conflict, stale."""
    programme, submission = await _locked(work, submission_id, "withdraw_submission")
    withdrawn = await _change(work, submission, version, "withdrawn")
    model.check_withdrawal(submission.state)
    await _end(work, programme, submission)
    return withdrawn


async def heed_consent(work: Work, case_id: str, person_id: str, purpose: Purpose, terms: Terms) -> None:
    """Intake told of a consent: without one to share with governments, what is undecided is withdrawn at once.

    Intake is answered with what stands in disclosed programmes; what is behind a seal is read here, by its list.
    """
    await newcomers.note_consent(work, person_id, purpose, terms)
    stands = Heeded()
    if purpose == TO_GOVERNMENT:
        await _heed_to_government(work, person_id, terms)
        if not terms.live:
            stands = Heeded(**await store.ended_openly(work, person_id))
    answer(work, ConsentAcknowledged, case_id, person_id, stands)


async def _heed_to_government(work: Work, person_id: str, terms: Terms) -> None:
    if terms.live and terms.expires_on is not None:
        await work.at(datetime.combine(terms.expires_on, time(), UTC), CONSENT_ENDS, person_id)
    else:
        await work.cancel(CONSENT_ENDS, person_id)
    await heed_end_of_consent(work, person_id)


async def heed_end_of_consent(work: Work, person_id: str) -> None:
    """Withdraw what a person no longer consents to; fires as a timer on the day a consent expires."""
    if await newcomers.all_consent(work, [person_id], TO_GOVERNMENT, lock=True):
        return
    for found in await store.pending_of(work, person_id):
        programme = await programmes.load(work, found.programme_id, lock=True)
        submission = await store.load(work, found.id)
        if submission.state in model.PENDING:
            await store.save_state(work, submission, "withdrawn")
            await _end(work, programme, submission)
    for submission_id, programme_id in await store.decided_for(work, person_id):
        work.audit("consent_ended_after_decision", subjects=[submission_id, person_id, programme_id])


async def heed_end(work: Work, case_id: str) -> None:
    """Intake ended the case, or its people stay where they are: what is undecided is withdrawn, its places are free."""
    for found in await store.pending_of_case(work, case_id):
        programme = await programmes.load(work, found.programme_id, lock=True)
        submission = await store.load(work, found.id)
        if submission.state in model.PENDING:
            await store.save_state(work, submission, "withdrawn")
            await _end(work, programme, submission)


async def move_up(work: Work, programme: Programme, quota: Quota) -> None:
    """Save `quota`, its free places given to the first of the waitlist that fit and still consent.

    A consent that is being taken back meanwhile withdraws the submission as soon as this transaction ends.
    """
    for waiting in await store.waiting_that_fit(work, programme.id, quota.free):
        if not quota.free:
            break
        if quota.fits(waiting.size) and await newcomers.all_consent(
            work, waiting.person_ids, TO_GOVERNMENT, lock=False
        ):
            quota = quota.hold(waiting.size)
            await store.save_state(work, waiting, "submitted")
            await _tell(work, programme, replace(waiting, state="submitted"), "move_up")
    await programmes.save_quota(work, programme.id, quota)


async def see_submission(work: Work, submission_id: str) -> tuple[Submission, date | None]:
    """A submission and from when on its people may enter. Errors: Refusal not_found."""
    await _permit(work, "see_submission", submission_id)
    submission = await store.load(work, submission_id)
    programme = await programmes.load(work, submission.programme_id)
    _write_down(work, programme, submission, "see_submission")
    return submission, (await store.entries(work, [submission])).get(submission_id)


async def see_submissions(
    work: Work, case_id: str, after: str | None, limit: int
) -> Slice[tuple[Submission, date | None]]:
    """Those of a case that the actor may know of. Errors: Refusal not_found for who may not see the case."""
    work.permit("see_case", await case_resource(work, work.actor, case_id), see="see_case")
    found = await store.of_case(work, case_id, after, limit)
    entries = await store.entries(work, found.items)
    # With their programmes, which hide the row also when the submissions are erased.
    seen = {it for submission in found.items for it in (submission.id, submission.programme_id)}
    work.audit("see_submissions", case_id=case_id, subjects=sorted(seen))
    return found.map(lambda submission: (submission, entries.get(submission.id)))


async def forget(work: Work, person_id: str) -> None:
    """What is undecided about them is withdrawn, for everybody it names, and its places are free. Intake decided so.

    Whoever calls holds the lock of the person.
    """
    for found in await store.pending_of(work, person_id):
        programme = await programmes.load(work, found.programme_id, lock=True)
        submission = await store.load(work, found.id)
        if submission.state not in model.PENDING:
            continue
        await store.save_state(work, submission, "withdrawn")
        if submission.state in model.HOLDING:
            await _free(work, programme, submission)
        others = tuple(one for one in submission.person_ids if one != person_id)
        if others:
            await _tell(work, programme, replace(submission, state="withdrawn", person_ids=others), "withdraw")
    await store.forget(work, person_id)


async def forget_case(work: Work, case_id: str, *, ended: bool) -> None:
    """Submissions of the case that name nobody any more are gone; ended: all of them."""
    await store.forget_case(work, case_id, ended=ended)


async def _permit(work: Work, action: str, submission_id: str) -> None:
    """A submission that is not there is asked about like one to a sealed programme, of a case of others."""
    programme_id = await store.programme_of(work, submission_id) or submission_id
    known: dict[str, Any] = {
        "open": await programmes.is_open(work, programme_id),
        "listed": await programmes.is_listed(work, programme_id, work.actor.id),
    }
    case = store.SUBMISSIONS.c.case_id
    await work.permit_in_case(action, submission_id, case, see="see_submission", kind="Submission", **known)


async def _locked(work: Work, submission_id: str, action: str) -> tuple[Programme, Submission]:
    await _permit(work, action, submission_id)
    programme_id = (await store.load(work, submission_id)).programme_id
    programme = await programmes.load(work, programme_id, lock=True)
    submission = await store.load(work, submission_id)
    work.permit(action, await _resource(work, programme, submission), see="see_submission")
    return programme, submission


async def _resource(work: Work, programme: Programme, submission: Submission) -> Resource:
    known = (await seal.programme_resource(work, programme)).attributes
    case = (await case_resource(work, work.actor, submission.case_id)).attributes
    return Resource("Submission", submission.id, {**known, **case})


async def _change(work: Work, submission: Submission, version: int, state: State) -> Submission:
    version = await work.change(store.SUBMISSIONS, submission.id, version, state=state)
    return replace(submission, state=state, version=version)


async def _end(work: Work, programme: Programme, submission: Submission) -> None:
    if submission.state in model.HOLDING:
        await _free(work, programme, submission)
    await _tell(work, programme, replace(submission, state="withdrawn"), "withdraw")


async def _free(work: Work, programme: Programme, submission: Submission) -> None:
    await move_up(work, programme, programme.quota.release(submission.size))


async def _tell(work: Work, programme: Programme, submission: Submission, verb: str) -> None:
    shown = model.SHOWN[submission.state]
    await tell_pathway(work, submission.case_id, submission.person_ids, shown, veiled=not programme.open)
    _write_down(work, programme, submission, f"{verb}_submission")


def _write_down(work: Work, programme: Programme, submission: Submission, verb: str) -> None:
    subjects = [submission.id, *submission.person_ids]
    seal.write_down(work, verb, submission.case_id, subjects, sealed_by=() if programme.open else [programme.id])
