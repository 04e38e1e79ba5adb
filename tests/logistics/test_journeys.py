"""Journeys: whole, cleared, counted."""

import asyncio
from collections import Counter
from datetime import timedelta

from sqlalchemy import select

from services.logistics.journeys.store.journeys import JOURNEYS
from services.logistics.journeys.store.legs import LEGS
from shared.contracts.intake import CaseStateChanged
from shared.contracts.logistics import CheckInMissed, JourneyArrived, JourneyDeparted, StayChanged
from shared.contracts.settlement import ReceptionConfirmed
from tests.logistics.scene import (
    ADULT,
    CHILD,
    PASSPORT,
    active_house,
    at,
    change,
    clear_entry,
    departed,
    hold,
    legs,
    open_group,
    plan_journey,
    record_passports,
)
from tests.support.room import NOON, Room, problem, staff


async def test_a_journey_from_plan_to_reception(either_room: Room) -> None:
    """A group leaves, arrives counted, and is received; each is told once and with what its readers need."""
    room = either_room
    group = await open_group(room, [ADULT, CHILD])
    async with room.client(group.coordinator) as client:
        journey = await departed(room, client, group)
        assert (journey["state"], journey["destination_country"]) == ("departed", "CA")
        assert [(leg["from_place"], leg["to_place"]) for leg in journey["legs"]] == [("GRV", "SVO"), ("SVO", "YYZ")]
        room.clock.move(at(15))
        arrived = (await change(client, "journeys", journey, "arrival", {"person_ids": group.people})).json()
        assert arrived["state"] == "arrived"
        event = ReceptionConfirmed(case_id=group.case_id, journey_id=journey["id"], at=NOON, persons=())
        assert await room.tell(event) is None
        await room.tell_again()
        assert (await client.get(f"/journeys/{journey['id']}")).json()["state"] == "received"
        (listed,) = (await client.get(f"/cases/{group.case_id}/journeys")).json()["items"]
        assert listed["id"] == journey["id"]
    (left,) = await room.told(JourneyDeparted)
    assert {it.person_id for it in left.travellers} == set(group.people)
    assert [room.opened("settlement", left, it.terms).veiled for it in left.travellers] == [False, False]
    (came,) = await room.told(JourneyArrived)
    assert {it.person_id for it in came.arrivals} == set(group.people)
    opened = room.opened("intake", came, came.arrivals[0].arrival)
    assert (opened.country, opened.outside_country_of_danger, opened.veiled) == ("CA", True, False)


async def test_inside_the_country_of_danger_is_not_outside(room: Room) -> None:
    """An arrival in the country of danger is told as what it is."""
    group = await open_group(room, danger="CA")
    async with room.client(group.coordinator) as client:
        journey = await departed(room, client, group)
        await change(client, "journeys", journey, "arrival", {"person_ids": group.people})
    (came,) = await room.told(JourneyArrived)
    assert room.opened("settlement", came, came.arrivals[0].arrival).outside_country_of_danger is False


async def test_a_veiled_way_in_veils_the_travel(room: Room) -> None:
    """When any way into the country is veiled, departure and arrival are veiled, also beside an open one."""
    group = await open_group(room)
    await clear_entry(room, group, veiled=True)
    async with room.client(group.coordinator) as client:
        journey = await departed(room, client, group)
        await change(client, "journeys", journey, "arrival", {"person_ids": group.people})
    (left,) = await room.told(JourneyDeparted)
    (came,) = await room.told(JourneyArrived)
    assert room.opened("intake", left, left.travellers[0].terms).veiled is True
    assert room.opened("intake", came, came.arrivals[0].arrival).veiled is True


async def test_a_group_moves_only_when_all_are_cleared(room: Room) -> None:
    """One member without papers keeps the whole group back; so does a clearance for another country."""
    group = await open_group(room, [ADULT, ADULT])
    await clear_entry(room, group)
    async with room.client(group.coordinator) as client:
        await record_passports(client, group.people[:1])
        elsewhere = (await plan_journey(client, group, destination_country="DE")).json()
        await change(client, "journeys", elsewhere, "cancellation")
        journey = (await plan_journey(client, group)).json()
        assert problem(await change(client, "journeys", journey, "departure")) == (409, "not_cleared")
        await record_passports(client, group.people[1:])
        assert (await change(client, "journeys", journey, "departure")).status_code == 200
        assert problem(await change(client, "journeys", elsewhere, "departure")) == (409, "wrong_state")


async def test_cleared_for_one_country_is_not_cleared_for_another(room: Room) -> None:
    """A clearance counts for its own country only."""
    group = await open_group(room)
    await clear_entry(room, group, country="DE")
    async with room.client(group.coordinator) as client:
        await record_passports(client, group.people)
        journey = (await plan_journey(client, group)).json()
        assert problem(await change(client, "journeys", journey, "departure")) == (409, "not_cleared")
    assert await room.told(JourneyDeparted) == []


async def test_nobody_leaves_with_a_passport_that_is_over(room: Room) -> None:
    """Papers must hold on the day of departure, not only on the day of the clearance."""
    group = await open_group(room)
    await clear_entry(room, group)
    async with room.client(group.coordinator) as client:
        short = {**PASSPORT, "valid_until": "2017-04-10"}
        await client.post(f"/people/{group.people[0]}/documents", json=short)
        journey = (await plan_journey(client, group)).json()
        room.clock.move(NOON + timedelta(days=8))
        assert problem(await change(client, "journeys", journey, "departure")) == (409, "papers_expired")


