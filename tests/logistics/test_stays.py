"""Beds: held, slept in, left, and never given twice."""

import asyncio
from collections import Counter
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select

from services.logistics.safe_houses.store.stays import BEDS
from services.logistics.service import blueprint
from shared.contracts.intake import CaseStateChanged
from shared.contracts.logistics import StayChanged
from tests.logistics.scene import ADULT, active_house, assign, change, hold, open_all_lanes, open_group, plan_journey
from tests.support.room import NOON, Room, open_room, problem, staff


async def test_a_stay_from_hold_to_end(either_room: Room) -> None:
    """Every change of a stay is told once, in order, and the bed is free again at its end."""
    room = either_room
    group = await open_group(room, [ADULT, ADULT])
    async with room.client(group.coordinator) as client:
        house = await active_house(client)
        held = await hold(client, house, group)
        assert (held.status_code, held.json()["state"]) == (201, "held")
        assert (await client.get(f"/houses/{house['id']}")).json()["beds_free"] == 0
        stay = (await change(client, "stays", held.json(), "arrival")).json()
        assert stay["state"] == "sheltered"
        stay = (await change(client, "stays", stay, "end")).json()
        assert stay["state"] == "left"
        assert (await client.get(f"/houses/{house['id']}")).json()["beds_free"] == 2
        assert (await client.get(f"/cases/{group.case_id}/stays")).json() == {"items": [stay], "next": None}
    told = await room.told(StayChanged)
    assert [it.state for it in told] == ["held", "sheltered", "left"]
    assert all(set(it.person_ids) == set(group.people) for it in told)


async def test_a_hundred_at_once_for_the_last_bed(tmp_path: Path) -> None:
    """Of a hundred who ask for the last bed at once, on PostgreSQL, exactly one gets it."""
    async with open_room(blueprint(), tmp_path, "postgresql") as room:
        coordinator = staff("coordinator")
        groups = [await open_group(room, coordinator=coordinator) for _ in range(100)]
        async with room.client(coordinator) as client:
            house = await active_house(client, beds=1, max_cases=200)
            await open_all_lanes(room)
            answers = await asyncio.gather(*(hold(client, house, group) for group in groups))
        assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 99}
        assert {problem(answer)[1] for answer in answers if answer.status_code == 409} == {"house_full"}
        taken = await room.rows(select(func.count().label("taken")).where(BEDS.c.live.is_(True)))
        assert taken == [{"taken": 1}]
        assert len(await room.told(StayChanged)) == 1


async def test_nobody_gets_two_beds_at_once(busy_room: Room) -> None:
    """Of many who hold a bed for one person in different houses at once, exactly one succeeds."""
    group = await open_group(busy_room)
    async with busy_room.client(group.coordinator) as client:
        houses = [await active_house(client, code_name=f"Lantern {number}") for number in range(20)]
        answers = await asyncio.gather(*(hold(client, house, group) for house in houses))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 19}
    assert {problem(answer)[1] for answer in answers if answer.status_code == 409} == {"has_a_bed"}


async def test_a_repeated_hold_is_one_hold(room: Room) -> None:
    """The same request sent twice takes one bed and gets one answer."""
    group = await open_group(room)
    async with room.client(group.coordinator) as client:
        house = await active_house(client)
        client.headers["Idempotency-Key"] = "the-same-request"
        first, second = await hold(client, house, group), await hold(client, house, group)
    assert first.json() == second.json()
    assert len(await room.told(StayChanged)) == 1


async def test_a_hold_expires_by_itself(room: Room) -> None:
    """When nobody came in time the bed is free, that is told once, and the hold cannot be used any more."""
    group = await open_group(room)
    async with room.client(group.coordinator) as client:
        house = await active_house(client, beds=1)
        held = (await hold(client, house, group, hours=2)).json()
        room.clock.move(NOON + timedelta(hours=2) - timedelta(seconds=1))
        assert await room.fire() == 0
        room.clock.move(NOON + timedelta(days=90))
        assert problem(await change(client, "stays", held, "arrival")) == (409, "hold_expired")
        assert await room.fire() == 1
        assert await room.fire() == 0
        assert problem(await change(client, "stays", held, "arrival")) == (409, "wrong_state")
        assert (await client.get(f"/houses/{house['id']}")).json()["beds_free"] == 1
    assert [it.state for it in await room.told(StayChanged)] == ["held", "hold_expired"]


async def test_who_arrived_in_time_is_not_put_out(room: Room) -> None:
    """The hour at which the hold would have expired means nothing to who sleeps there."""
    group = await open_group(room)
    async with room.client(group.coordinator) as client:
        house = await active_house(client)
        await change(client, "stays", (await hold(client, house, group, hours=2)).json(), "arrival")
        room.clock.move(NOON + timedelta(days=90))
        await room.fire()
        (stay,) = (await client.get(f"/cases/{group.case_id}/stays")).json()["items"]
    assert stay["state"] == "sheltered"
    assert [it.state for it in await room.told(StayChanged)] == ["held", "sheltered"]


