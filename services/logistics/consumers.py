"""The bus door: which event becomes which action.

Rule: publishers are not ordered among each other, so every action here may be the first that is heard of a person.
"""

from collections.abc import Mapping

from services.logistics.documents import actions as documents
from services.logistics.journeys.actions import travel
from services.logistics.safe_houses.actions import stays
from services.logistics.travellers import actions as travellers
from services.logistics.travellers.model import Consent, Facts
from shared.contracts import intake, settlement
from shared.contracts.envelope import Event
from shared.contracts.intake import (
    AccessChanged,
    CaseOpened,
    CaseStateChanged,
    ConsentChanged,
    PeopleJoined,
    PersonErased,
)
from shared.contracts.settlement import EntryCleared, ReceptionConfirmed, SightChanged
from shared.erasing.order import hear_erasure
from shared.messaging.inbox import Handler
from shared.revoking import hear_revocation
from shared.witnessing import hear_head
from shared.work import Work


async def case_opened(work: Work, event: CaseOpened) -> None:
    told = {member.person_id: work.open(member.facts) for member in event.members}
    members = {it: Facts(facts.principal, facts.born_on, facts.country_of_danger) for it, facts in told.items()}
    await travellers.open_case(work, event.case_id, event.at, members)


async def people_joined(work: Work, event: PeopleJoined) -> None:
    told = {it.person_id: work.open(it.facts) for it in event.people}
    people = {
        it: (Facts(facts.principal, facts.born_on, facts.country_of_danger), facts.number) for it, facts in told.items()
    }
    joined = await travellers.join(work, event.case_id, people)
    await documents.follow(work, joined, event.case_id)


async def case_state_changed(work: Work, event: CaseStateChanged) -> None:
    rests = event.standing in {"suspended", "supported"}
    await travellers.change_case_state(work, event.case_id, event.standing if rests and event.standing else event.state)
    if event.state == "closed":
        await stays.let_case_go(work, event.case_id)


async def access_changed(work: Work, event: AccessChanged) -> None:
    await travellers.change_access(work, event.case_id, event.assigned, event.recused, event.at)


async def consent_changed(work: Work, event: ConsentChanged) -> None:
    terms = work.open(event.terms)
    consent = Consent(terms.purpose, terms.live, terms.expires_on)
    await travellers.note_consent(work, event.case_id, event.person_id, consent)


async def sight_changed(work: Work, event: SightChanged) -> None:
    sight = work.open(event.sight)
    await travellers.change_sight(
        work, event.case_id, event.person_ids, event.at, veiled=sight.veiled, may_look=sight.may_look
    )


async def entry_cleared(work: Work, event: EntryCleared) -> None:
    for person in event.persons:
        entry = work.open(person.clearance)
        await documents.take_entry(
            work, event.case_id, person.person_id, event.at, entry.country, entry.from_date, veiled=entry.veiled
        )


async def reception_confirmed(work: Work, event: ReceptionConfirmed) -> None:
    await travel.receive(work, event.journey_id)


def handlers() -> Mapping[type[Event], Handler]:
    return {
        CaseOpened: case_opened,
        PeopleJoined: people_joined,
        CaseStateChanged: case_state_changed,
        AccessChanged: access_changed,
        ConsentChanged: consent_changed,
        PersonErased: hear_erasure,
        SightChanged: sight_changed,
        EntryCleared: entry_cleared,
        ReceptionConfirmed: reception_confirmed,
        intake.TokensRevoked: hear_revocation,
        intake.AuditHeadReached: hear_head,
        settlement.AuditHeadReached: hear_head,
    }
