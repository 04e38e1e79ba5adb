"""The bus door of intake: what each event does here.

Rule: thin; an event becomes one call of an action. The order in which different services' events arrive changes
nothing, because each of them sets a facet of its own.
"""

from collections.abc import Mapping

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import Key
from pydantic import ValidationError

from services.intake.cases import actions as cases
from services.intake.requests import actions as requests
from services.intake.requests.model import Telling
from services.intake.requests.routes import RequestBody
from shared.contracts import logistics, notify, settlement
from shared.contracts.envelope import Event
from shared.errors import invalid
from shared.messaging.inbox import Handler
from shared.work import Work

JWE_ALGORITHMS = ["ECDH-ES+A256KW", "A256GCM"]


async def on_stay_changed(work: Work, event: logistics.StayChanged) -> None:
    await cases.follow(work, "shelter", dict.fromkeys(event.person_ids, event.state))


async def on_person_cleared(work: Work, event: logistics.PersonCleared) -> None:
    veiled = work.open(event.terms).veiled
    await cases.follow(work, "clearance", {event.person_id: None if veiled else "cleared"})


async def on_journey_departed(work: Work, event: logistics.JourneyDeparted) -> None:
    told = {who.person_id: None if work.open(who.terms).veiled else "in_transit" for who in event.travellers}
    await cases.follow(work, "travel", told)


async def on_journey_arrived(work: Work, event: logistics.JourneyArrived) -> None:
    told = {who.person_id: None if work.open(who.arrival).veiled else "arrived" for who in event.arrivals}
    await cases.follow(work, "travel", told)


async def on_pathway_changed(work: Work, event: settlement.PathwayChanged) -> None:
    await cases.follow(work, "pathway", {who.person_id: work.open(who.view).state for who in event.persons})


async def on_reception_confirmed(work: Work, event: settlement.ReceptionConfirmed) -> None:
    await cases.follow(work, "settling", {who.person_id: work.open(who.view).state for who in event.persons})


async def on_reception_ended(work: Work, event: settlement.ReceptionEnded) -> None:
    await cases.follow(work, "settling", {who.person_id: work.open(who.view).state for who in event.persons})


async def on_plan_opened(work: Work, event: settlement.PlanOpened) -> None:
    await cases.follow(work, "settling", {event.person.person_id: work.open(event.person.view).state})


def on_referral_received(private_key: Key) -> Handler:
    """A partner's referral becomes a request; only intake can open what the partner wrote."""

    async def handle(work: Work, event: notify.ReferralReceived) -> None:
        try:
            opened = jwe.decrypt_compact(event.document, private_key, algorithms=JWE_ALGORITHMS)
            body = RequestBody.model_validate_json(opened.plaintext or b"")
        except (JoseError, ValueError, ValidationError) as error:
            raise invalid("referral_unreadable", "The referral's document cannot be read.") from error
        telling = Telling(body.name, body.contact, body.country, body.story)
        await requests.receive(work, "partner", body.language, body.asked_by, telling, event.referral_id, event.at)

    return handle


def handlers(referral_key: Key) -> Mapping[type[Event], Handler]:
    """What intake does with the events of the others."""
    return {
        logistics.StayChanged: on_stay_changed,
        logistics.PersonCleared: on_person_cleared,
        logistics.JourneyDeparted: on_journey_departed,
        logistics.JourneyArrived: on_journey_arrived,
        settlement.PathwayChanged: on_pathway_changed,
        settlement.ReceptionConfirmed: on_reception_confirmed,
        settlement.ReceptionEnded: on_reception_ended,
        settlement.PlanOpened: on_plan_opened,
        notify.ReferralReceived: on_referral_received(referral_key),
    }
