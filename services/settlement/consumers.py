"""The bus door of settlement: what each event does here.

Rule: thin; an event becomes one call of an action. What logistics tells of a group may come before intake's word that
there is one: nothing here asks which came first.
"""

from collections.abc import Mapping

from services.settlement.newcomers import actions as newcomers
from services.settlement.newcomers.model import Facts, Terms
from services.settlement.programmes.actions import submissions
from services.settlement.reception import actions as reception
from services.settlement.reception.model import Arrival
from shared.access import replace_entries
from shared.contracts import intake, logistics
from shared.contracts.envelope import Event
from shared.messaging.inbox import Handler
from shared.work import Work


async def on_case_opened(work: Work, event: intake.CaseOpened) -> None:
    group = [(member.person_id, _facts(work.open(member.facts))) for member in event.members]
    await newcomers.know_group(work, event.case_id, event.at, group)


async def on_case_state_changed(work: Work, event: intake.CaseStateChanged) -> None:
    await newcomers.note_state(work, event.case_id, event.state)


async def on_access_changed(work: Work, event: intake.AccessChanged) -> None:
    await replace_entries(work, event.case_id, event.assigned, event.recused, event.at)
    work.audit("note_access", case_id=event.case_id)


async def on_consent_changed(work: Work, event: intake.ConsentChanged) -> None:
    told = work.open(event.terms)
    await submissions.heed_consent(work, event.person_id, told.purpose, Terms(told.live, told.expires_on))


async def on_journey_departed(work: Work, event: logistics.JourneyDeparted) -> None:
    travellers = [traveller.person_id for traveller in event.travellers]
    await reception.expect(work, event.case_id, event.journey_id, travellers)


async def on_journey_arrived(work: Work, event: logistics.JourneyArrived) -> None:
    arrivals = []
    for arrived in event.arrivals:
        told = work.open(arrived.arrival)
        arrivals.append(Arrival(arrived.person_id, told.country, told.outside_country_of_danger))
    await reception.note_arrival(work, event.case_id, event.journey_id, event.at, arrivals)


def _facts(told: intake.MemberFacts) -> Facts:
    return Facts(told.principal, told.born_on, told.country_of_danger)


def handlers() -> Mapping[type[Event], Handler]:
    """What settlement does with the events of the others."""
    return {
        intake.CaseOpened: on_case_opened,
        intake.CaseStateChanged: on_case_state_changed,
        intake.AccessChanged: on_access_changed,
        intake.ConsentChanged: on_consent_changed,
        logistics.JourneyDeparted: on_journey_departed,
        logistics.JourneyArrived: on_journey_arrived,
    }
