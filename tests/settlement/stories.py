"""What happens before settlement's part begins: invented groups, and what intake and logistics tell of them."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from httpx import Response

from shared.access import Actor
from shared.clock import new_id
from shared.contracts.fields import Sealed
from shared.contracts.intake import AccessChanged, CaseMember, CaseOpened, ConsentChanged, ConsentTerms, MemberFacts
from shared.contracts.logistics import (
    Arrival,
    ArrivedPerson,
    JourneyArrived,
    JourneyDeparted,
    Traveller,
    TravelTerms,
)
from shared.messaging.verdicts import Verdict
from tests.support.room import Room, staff

OFFICER_ROLES = ("programme_manager", "programme_officer", "spokesperson", "settlement_worker")


@dataclass(frozen=True)
class Group:
    """The people of an invented case."""

    case_id: str
    person_ids: tuple[str, ...]


def opened(room: Room, people: int = 1) -> tuple[Group, CaseOpened]:
    """An invented group and what intake tells when it opens their case."""
    group = Group(new_id(), tuple(sorted(new_id() for _ in range(people))))
    facts = [MemberFacts(principal=i == 0, born_on=date(1990, 5, 1), country_of_danger="RU") for i in range(people)]
    members = tuple(
        CaseMember(person_id=one, facts=Sealed.of(one, fact)) for one, fact in zip(group.person_ids, facts, strict=True)
    )
    return group, CaseOpened(case_id=group.case_id, at=room.clock.now(), members=members)


async def open_case(room: Room, *team: Actor, people: int = 1, consent: bool = True) -> Group:
    """Intake opened a case, assigned `team`, and everybody consents to governments and to being counted in public."""
    group, event = opened(room, people)
    await room.tell(event)
    await assign(room, group, *team)
    if consent:
        for person_id in group.person_ids:
            await tell_consent(room, group, person_id)
            await tell_consent(room, group, person_id, purpose="public_statistics")
    return group


async def assign(room: Room, group: Group, *team: Actor, recused: tuple[Actor, ...] = ()) -> None:
    ids, barred = tuple(actor.id for actor in team), tuple(actor.id for actor in recused)
    await room.tell(AccessChanged(case_id=group.case_id, at=room.clock.now(), assigned=ids, recused=barred))


async def tell_consent(
    room: Room,
    group: Group,
    person_id: str,
    *,
    live: bool = True,
    expires_on: date | None = None,
    purpose: Literal["share_with_government", "public_statistics"] = "share_with_government",
) -> Verdict:
    terms = ConsentTerms(purpose=purpose, live=live, expires_on=expires_on)
    sealed = Sealed.of(person_id, terms)
    return await room.tell(
        ConsentChanged(case_id=group.case_id, person_id=person_id, at=room.clock.now(), terms=sealed)
    )


async def depart(room: Room, group: Group, *, veiled: bool = False) -> str:
    """The group leaves; returns the id of the journey."""
    journey_id = new_id()
    travellers = tuple(
        Traveller(person_id=one, terms=Sealed.of(one, TravelTerms(veiled=veiled))) for one in group.person_ids
    )
    await room.tell(
        JourneyDeparted(case_id=group.case_id, journey_id=journey_id, at=room.clock.now(), travellers=travellers)
    )
    return journey_id


async def arrive(
    room: Room, group: Group, journey_id: str, country: str = "CA", *, outside: bool = True, veiled: bool = False
) -> None:
    arrival = Arrival(country=country, outside_country_of_danger=outside, veiled=veiled)
    arrivals = tuple(ArrivedPerson(person_id=one, arrival=Sealed.of(one, arrival)) for one in group.person_ids)
    await room.tell(
        JourneyArrived(case_id=group.case_id, journey_id=journey_id, at=room.clock.now(), arrivals=arrivals)
    )


async def post(room: Room, actor: Actor, url: str, body: Any = None, *, version: int | None = None) -> Response:
    headers = {} if version is None else {"If-Match": f'"{version}"'}
    async with room.client(actor) as client:
        return await client.post(url, json={} if body is None else body, headers=headers)


async def get(room: Room, actor: Actor, url: str, **headers: str) -> Response:
    async with room.client(actor) as client:
        return await client.get(url, headers=headers)


def officer() -> Actor:
    """Somebody invented who may do everything in settlement, on their own lists and cases."""
    return staff(*OFFICER_ROLES)


async def found_programme(
    room: Room, founder: Actor, places: int = 5, *, sealed: str = "disclosed", country: str = "CA"
) -> str:
    body = {"name": "Maple door", "country": country, "kind": "gar", "places": places, "sealed": sealed}
    answer = await post(room, founder, "/programmes", body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def submit(room: Room, actor: Actor, programme_id: str, group: Group, **more: Any) -> Response:
    body = {"case_id": group.case_id, "person_ids": list(group.person_ids), **more}
    return await post(room, actor, f"/programmes/{programme_id}/submissions", body)


async def accept(room: Room, actor: Actor, programme_id: str, group: Group) -> Response:
    """Put the group forward and enter that the government accepted it."""
    made = await submit(room, actor, programme_id, group)
    assert made.json()["state"] == "submitted", made.text
    body = {"outcome": "accepted", "from_date": "2017-05-01"}
    answer = await post(room, actor, f"/submissions/{made.json()['id']}/decision", body, version=1)
    assert answer.status_code == 200, answer.text
    return answer


async def hand_over(room: Room, group: Group, worker: Actor, escort: Actor) -> Response:
    """Both sides confirm the newest reception of the group."""
    reception = (await get(room, worker, f"/cases/{group.case_id}/receptions")).json()["items"][-1]
    url, counted = f"/receptions/{reception['id']}/handover", len(group.person_ids)
    first = await post(room, escort, url, {"side": "escort", "counted": counted}, version=reception["version"])
    assert first.status_code == 200, first.text
    body = {"side": "reception", "counted": counted}
    answer = await post(room, worker, url, body, version=first.json()["version"])
    assert answer.status_code == 200, answer.text
    return answer


async def quota(room: Room, actor: Actor, programme_id: str) -> tuple[int, int, int, int]:
    """Places, held, used, waiting."""
    programme = (await get(room, actor, f"/programmes/{programme_id}")).json()
    return programme["places"], programme["held"], programme["used"], programme["waitlist"]