async def test_a_hold_not_needed_is_released(room: Room) -> None:
    """A released hold frees its beds and is told; it is released once, and only before anybody came."""
    group = await open_group(room)
    async with room.client(group.coordinator) as client:
        house = await active_house(client, beds=1)
        held = (await hold(client, house, group)).json()
        assert problem(await change(client, "stays", held, "end")) == (409, "wrong_state")
        released = (await change(client, "stays", held, "release")).json()
        assert problem(await change(client, "stays", released, "release")) == (409, "wrong_state")
        assert (await hold(client, house, group)).status_code == 201
    assert [it.state for it in await room.told(StayChanged)] == ["held", "released", "held"]


async def test_a_hold_is_for_people_of_the_case_in_an_active_house(room: Room) -> None:
    """Strangers, a name twice, a house that is paused, a house that is full and a closed case are each refused."""
    group, other = await open_group(room), await open_group(room)
    async with room.client(group.coordinator) as client:
        house = await active_house(client, beds=1)
        assert problem(await hold(client, house, group, other.people)) == (422, "not_of_this_case")
        assert problem(await hold(client, house, group, group.people * 2)) == (422, "person_twice")
        assert problem(await hold(client, house, group, hours=0)) == (422, "expiry_out_of_range")
        paused = (await change(client, "houses", house, "state", {"state": "paused"})).json()
        assert problem(await hold(client, house, group)) == (409, "house_not_active")
        await change(client, "houses", paused, "state", {"state": "active"})
        await room.tell(CaseStateChanged(case_id=group.case_id, at=NOON, state="closed"))
        assert problem(await hold(client, house, group)) == (409, "case_closed")
        await room.tell(CaseStateChanged(case_id=group.case_id, at=NOON, state="reopened"))
        assert (await hold(client, house, group)).status_code == 201


async def test_only_who_is_assigned_holds_beds_or_sees_stays(room: Room) -> None:
    """A case of others does not exist; an assigned caseworker sees its stays but holds no beds."""
    group = await open_group(room)
    caseworker, recused = staff("caseworker"), staff("coordinator")
    await assign(room, group, group.coordinator, caseworker, recused, recused=[recused])
    async with room.client(group.coordinator) as client:
        house = await active_house(client)
        held = (await hold(client, house, group)).json()
    for stranger in (staff("coordinator"), recused):
        async with room.client(stranger) as client:
            assert problem(await hold(client, house, group)) == (404, "not_found")
            assert problem(await change(client, "stays", held, "arrival")) == (404, "not_found")
            assert problem(await client.get(f"/cases/{group.case_id}/stays")) == (404, "not_found")
    async with room.client(caseworker) as client:
        assert problem(await hold(client, house, group)) == (403, "not_permitted")
        assert len((await client.get(f"/cases/{group.case_id}/stays")).json()["items"]) == 1


async def test_a_look_and_a_change_are_on_the_cases_log(room: Room) -> None:
    """The timeline of a case shows the changes to its stays, and no looks."""
    group = await open_group(room)
    async with room.client(group.coordinator) as client:
        await hold(client, await active_house(client), group)
        await client.get(f"/cases/{group.case_id}/stays")
        timeline = (await client.get(f"/cases/{group.case_id}/timeline")).json()
    assert [it["what"] for it in timeline["happenings"]] == ["open_case", "change_access", "hold_beds"]


async def test_beds_of_a_case_that_rests_or_ends(room: Room) -> None:
    """Suspended or supported in place they go on and nobody travels; closed what is held is free, who sleeps stays."""
    sleeping, expected = await open_group(room), await open_group(room)
    async with room.client(sleeping.coordinator) as client:
        house = await active_house(client)
        stay = (await change(client, "stays", (await hold(client, house, sleeping)).json(), "arrival")).json()
        for standing in ("suspended", "supported"):
            told = CaseStateChanged(case_id=sleeping.case_id, at=NOON, state="planned", standing=standing)
            assert await room.tell(told) is None
            assert (await client.get(f"/stays/{stay['id']}")).json()["state"] == "sheltered"
            assert problem(await plan_journey(client, sleeping)) == (409, f"case_{standing}")
        await room.tell(CaseStateChanged(case_id=sleeping.case_id, at=NOON, state="closed"))
        assert (await client.get(f"/stays/{stay['id']}")).json()["state"] == "sheltered"
    async with room.client(expected.coordinator) as client:
        house = await active_house(client, code_name="Lantern 2")
        rests = CaseStateChanged(case_id=expected.case_id, at=NOON, state="planned", standing="suspended")
        assert await room.tell(rests) is None
        held = (await hold(client, house, expected)).json()
        assert held["state"] == "held"
        await room.tell(CaseStateChanged(case_id=expected.case_id, at=NOON, state="closed"))
        await room.tell_again()
        assert (await client.get(f"/stays/{held['id']}")).json()["state"] == "released"
        assert (await client.get(f"/houses/{house['id']}")).json()["beds_free"] == 2
