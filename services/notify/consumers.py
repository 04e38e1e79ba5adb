"""The bus door of notify: what each event does here.

Rule: thin; an event becomes one call of an action. Events of different publishers touch different rows, so the order
in which they arrive changes nothing.
"""

from collections.abc import Mapping

from services.notify.disclosure import actions as disclosure
from services.notify.disclosure.model import Release
from services.notify.messages import actions as messages
from services.notify.webhooks.actions import deliveries
from shared.access import replace_entries
from shared.contracts.envelope import Event
from shared.contracts.intake import AccessChanged, CaseOpened, CaseStateChanged, ConsentChanged
from shared.contracts.logistics import CheckInMissed, CheckInReceived
from shared.contracts.settlement import FiguresDisclosed, OutcomeRecorded
from shared.messaging.inbox import Handler
from shared.work import Work


async def on_case_opened(work: Work, event: CaseOpened) -> None:
    person_ids = [member.person_id for member in event.members]
    await deliveries.case_opened(work, event.case_id, event.referral_id, person_ids, event.at)


async def on_case_state_changed(work: Work, event: CaseStateChanged) -> None:
    await deliveries.tell(work, event.case_id, f"case.{event.state}", event.at)


async def on_access_changed(work: Work, event: AccessChanged) -> None:
    await replace_entries(work, event.case_id, event.assigned, event.recused, event.at)
    work.audit("replace_access", case_id=event.case_id, subjects=[*event.assigned, *event.recused])


async def on_consent_changed(work: Work, event: ConsentChanged) -> None:
    terms = work.open(event.terms)
    if terms.purpose == "share_with_partner":
        await deliveries.consent_noted(
            work, event.case_id, event.person_id, live=terms.live, expires_on=terms.expires_on
        )


async def on_check_in_missed(work: Work, event: CheckInMissed) -> None:
    await messages.missed(work, event.case_id, event.journey_id, event.check_in_id, event.step, event.at)


async def on_check_in_received(work: Work, event: CheckInReceived) -> None:
    await messages.received(work, event.check_in_id, event.at)


async def on_figures_disclosed(work: Work, event: FiguresDisclosed) -> None:
    figures = [Release(**figure.model_dump()) for figure in work.open(event.release).figures]
    await disclosure.release(work, event.release_id, figures, event.at)


def handlers(*, threshold: int) -> Mapping[type[Event], Handler]:
    """What notify does with the events of the others. threshold: published numbers move by no less."""

    async def on_outcome_recorded(work: Work, event: OutcomeRecorded) -> None:
        told = work.open(event.outcome)
        await disclosure.record_outcome(
            work, event.person_id, told.figure, counted=told.counted, at=event.at, threshold=threshold
        )

    return {
        CaseOpened: on_case_opened,
        CaseStateChanged: on_case_state_changed,
        AccessChanged: on_access_changed,
        ConsentChanged: on_consent_changed,
        CheckInMissed: on_check_in_missed,
        CheckInReceived: on_check_in_received,
        OutcomeRecorded: on_outcome_recorded,
        FiguresDisclosed: on_figures_disclosed,
    }
