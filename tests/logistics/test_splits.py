"""Splitting a group: two people agree, and no minor is separated."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import httpx

from shared.contracts.logistics import JourneyDeparted, StayChanged
from tests.logistics.scene import (
    ADULT,
    CHILD,
    Group,
    active_house,
    assign,
    change,
    clear_entry,
    hold,
    open_group,
    plan_journey,
    record_passports,
)
from tests.support.room import NOON, Room, problem, staff


async def propose(client: httpx.AsyncClient, group: Group, apart: Sequence[str]) -> httpx.Response:
    body = {"person_ids_apart": apart, "reason": "His visa came first and he is in danger now."}
    return await client.post(f"/cases/{group.case_id}/split", json=body)


async def test_an_approved_split_lets_each_side_travel(room: Room) -> None:
    """After a second person approved, each side travels alone, and who stays behind keeps the bed."""
    group, second = await open_group(room, [ADULT, ADULT]), staff("coordinator")
    await assign(room, group, group.coordinator, second)
    await clear_entry(room, group)
    first, rest = group.people
    async with room.client(group.coordinator) as client, room.client(second) as deciding:
        house = await active_house(client)
        await change(client, "stays", (await hold(client, house, group)).json(), "arrival")
        split = (await propose(client, group, [first])).json()
        assert split["state"] == "proposed"
        assert problem(await plan_journey(client, group, [first])) == (409, "group_not_whole")
        decided = await change(deciding, "splits", split, "decision", {"approve": True})
        assert (decided.status_code, decided.json()["state"]) == (200, "approved")
        assert decided.json()["reason"] == "His visa came first and he is in danger now."
        await record_passports(client, [first])
        journey = (await plan_journey(client, group, [first])).json()
        assert (await change(client, "journeys", journey, "departure")).status_code == 200
        assert (await plan_journey(client, group, [rest])).status_code == 201
        (stay,) = (await client.get(f"/cases/{group.case_id}/stays")).json()["items"]
        assert (stay["state"], stay["person_ids"]) == ("sheltered", [rest])
        assert (await client.get(f"/houses/{house['id']}")).json()["beds_free"] == 1
        listed = (await client.get(f"/cases/{group.case_id}/splits")).json()["items"]
        assert [it["state"] for it in listed] == ["approved"]
    assert [(it.state, it.person_ids) for it in (await room.told(StayChanged))[2:]] == [("left", (first,))]
    (left,) = await room.told(JourneyDeparted)
    assert [it.person_id for it in left.travellers] == [first]


async def test_nobody_approves_their_own_split(room: Room) -> None:
    """The proposer cannot decide, a stranger does not know of it, and one decision ends it."""
    group, second = await open_group(room, [ADULT, ADULT]), staff("coordinator")
    await assign(room, group, group.coordinator, second)
    yes = {"approve": True}
    async with room.client(group.coordinator) as client:
        split = (await propose(client, group, group.people[:1])).json()
        assert problem(await change(client, "splits", split, "decision", yes)) == (409, "same_person")
    async with room.client(staff("coordinator")) as client:
        assert problem(await change(client, "splits", split, "decision", yes)) == (404, "not_found")
    async with room.client(second) as client:
        rejected = (await change(client, "splits", split, "decision", {"approve": False})).json()
        assert rejected["state"] == "rejected"
        assert problem(await change(client, "splits", rejected, "decision", yes)) == (409, "already_decided")
    async with room.client(group.coordinator) as client:
        assert problem(await plan_journey(client, group, group.people[:1])) == (409, "group_not_whole")


async def test_a_minor_is_never_apart(room: Room) -> None:
    """A split that sends a child apart, or leaves it alone, is refused before anybody is asked."""
    group = await open_group(room, [ADULT, ADULT, CHILD])
    one, other, child = group.people
    async with room.client(group.coordinator) as client:
        for apart in ([child], [one, child], [one, other]):
            assert problem(await propose(client, group, apart)) == (409, "minor_not_separated")
        assert problem(await propose(client, group, group.people)) == (409, "nobody_remains")
        assert (await propose(client, group, [one])).status_code == 201


async def test_two_splits_do_not_leave_a_child_alone(either_room: Room) -> None:
    """What each split would do by itself is refused together, proposed before or after the other was approved."""
    room = either_room
    group, second = await open_group(room, [ADULT, ADULT, CHILD]), staff("coordinator")
    await assign(room, group, group.coordinator, second)
    one, other, child = group.people
    yes = {"approve": True}
    async with room.client(group.coordinator) as client, room.client(second) as deciding:
        first, late = [(await propose(client, group, [who])).json() for who in (one, other)]
        assert (await change(deciding, "splits", first, "decision", yes)).status_code == 200
        assert problem(await change(deciding, "splits", late, "decision", yes)) == (409, "minor_not_separated")
        assert problem(await propose(client, group, [other])) == (409, "minor_not_separated")
        rejected = await change(deciding, "splits", late, "decision", {"approve": False})
        assert (rejected.status_code, rejected.json()["state"]) == (200, "rejected")
        assert problem(await plan_journey(client, group, [child])) == (409, "group_not_whole")
        assert (await plan_journey(client, group, [other, child])).status_code == 201


async def test_of_two_splits_decided_at_once_one_stands(busy_room: Room) -> None:
    """Two second people who approve at the same moment do not leave a child alone between them."""
    room = busy_room
    second = staff("coordinator")
    for _ in range(5):
        group = await open_group(room, [ADULT, ADULT, CHILD])
        await assign(room, group, group.coordinator, second)
        async with room.client(group.coordinator) as client, room.client(second) as deciding:
            splits = [(await propose(client, group, [who])).json() for who in group.people[:2]]
            decisions = (change(deciding, "splits", split, "decision", {"approve": True}) for split in splits)
            answers = await asyncio.gather(*decisions)
        assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_whom_no_split_names_travels_together(room: Room) -> None:
    """After two splits were approved, those who remain are a side of their own."""
    group, second = await open_group(room, [ADULT, ADULT, ADULT, CHILD]), staff("coordinator")
    await assign(room, group, group.coordinator, second)
    async with room.client(group.coordinator) as client, room.client(second) as deciding:
        for who in group.people[:2]:
            split = (await propose(client, group, [who])).json()
            assert (await change(deciding, "splits", split, "decision", {"approve": True})).status_code == 200
        assert problem(await plan_journey(client, group, group.people[2:3])) == (409, "group_not_whole")
        for people in (group.people[:1], group.people[1:2], group.people[2:]):
            assert (await plan_journey(client, group, people)).status_code == 201


async def test_a_split_nobody_decides_expires(room: Room) -> None:
    """After seven days without a decision a proposal is over, and is not approved any more."""
    group, second = await open_group(room, [ADULT, ADULT]), staff("coordinator")
    await assign(room, group, group.coordinator, second)
    async with room.client(group.coordinator) as client:
        split = (await propose(client, group, group.people[:1])).json()
    async with room.client(second) as client:
        room.clock.move(NOON + timedelta(days=7))
        late = await change(client, "splits", split, "decision", {"approve": True})
        assert problem(late) == (409, "approval_expired")
        await room.fire()
        (expired,) = (await client.get(f"/cases/{group.case_id}/splits")).json()["items"]
    assert expired["state"] == "expired"