async def test_a_part_of_a_group_does_not_travel_alone(room: Room) -> None:
    """Without a recorded split a journey is for everybody of the case, and for nobody else."""
    group, other = await open_group(room, [ADULT, ADULT]), await open_group(room)
    async with room.client(group.coordinator) as client:
        assert problem(await plan_journey(client, group, group.people[:1])) == (409, "group_not_whole")
        strangers = [*group.people, *other.people]
        assert problem(await plan_journey(client, group, strangers)) == (422, "not_of_this_case")
        gap = [legs()[1], legs()[0]]
        assert problem(await plan_journey(client, group, legs=gap)) == (422, "legs_do_not_meet")
        await room.tell(CaseStateChanged(case_id=group.case_id, at=NOON, state="closed"))
        assert problem(await plan_journey(client, group)) == (409, "case_closed")


async def test_nobody_is_on_two_journeys(busy_room: Room) -> None:
    """Of many plans for one group at once, exactly one stands."""
    group = await open_group(busy_room)
    async with busy_room.client(group.coordinator) as client:
        answers = await asyncio.gather(*(plan_journey(client, group) for _ in range(20)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 19}
    assert {problem(answer)[1] for answer in answers if answer.status_code == 409} == {"already_travelling"}


async def test_the_head_count_must_equal_the_manifest(room: Room) -> None:
    """An arrival with somebody missing, or somebody more, is refused and told to nobody."""
    group, other = await open_group(room, [ADULT, ADULT]), await open_group(room)
    async with room.client(group.coordinator) as client:
        journey = await departed(room, client, group)
        for counted in (group.people[:1], [*group.people, *other.people], [group.people[0]] * 2):
            answer = await change(client, "journeys", journey, "arrival", {"person_ids": counted})
            assert problem(answer) == (409, "head_count_differs")
        assert await room.told(JourneyArrived) == []
        all_of_them = {"person_ids": group.people[::-1]}
        assert (await change(client, "journeys", journey, "arrival", all_of_them)).status_code == 200


async def test_departure_gives_the_beds_back(room: Room) -> None:
    """Whoever leaves on a journey no longer has a bed, and that is told before the departure."""
    group = await open_group(room)
    async with room.client(group.coordinator) as client:
        house = await active_house(client, beds=1)
        await change(client, "stays", (await hold(client, house, group)).json(), "arrival")
        await departed(room, client, group)
        assert (await client.get(f"/houses/{house['id']}")).json()["beds_free"] == 1
    told = [it.event for it in await room.told() if isinstance(it.event, StayChanged | JourneyDeparted)]
    assert [getattr(it, "state", "departed") for it in told] == ["held", "sheltered", "left", "departed"]


async def test_an_old_version_moves_nothing(room: Room) -> None:
    """Who decides on an older version is told so, and nobody leaves twice."""
    group = await open_group(room)
    async with room.client(group.coordinator) as client:
        journey = await departed(room, client, group)
        arrival = {"person_ids": group.people}
        old = {**journey, "version": 1}
        assert problem(await change(client, "journeys", old, "arrival", arrival)) == (412, "stale_version")
        assert problem(await change(client, "journeys", journey, "departure")) == (409, "wrong_state")
    assert len(await room.told(JourneyDeparted)) == 1


async def test_places_are_not_in_clear(room: Room) -> None:
    """Where a group goes, and its duress word, stand nowhere in the database in clear, nor do their lengths tell."""
    group, other = await open_group(room), await open_group(room)
    async with room.client(group.coordinator) as client:
        await plan_journey(client, group, duress_word="blue heron by the lake")
    async with room.client(other.coordinator) as client:
        await plan_journey(client, other)
    terms = [row["terms"].box for row in await room.rows(select(JOURNEYS.c.terms))]
    places = [row["places"].box for row in await room.rows(select(LEGS.c.places))]
    assert len({len(box) for box in terms}) == len({len(box) for box in places}) == 1
    assert not any(b"YYZ" in box or b"heron" in box for box in [*terms, *places])


async def test_only_an_assigned_coordinator_moves_a_group(room: Room) -> None:
    """To everybody else the journey does not exist."""
    group = await open_group(room)
    async with room.client(group.coordinator) as client:
        journey = (await plan_journey(client, group)).json()
    async with room.client(staff("coordinator")) as client:
        assert problem(await client.get(f"/journeys/{journey['id']}")) == (404, "not_found")
        assert problem(await client.get(f"/cases/{group.case_id}/journeys")) == (404, "not_found")
        assert problem(await plan_journey(client, group)) == (404, "not_found")
        for verb, body in (("departure", None), ("cancellation", None), ("arrival", {"person_ids": group.people})):
            assert problem(await change(client, "journeys", journey, verb, body)) == (404, "not_found")


async def test_a_journey_called_off_waits_for_nobody(room: Room) -> None:
    """A plan that was given up misses no check-in, and its people are free for another."""
    group = await open_group(room)
    async with room.client(group.coordinator) as client:
        journey = (await plan_journey(client, group)).json()
        assert (await change(client, "journeys", journey, "cancellation")).json()["state"] == "cancelled"
        assert (await plan_journey(client, group)).status_code == 201
    room.clock.move(NOON + timedelta(days=9))
    await room.fire()
    assert await room.told(CheckInMissed) == []
