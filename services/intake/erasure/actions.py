"""What can be done about an erasure: propose it, decide, look how far it has come; and how intake itself forgets.

Rule: who proposed never decides. Whoever proposes or decides locks the case first, so that of two members of one
family erased at once the second is decided on what the first has left. The order to the other services and intake's
own ledger are one transaction.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from services.intake.cases.actions import lifecycle as cases
from services.intake.consent import actions as consent
from services.intake.diary import actions as diary
from services.intake.duties import actions as duties
from services.intake.erasure import model, store
from services.intake.erasure.model import Extent, Proposal
from services.intake.imports.actions import imports
from services.intake.people import actions as people
from services.intake.requests import actions as requests
from services.intake.retention import actions as retention
from services.intake.testimony.actions import forgetting as testimony
from services.intake.threads.actions import carrying as threads
from shared import erasures
from shared.access import approval_of
from shared.approving import Act, propose, sign, visible_or_with
from shared.approving import replace as end_open
from shared.clock import new_id
from shared.contracts.intake import PersonErased
from shared.contracts.topology import LODESTAR
from shared.erasing.order import begin
from shared.erasures import Gone
from shared.errors import conflict, stale
from shared.work import Work

SERVICES = tuple(LODESTAR.services)


GUARDIAN = "data_protection"
"""Whoever looks after data protection decides on cases that they are not assigned to."""
ERASURE = Act(
    "erasure",
    model.OPEN_FOR,
    "decide_erasure",
    "decide_erasure",
    "/erasures/{subject_id}/decision",
    near=visible_or_with(GUARDIAN),
    waiting=duties.GUARDED,
)


@dataclass(frozen=True)
class Seen:
    """A proposal and how far its erasure has come. reason and what is kept: until it is decided.

    steps: service, step and instant; overdue: not every service has answered for an hour.
    """

    proposal: Proposal
    reason: str | None = None
    extent: Extent | None = None
    steps: Sequence[tuple[str, str, datetime]] = ()
    erased_at: datetime | None = None
    done_at: datetime | None = None
    opens_nothing_after: date | None = None
    overdue: bool = False


async def propose_erasure(
    work: Work, person_id: str, reason: str, request_ids: Collection[str], *, needed: int
) -> Seen:
    """Ask that a person be erased, with those requests of their case that are theirs.

    Errors: Refusal not_found, forbidden; invalid for requests of other cases; conflict already_proposed.
    """
    await people.permit(work, "propose_erasure", person_id)
    person = await people.on_a_case(work, person_id)
    extent = await _extent(work, person_id, person.case_id, request_ids)
    await retention.check_free(work, [person.case_id, *extent.requests])
    await _close_outdated(work, extent)
    erasure_id = new_id()
    approval = await propose(
        work,
        ERASURE,
        erasure_id,
        extent.canonical(),
        case_id=person.case_id,
        needed=needed,
        about=[person_id],
    )
    whose = (person_id, person.case_id, approval.id)
    proposal = Proposal(erasure_id, *whose, extent.requests, "open", work.actor.id, approval.expires_at)
    await store.add(work, proposal, reason)
    return Seen(proposal, reason, extent)


async def decide_erasure(work: Work, erasure_id: str, version: int, *, approve: bool) -> Seen:
    """Somebody else decides; with the last signature needed the person is erased.

    Errors: Refusal not_found, forbidden, stale; conflict same_person, already_signed, already_decided,
    approval_expired, and content_changed when what would go or stay is no longer what was proposed.
    """
    await work.permit_in_case("decide_erasure", erasure_id, store.PROPOSALS.c.case_id, see="decide_erasure")
    proposal = await store.load(work, erasure_id)
    if version != proposal.version:
        raise stale("stale_version", f"You saw version {version}; the present one is {proposal.version}.")
    if proposal.state != "open":
        raise conflict("already_decided", f"This proposal is {proposal.state}.")
    reason = await store.reason(work, proposal)
    extent = await _extent(work, proposal.person_id, proposal.case_id, proposal.requests)
    if approve:
        await retention.check_free(work, [proposal.case_id, *extent.requests])
    whom = [proposal.person_id]
    signed = await sign(work, ERASURE, proposal.approval_id, extent.canonical(), approve=approve, about=whom)
    if signed.state == "approved":
        await _order(work, erasure_id, extent)
    return Seen(replace(proposal, state=signed.state), reason, extent)


async def see_erasure(work: Work, erasure_id: str, backups: timedelta) -> Seen:
    """What would go and what would stay; once decided, how far it has come in every service.

    backups: how long those of key stores are kept. Errors: Refusal not_found for who neither proposed nor signed it
    nor looks after data protection.
    """
    concerned = work.actor.id in await store.concerned(work, erasure_id)
    await work.permit_in_case(
        "see_erasure", erasure_id, store.PROPOSALS.c.case_id, see="see_erasure", kind="Erasure", concerned=concerned
    )
    proposal = await store.load(work, erasure_id)
    work.audit("see_erasure", case_id=proposal.case_id, subjects=[erasure_id])
    if proposal.state == "approved":
        return await _report(work, proposal, backups)
    if proposal.state == "open" and not await erasures.erased_among(work, {proposal.person_id}):
        extent = await _extent(work, proposal.person_id, proposal.case_id, proposal.requests)
        return Seen(proposal, await store.reason(work, proposal), extent)
    return Seen(proposal)


async def note_completed(work: Work, service: str, person_id: str, at: datetime) -> None:
    """Another service says that nothing about the person can be read there any more."""
    await erasures.note_step(work.tx, person_id, service, "rows", at)
    await erasures.finish(work, person_id, SERVICES, work.now)


async def note_purged(work: Work, service: str, case_id: str, at: datetime) -> None:
    """What another service said under the case is no longer in its stream."""
    for person_id in await erasures.erased_of_case(work, case_id):
        await erasures.note_step(work.tx, person_id, service, "purged", at)


async def forget(work: Work, gone: Gone) -> None:
    """Take a person out of all that intake keeps, with their requests, and with their case when it ends."""
    ended = () if gone.ended_case is None else (gone.ended_case,)
    await duties.forget(work, (gone.person_id, *gone.request_ids, *ended))
    await diary.forget_person(work, gone.person_id)
    await testimony.forget_person(work, gone.person_id)
    await consent.forget(work, gone.person_id)
    await cases.forget_person(work, gone.person_id)
    await people.forget(work, gone.person_id)
    await store.forget(work, gone.person_id)
    theirs = [] if gone.ended_case is None else await requests.ids_of_case(work, gone.ended_case)
    await threads.forget(work, (gone.person_id, *gone.request_ids, *theirs))
    await imports.forget(work, (gone.person_id, *gone.request_ids, *theirs))
    await retention.forget(work, (gone.person_id, *gone.request_ids, *theirs, *ended))
    await requests.forget(work, (gone.person_id, *gone.request_ids), gone.ended_case)
    if gone.ended_case is not None:
        await diary.forget_case(work, gone.ended_case)
        await testimony.forget_case(work, gone.ended_case)
        await cases.forget_case(work, gone.ended_case)


async def case_of(work: Work, subject: str) -> str | None:
    """The case of somebody, if intake knows them."""
    return await people.case_of(work, subject)


async def _order(work: Work, erasure_id: str, extent: Extent) -> None:
    referrals = await requests.referrals_of(work, extent.requests)
    ended = extent.case_id if extent.ends_case else None
    former = await people.former_cases(work, extent.person_id, extent.case_id)
    await begin(work, Gone(extent.person_id, extent.case_id, ended, extent.requests, tuple(referrals), former))
    work.emit(
        PersonErased(
            case_id=extent.case_id,
            person_id=extent.person_id,
            erasure_id=erasure_id,
            at=work.now,
            case="ends" if extent.ends_case else "goes_on",
            referral_ids=tuple(referrals),
            former_case_ids=former,
        )
    )


async def _extent(work: Work, person_id: str, case_id: str, wanted: Collection[str]) -> Extent:
    await cases.lock(work, case_id)
    erased = await erasures.erased_among(work, {person_id, case_id})
    if erased:
        raise conflict("erased", "This person was erased.")
    members = await people.ids_of_case(work, case_id)
    left = set(members) - await erasures.erased_among(work, members)
    return model.extent(person_id, case_id, wanted, left, await requests.ids_of_case(work, case_id))


async def _close_outdated(work: Work, extent: Extent) -> None:
    for earlier in await store.open_of(work, extent.person_id):
        known = await approval_of(work, earlier.approval_id)
        if known.digest == extent.digest:
            raise conflict("already_proposed", "This was proposed before; somebody else must decide.")
        await end_open(work, ERASURE, earlier.id)


async def _report(work: Work, proposal: Proposal, backups: timedelta) -> Seen:
    steps = await erasures.steps_of(work, proposal.person_id)
    erased_at, done_at = await erasures.instants_of(work, proposal.person_id)
    keys = {service: at for service, step, at in steps if step in ("keys", "rows", "purged")}
    return Seen(
        proposal,
        steps=steps,
        erased_at=erased_at,
        done_at=done_at,
        opens_nothing_after=model.opens_nothing_after(erased_at, keys, SERVICES, backups),
        overdue=done_at is None and erased_at + model.LATE < work.now,
    )
