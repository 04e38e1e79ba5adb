"""The bus door of intake: what each event does here.

Rule: thin; an event becomes one call of an action. The order in which different services' events arrive changes
nothing, because each of them sets a facet of its own.
"""

from collections.abc import Mapping

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import Key
from pydantic import ValidationError

from services.intake.cases.actions import journeys
from services.intake.cases.model.journeys import News
from services.intake.consent import actions as consent
from services.intake.erasure import actions as erasure
from services.intake.requests import actions as requests
from services.intake.requests.routes import RequestBody
from shared.contracts import logistics, notify, settlement
from shared.contracts.envelope import Event
from shared.errors import invalid
from shared.messaging.inbox import Handler
from shared.veil import Veil
from shared.witnessing import hear_head
from shared.work import Work

JWE_ALGORITHMS = ["ECDH-ES+A256KW", "A256GCM"]


async def on_stay_changed(work: Work, event: logistics.StayChanged) -> None:
    await journeys.follow_shelter(work, event.person_ids, event.state)


async def on_person_cleared(work: Work, event: logistics.PersonCleared) -> None:
    veiled = work.open(event.terms).veiled
    await journeys.follow_later(work, "clearance", {event.person_id: News("cleared", veiled)})


async def on_journey_departed(work: Work, event: logistics.JourneyDeparted) -> None:
    told = {who.person_id: News("in_transit", work.open(who.terms).veiled) for who in event.travellers}
    await journeys.follow_later(work, "travel", told)


async def on_journey_arrived(work: Work, event: logistics.JourneyArrived) -> None:
    told = {who.person_id: News("arrived", work.open(who.arrival).veiled) for who in event.arrivals}
    await journeys.follow_later(work, "travel", told)


async def on_pathway_changed(work: Work, event: settlement.PathwayChanged) -> None:
    await journeys.follow_later(work, "pathway", {it.person_id: _news(work.open(it.view)) for it in event.persons})


async def on_sight_changed(work: Work, event: settlement.SightChanged) -> None:
    sight = work.open(event.sight)
    veil = Veil(sight.veiled, frozenset(sight.may_look), event.at)
    await journeys.change_sight(work, event.case_id, event.person_ids, veil)


async def on_reception_confirmed(work: Work, event: settlement.ReceptionConfirmed) -> None:
    await journeys.follow_later(work, "settling", {it.person_id: _news(work.open(it.view)) for it in event.persons})


async def on_reception_ended(work: Work, event: settlement.ReceptionEnded) -> None:
    await journeys.follow_later(work, "settling", {it.person_id: _news(work.open(it.view)) for it in event.persons})


async def on_plan_opened(work: Work, event: settlement.PlanOpened) -> None:
    await journeys.follow_later(work, "settling", {event.person.person_id: _news(work.open(event.person.view))})


def _news(view: settlement.PathwayView | settlement.SettlingView) -> News:
    return News(view.behind, veiled=True) if view.state is None else News(view.state, veiled=False)


Acknowledged = logistics.ConsentAcknowledged | settlement.ConsentAcknowledged | notify.ConsentAcknowledged


async def on_consent_acknowledged(work: Work, event: Acknowledged) -> None:
    await consent.note_answer(work, event.publisher, event.change_id, event.at, work.open(event.stands))


async def on_erasure_completed(
    work: Work, event: logistics.ErasureCompleted | settlement.ErasureCompleted | notify.ErasureCompleted
) -> None:
    await erasure.note_completed(work, event.publisher, event.person_id, event.at)


async def on_events_purged(
    work: Work, event: logistics.EventsPurged | settlement.EventsPurged | notify.EventsPurged
) -> None:
    await erasure.note_purged(work, event.publisher, event.case_id, event.at)


def on_referral_received(private_key: Key) -> Handler:
    """A partner's referral becomes a request; only intake can open what the partner wrote."""

    async def handle(work: Work, event: notify.ReferralReceived) -> None:
        try:
            opened = jwe.decrypt_compact(event.document, private_key, algorithms=JWE_ALGORITHMS)
            body = RequestBody.model_validate_json(opened.plaintext or b"")
        except (JoseError, ValueError, ValidationError) as error:
            raise invalid("referral_unreadable", "The referral's document cannot be read.") from error
        telling, referral = body.telling(), (event.referral_id, event.at)
        await requests.receive(work, "partner", body.language, body.asked_by, telling, *referral, body.urgency)

    return handle


def handlers(referral_key: Key) -> Mapping[type[Event], Handler]:
    """What intake does with the events of the others."""
    return {
        logistics.StayChanged: on_stay_changed,
        logistics.PersonCleared: on_person_cleared,
        logistics.JourneyDeparted: on_journey_departed,
        logistics.JourneyArrived: on_journey_arrived,
        settlement.PathwayChanged: on_pathway_changed,
        settlement.SightChanged: on_sight_changed,
        settlement.ReceptionConfirmed: on_reception_confirmed,
        settlement.ReceptionEnded: on_reception_ended,
        settlement.PlanOpened: on_plan_opened,
        notify.ReferralReceived: on_referral_received(referral_key),
        logistics.AuditHeadReached: hear_head,
        settlement.AuditHeadReached: hear_head,
        notify.AuditHeadReached: hear_head,
        logistics.ConsentAcknowledged: on_consent_acknowledged,
        settlement.ConsentAcknowledged: on_consent_acknowledged,
        notify.ConsentAcknowledged: on_consent_acknowledged,
        logistics.ErasureCompleted: on_erasure_completed,
        settlement.ErasureCompleted: on_erasure_completed,
        notify.ErasureCompleted: on_erasure_completed,
        logistics.EventsPurged: on_events_purged,
        settlement.EventsPurged: on_events_purged,
        notify.EventsPurged: on_events_purged,
    }
