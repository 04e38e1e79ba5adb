"""The bus door of notify: what each event does here.

Rule: thin; an event becomes one call of an action. Events of different publishers touch different rows, so the order
in which they arrive changes nothing.
"""

from collections.abc import Mapping

from services.notify.disclosure import actions as disclosure
from services.notify.disclosure.model import Release
from services.notify.messages import actions as messages
from services.notify.messages.model import Shown
from services.notify.webhooks.actions import consent, deliveries
from shared.access import replace_entries
from shared.contracts import intake, logistics, settlement
from shared.contracts.envelope import Event
from shared.contracts.intake import (
    AccessChanged,
    CaseOpened,
    CaseStateChanged,
    ConsentChanged,
    PeopleJoined,
    PersonErased,
)
from shared.contracts.logistics import CheckInMissed, CheckInReceived, Report
from shared.contracts.settlement import FiguresDisclosed, OutcomeRecorded, SightChanged
from shared.erasing.order import hear_erasure
from shared.messaging.inbox import Handler
from shared.revoking import hear_revocation
from shared.veil import Veil
from shared.witnessing import hear_head
from shared.work import Work

GlassBroken = intake.GlassBroken | logistics.GlassBroken | settlement.GlassBroken


async def on_case_opened(work: Work, event: CaseOpened) -> None:
    person_ids = [member.person_id for member in event.members]
    await deliveries.case_opened(work, event.case_id, event.referral_id, person_ids, event.at)


async def on_people_joined(work: Work, event: PeopleJoined) -> None:
    person_ids = [one.person_id for one in event.people]
    await messages.follow(work, event.case_id, person_ids)
    await deliveries.people_joined(work, event.case_id, event.from_case_id, person_ids)


async def on_case_state_changed(work: Work, event: CaseStateChanged) -> None:
    # That a case rests is nobody else's business.
    if event.standing is None:
        await deliveries.tell(work, event.case_id, f"case.{event.state}", event.at)


async def on_access_changed(work: Work, event: AccessChanged) -> None:
    await replace_entries(work, event.case_id, event.assigned, event.recused, event.at)
    await messages.change_access(work, event.case_id)
    work.audit("replace_access", case_id=event.case_id, subjects=[*event.assigned, *event.recused])


async def on_check_in_missed(work: Work, event: CheckInMissed) -> None:
    report = None if event.report is None else work.open(event.report)
    shown = _shown(report, event.person_ids)
    await messages.missed(work, event.case_id, event.journey_id, event.check_in_id, event.step, event.at, shown)


async def on_check_in_received(work: Work, event: CheckInReceived) -> None:
    await messages.received(work, event.check_in_id, event.at)
    report = None if event.report is None else work.open(event.report)
    if report is not None and report.duress:
        shown = _shown(report, event.person_ids)
        await messages.hear_duress(
            work, event.case_id, event.journey_id, event.check_in_id, report.said_by, event.at, shown
        )


async def on_code_word_said(work: Work, event: intake.CodeWordSaid) -> None:
    word = work.open(event.word)
    if word.duress:
        shown = Shown(False, frozenset(), (event.person_id,))
        await messages.hear_duress(work, event.case_id, None, event.hearing_id, word.taken_by, event.at, shown)


async def on_sight_changed(work: Work, event: SightChanged) -> None:
    sight = work.open(event.sight)
    veil = Veil(sight.veiled, frozenset(sight.may_look), event.at)
    await messages.change_sight(work, event.case_id, event.person_ids, veil)


def _shown(report: Report | None, person_ids: tuple[str, ...]) -> Shown:
    if report is None:
        return Shown(False, frozenset(), person_ids)
    return Shown(report.veiled, frozenset(report.may_look), person_ids)


async def on_glass_broken(work: Work, event: GlassBroken) -> None:
    service = event.publisher
    await messages.glass_broken(work, event.case_id, event.breaking_id, service, event.actor_id, event.at)


async def on_duty_called(work: Work, event: intake.DutyCalled) -> None:
    await messages.duty_called(work, event.case_id, event.duty_id, event.step, event.at)


async def on_duty_settled(work: Work, event: intake.DutySettled) -> None:
    await messages.duty_settled(work, event.duty_id, event.at)


async def on_figures_disclosed(work: Work, event: FiguresDisclosed) -> None:
    figures = [Release(**figure.model_dump()) for figure in work.open(event.release).figures]
    await disclosure.release(work, event.release_id, figures, event.at)


def handlers(*, threshold: int) -> Mapping[type[Event], Handler]:
    """What notify does with the events of the others. threshold: published numbers move by no less."""

    async def on_consent_changed(work: Work, event: ConsentChanged) -> None:
        await consent.heed(work, event.case_id, event.person_id, work.open(event.terms), threshold=threshold)

    async def on_outcome_recorded(work: Work, event: OutcomeRecorded) -> None:
        told = work.open(event.outcome)
        await disclosure.record_outcome(
            work, event.person_id, told.figure, counted=told.counted, at=event.at, threshold=threshold
        )

    return {
        CaseOpened: on_case_opened,
        PeopleJoined: on_people_joined,
        CaseStateChanged: on_case_state_changed,
        AccessChanged: on_access_changed,
        ConsentChanged: on_consent_changed,
        PersonErased: hear_erasure,
        intake.CodeWordSaid: on_code_word_said,
        CheckInMissed: on_check_in_missed,
        CheckInReceived: on_check_in_received,
        intake.DutyCalled: on_duty_called,
        intake.DutySettled: on_duty_settled,
        intake.GlassBroken: on_glass_broken,
        logistics.GlassBroken: on_glass_broken,
        settlement.GlassBroken: on_glass_broken,
        SightChanged: on_sight_changed,
        OutcomeRecorded: on_outcome_recorded,
        FiguresDisclosed: on_figures_disclosed,
        intake.TokensRevoked: hear_revocation,
        intake.AuditHeadReached: hear_head,
        logistics.AuditHeadReached: hear_head,
        settlement.AuditHeadReached: hear_head,
    }
