"""The bus door of settlement: what each event does here.

Rule: thin; an event becomes one call of an action. What logistics tells of a group may come before intake's word that
there is one: nothing here asks which came first.
"""

from collections.abc import Mapping

from services.settlement.newcomers import actions as newcomers
from services.settlement.newcomers.model import Facts, Terms
from services.settlement.plans import actions as plans
from services.settlement.programmes.actions import submissions
from services.settlement.reception import actions as reception
from services.settlement.reception.model import Arrival
from shared.access import replace_entries
from shared.contracts import intake, logistics
from shared.contracts.envelope import Event
from shared.erasing.order import hear_erasure
from shared.messaging.inbox import Handler
from shared.revoking import hear_revocation
from shared.witnessing import hear_head
from shared.work import Work


async def on_case_opened(work: Work, event: intake.CaseOpened) -> None:
    group = [(member.person_id, _facts(work.open(member.facts))) for member in event.members]
    await newcomers.know_group(work, event.case_id, event.at, group)


async def on_people_joined(work: Work, event: intake.PeopleJoined) -> None:
    told = [(it.person_id, work.open(it.facts)) for it in event.people]
    people = [(person_id, _facts(facts), facts.number) for person_id, facts in told]
    await plans.follow(work, await newcomers.join(work, event.case_id, people), event.case_id)


async def on_case_state_changed(work: Work, event: intake.CaseStateChanged) -> None:
    rests = event.standing in {"suspended", "supported"}
    await newcomers.note_state(work, event.case_id, event.standing if rests and event.standing else event.state)
    if event.state == "closed" or event.standing == "supported":
        await submissions.heed_end(work, event.case_id)


async def on_access_changed(work: Work, event: intake.AccessChanged) -> None:
    await replace_entries(work, event.case_id, event.assigned, event.recused, event.at)
    work.audit("note_access", case_id=event.case_id)


async def on_consent_changed(work: Work, event: intake.ConsentChanged) -> None:
    told = work.open(event.terms)
    live = told.reaches("destination_government") if told.purpose == "share_with_government" else told.live
    terms = Terms(live, told.expires_on)
    await submissions.heed_consent(work, event.case_id, event.person_id, told.purpose, terms)


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
        intake.PeopleJoined: on_people_joined,
        intake.CaseStateChanged: on_case_state_changed,
        intake.AccessChanged: on_access_changed,
        intake.ConsentChanged: on_consent_changed,
        intake.PersonErased: hear_erasure,
        logistics.JourneyDeparted: on_journey_departed,
        logistics.JourneyArrived: on_journey_arrived,
        intake.TokensRevoked: hear_revocation,
        intake.AuditHeadReached: hear_head,
        logistics.AuditHeadReached: hear_head,
    }
