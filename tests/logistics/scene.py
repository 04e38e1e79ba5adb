"""Invented people and houses, and what others told logistics about them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx

from shared.access import Actor
from shared.clock import new_id
from shared.contracts.fields import Sealed
from shared.contracts.intake import AccessChanged, CaseMember, CaseOpened, MemberFacts
from shared.contracts.settlement import ClearedPerson, EntryClearance, EntryCleared, Sight, SightChanged
from shared.database import Transaction
from shared.database.postgres import LANES
from shared.veil import LIST
from tests.support.room import NOON, Room, staff

ADULT = date(1990, 5, 17)
CHILD = date(2010, 5, 17)
ADDRESS = "7 Lantern Lane, second door, ring twice"
TODAY = NOON.date()
PASSPORT = {"kind": "passport", "issuing_country": "RU", "number": "70 1234567", "valid_until": "2020-01-01"}


@dataclass
class Group:
    """A case with its members and the coordinator who is assigned to it."""

    coordinator: Actor
    case_id: str = field(default_factory=new_id)
    people: list[str] = field(default_factory=list)


async def open_group(
    room: Room, births: Sequence[date] = (ADULT,), coordinator: Actor | None = None, danger: str = "RU"
) -> Group:
    """Intake opened a case for people born on these days and assigned a coordinator."""
    group = Group(coordinator or staff("coordinator"), people=[new_id() for _ in births])
    await tell_case(room, group, births, danger)
    return group


async def tell_case(room: Room, group: Group, births: Sequence[date] = (ADULT,), danger: str = "RU") -> None:
    members = [
        CaseMember(
            person_id=person,
            facts=Sealed.of(person, MemberFacts(principal=place == 0, born_on=born_on, country_of_danger=danger)),
        )
        for place, (person, born_on) in enumerate(zip(group.people, births, strict=True))
    ]
    assert await room.tell(CaseOpened(case_id=group.case_id, at=NOON, members=tuple(members))) is None
    await assign(room, group, group.coordinator)


async def see(room: Room, group: Group, *who: Actor, veiled: bool = True) -> None:
    """Settlement says who may look at the later journey of the group: its coordinator, and `who`."""
    may_look = [group.coordinator.id, *(actor.id for actor in who)]
    may_look += [new_id() for _ in range(LIST - len(may_look))]
    sight = Sealed.of(group.case_id, Sight(veiled=veiled, may_look=tuple(may_look)))
    told = SightChanged(case_id=group.case_id, at=room.clock.now(), person_ids=tuple(group.people), sight=sight)
    assert await room.tell(told) is None


async def assign(room: Room, group: Group, *assigned: Actor, recused: Sequence[Actor] = ()) -> None:
    names = tuple(actor.id for actor in assigned)
    event = AccessChanged(case_id=group.case_id, at=NOON, assigned=names, recused=tuple(it.id for it in recused))
    assert await room.tell(event) is None


async def clear_entry(
    room: Room, group: Group, country: str = "CA", from_date: date = TODAY, *, veiled: bool = False
) -> None:
    """Settlement says that everybody of the group may enter."""
    if veiled:
        await see(room, group)
    entry = EntryClearance(country=country, from_date=from_date, veiled=veiled)
    persons = tuple(ClearedPerson(person_id=it, clearance=Sealed.of(it, entry)) for it in group.people)
    assert await room.tell(EntryCleared(case_id=group.case_id, at=NOON, persons=persons)) is None


async def record_passports(client: httpx.AsyncClient, people: Sequence[str]) -> None:
    for person in people:
        answer = await client.post(f"/people/{person}/documents", json=PASSPORT)
        assert answer.status_code == 201, answer.text


async def active_house(
    client: httpx.AsyncClient, beds: int = 2, max_cases: int = 1, code_name: str = "Lantern", **other: Any
) -> dict[str, Any]:
    """A house that was vetted and takes people in."""
    body = {"code_name": code_name, "region": "north", "beds": beds, "max_cases": max_cases, "address": ADDRESS}
    house = (await client.post("/houses", json={**body, **other})).json()
    for state in ("vetted", "active"):
        house = (await move_house(client, house, state)).json()
    assert house["state"] == "active"
    return dict(house)


async def move_house(client: httpx.AsyncClient, house: dict[str, Any], state: str) -> httpx.Response:
    return await client.post(f"/houses/{house['id']}/state", json={"state": state}, headers=match(house))


async def hold(
    client: httpx.AsyncClient, house: dict[str, Any], group: Group, people: Sequence[str] | None = None, hours: int = 24
) -> httpx.Response:
    until = (NOON + timedelta(hours=hours)).isoformat()
    body = {"case_id": group.case_id, "person_ids": people or group.people, "expires_at": until}
    return await client.post(f"/houses/{house['id']}/holds", json=body)


async def change(
    client: httpx.AsyncClient, thing: str, row: dict[str, Any], verb: str, body: dict[str, Any] | None = None
) -> httpx.Response:
    """POST /<thing>/<id>/<verb> on the version that `row` shows."""
    return await client.post(f"/{thing}/{row['id']}/{verb}", json=body, headers=match(row))


async def open_all_lanes(room: Room) -> None:
    """Have every connection to PostgreSQL open, so that what comes at once is done at once and not in one lane."""
    together = asyncio.Barrier(LANES)

    async def wait(_: Transaction) -> None:
        await together.wait()

    jobs = []
    for _ in range(LANES):
        jobs.append(asyncio.create_task(room.database.transact(wait)))
        await asyncio.sleep(0.01)
    await asyncio.gather(*jobs)


def match(row: dict[str, Any]) -> dict[str, str]:
    return {"If-Match": f'"{row["version"]}"'}


def at(hour: int, minute: int = 0, day: int = 3) -> datetime:
    """An instant in April 2017."""
    return datetime(2017, 4, day, hour, minute, tzinfo=UTC)


def legs() -> list[dict[str, Any]]:
    """From Grozny by Moscow to Toronto: heard of at 16:00, and at 6:00 of the next day."""
    return [
        {"from_place": "GRV", "to_place": "SVO", "departs_at": at(13).isoformat(), "expected_by": at(16).isoformat()},
        {
            "from_place": "SVO",
            "to_place": "YYZ",
            "departs_at": at(18).isoformat(),
            "expected_by": at(6, day=4).isoformat(),
        },
    ]


async def plan_journey(
    client: httpx.AsyncClient, group: Group, people: Sequence[str] | None = None, **other: Any
) -> httpx.Response:
    body = {"person_ids": people or group.people, "legs": legs(), "destination_country": "CA", **other}
    return await client.post(f"/cases/{group.case_id}/journeys", json=body)


async def departed(room: Room, client: httpx.AsyncClient, group: Group, **other: Any) -> dict[str, Any]:
    """A journey of the whole group that has left."""
    await clear_entry(room, group)
    await record_passports(client, group.people)
    journey = (await plan_journey(client, group, **other)).json()
    answer = await change(client, "journeys", journey, "departure")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())
