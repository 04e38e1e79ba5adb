"""A veiled journey exists for its list only; to everybody else the case is as it was before."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from services.logistics.journeys.store.journeys import JOURNEYS
from services.logistics.travellers.store import VEILS
from shared.access import Actor
from shared.clock import new_id
from shared.contracts.logistics import CheckInMissed, CheckInReceived, JourneyDeparted, StayChanged
from shared.database import Transaction
from tests.logistics.scene import (
    ADULT,
    CHILD,
    TODAY,
    Group,
    active_house,
    assign,
    at,
    change,
    clear_entry,
    hold,
    open_group,
    plan_journey,
    record_passports,
    see,
)
from tests.support.erasure import person_erased
from tests.support.room import NOON, Room, problem, staff

SAME = {"X-Correlation-Id": "0" * 32}
LOOKS = ("travellers", "stays", "journeys", "timeline", "splits")


async def sheltered(room: Room, group: Group) -> dict[str, Any]:
    """The group sleeps in a house, which has two beds more."""
    async with room.client(group.coordinator) as client:
        house = await active_house(client, beds=len(group.people) + 2, max_cases=9, code_name=new_id()[:8])
        stay = (await hold(client, house, group)).json()
        assert (await change(client, "stays", stay, "arrival")).status_code == 200
    return house


async def screens(room: Room, actor: Actor, group: Group, house: dict[str, Any]) -> list[tuple[int, bytes]]:
    """Everything that somebody can read in logistics about a group and its house: status and bytes."""
    paths = [f"/cases/{group.case_id}/{look}" for look in LOOKS]
    paths += [f"/people/{one}/{what}" for one in group.people for what in ("clearance", "documents")]
    paths += ["/houses", f"/houses/{house['id']}", "/approvals"]
    async with room.client(actor) as client:
        answers = [await client.get(path, headers=SAME) for path in paths]
    return [(answer.status_code, answer.content) for answer in answers]


async def gone(room: Room, births: tuple[Any, ...] = (ADULT,)) -> tuple[Group, Actor, dict[str, Any], dict[str, Any]]:
    """A group that left on a veiled journey; group, somebody assigned who may not look, house and journey."""
    group, outsider = await open_group(room, births), staff("coordinator")
    await assign(room, group, group.coordinator, outsider)
    house = await sheltered(room, group)
    async with room.client(group.coordinator) as client:
        await record_passports(client, group.people)
        await clear_entry(room, group, veiled=True)
        journey = (await plan_journey(client, group)).json()
        left = await change(client, "journeys", journey, "departure")
        assert left.status_code == 200, left.text
    return group, outsider, house, left.json()


async def test_who_may_not_look_sees_the_case_as_before_until_the_veil_is_lifted(either_room: Room) -> None:
    """Clearance, plan, departure, reports, arrival and given-back beds change no byte of any screen of theirs."""
    room = either_room
    group, outsider = await open_group(room), staff("coordinator")
    await assign(room, group, group.coordinator, outsider)
    house = await sheltered(room, group)
    async with room.client(group.coordinator) as client:
        await record_passports(client, group.people)
        before = await screens(room, outsider, group, house)
        await clear_entry(room, group, veiled=True)
        assert await screens(room, outsider, group, house) == before
        journey = (await plan_journey(client, group)).json()
        assert await screens(room, outsider, group, house) == before
        left = (await change(client, "journeys", journey, "departure")).json()
        assert await screens(room, outsider, group, house) == before
        room.clock.move(at(16))
        await room.fire()
        await client.post(f"/journeys/{left['id']}/check-ins", json={"leg": 1})
        seen = (await client.get(f"/journeys/{left['id']}")).json()
        arrived = await change(client, "journeys", seen, "arrival", {"person_ids": group.people})
        assert arrived.status_code == 200
        assert (await client.get(f"/houses/{house['id']}")).json()["beds_free"] == house["beds"]
    assert await screens(room, outsider, group, house) == before
    assert len((await screens(room, group.coordinator, group, house))[2][1]) > len(before[2][1])
    await see(room, group, veiled=False)
    assert await screens(room, outsider, group, house) == await screens(room, group.coordinator, group, house)
    async with room.client(outsider) as client:
        assert (await client.get(f"/journeys/{left['id']}")).json()["state"] == "arrived"


async def test_a_veiled_journey_answers_like_an_id_that_never_was(room: Room) -> None:
    """Every route on it, byte for byte, headers included."""
    group, outsider, _, journey = await gone(room)
    acts = [("departure", None), ("arrival", {"person_ids": group.people}), ("cancellation", None)]
    acts.append(("check-ins", {"leg": 1}))
    async with room.client(outsider) as client:
        there, nowhere = [await client.get(f"/journeys/{it}", headers=SAME) for it in (journey["id"], new_id())]
        assert problem(there) == (404, "not_found")
        assert (there.content, dict(there.headers)) == (nowhere.content, dict(nowhere.headers))
        for verb, body in acts:
            headers = {**SAME, "If-Match": '"2"'}
            there, nowhere = [
                await client.post(f"/journeys/{it}/{verb}", json=body, headers=headers)
                for it in (journey["id"], new_id())
            ]
            assert problem(there) == (404, "not_found")
            assert (there.content, dict(there.headers)) == (nowhere.content, dict(nowhere.headers))


async def test_an_act_that_would_collide_is_answered_as_if_nobody_had_left(room: Room) -> None:
    """Another plan is made, kept and called off; it cannot leave, as if papers were missing."""
    group, outsider, house, _ = await gone(room)
    await clear_entry(room, group, country="DE")
    async with room.client(outsider) as client:
        planned = await plan_journey(client, group, destination_country="DE")
        assert planned.status_code == 201
        assert problem(await plan_journey(client, group)) == (409, "already_travelling")
        assert problem(await change(client, "journeys", planned.json(), "departure")) == (409, "not_cleared")
        (shown,) = (await client.get(f"/cases/{group.case_id}/journeys")).json()["items"]
        assert (shown["id"], shown["state"]) == (planned.json()["id"], "planned")
        assert problem(await hold(client, house, group)) == (409, "has_a_bed")
        (stay,) = (await client.get(f"/cases/{group.case_id}/stays")).json()["items"]
        assert problem(await change(client, "stays", {**stay, "version": 9}, "end")) == (412, "stale_version")
        left = await change(client, "stays", stay, "end")
        assert (left.status_code, left.json()["state"], left.json()["version"]) == (200, "left", stay["version"] + 1)
        assert (await client.get(f"/cases/{group.case_id}/stays")).json()["items"] == [left.json()]
        assert (await client.get(f"/houses/{house['id']}")).json()["beds_free"] == house["beds"]
        assert (await change(client, "journeys", planned.json(), "cancellation")).status_code == 200
    assert len(await room.told(JourneyDeparted)) == 1
    assert [it.state for it in await room.told(StayChanged)] == ["held", "sheltered", "left", "left"]


async def test_a_plan_that_others_know_cannot_become_a_veiled_journey(room: Room) -> None:
    """It is planned anew; the known one stays a plan to everybody else, and holds nobody back."""
    group, outsider = await open_group(room), staff("coordinator")
    await assign(room, group, group.coordinator, outsider)
    async with room.client(outsider) as client:
        await record_passports(client, group.people)
        known = (await plan_journey(client, group)).json()
    await clear_entry(room, group, veiled=True)
    async with room.client(group.coordinator) as client:
        assert problem(await change(client, "journeys", known, "departure")) == (409, "plan_anew")
        anew = await plan_journey(client, group)
        assert (await change(client, "journeys", anew.json(), "departure")).status_code == 200
        assert problem(await plan_journey(client, group)) == (409, "already_travelling")
    async with room.client(outsider) as client:
        assert (await client.get(f"/cases/{group.case_id}/journeys")).json()["items"] == [known]


async def test_a_split_for_a_veiled_journey_is_hidden_and_counts_for_its_list(room: Room) -> None:
    """Who proposes it may look behind the veil; nobody else reads, decides or is asked to decide it."""
    group, outsider, second = await open_group(room, (ADULT, ADULT)), staff("coordinator"), staff("coordinator")
    await assign(room, group, group.coordinator, outsider, second)
    house = await sheltered(room, group)
    before = await screens(room, outsider, group, house)
    await see(room, group, second)
    body = {"person_ids_apart": group.people[:1], "reason": "Places for one only."}
    async with room.client(group.coordinator) as client:
        split = (await client.post(f"/cases/{group.case_id}/split", json=body)).json()
    assert await screens(room, outsider, group, house) == before
    async with room.client(outsider) as client:
        assert problem(await change(client, "splits", split, "decision", {"approve": True})) == (404, "not_found")
    async with room.client(second) as client:
        assert len((await client.get("/approvals")).json()["items"]) == 1
        assert (await change(client, "splits", split, "decision", {"approve": True})).status_code == 200
        assert (await plan_journey(client, group, group.people[:1])).status_code == 201
    assert await screens(room, outsider, group, house) == before
    async with room.client(outsider) as client:
        assert problem(await plan_journey(client, group, group.people[:1])) == (409, "group_not_whole")


async def test_a_minor_is_not_left_alone_by_somebody_who_cannot_know_it(room: Room) -> None:
    """Who left behind a veil does not count as staying with the child; the answer is that of missing papers."""
    group, outsider, second = await open_group(room, (ADULT, ADULT, CHILD)), staff("coordinator"), staff("coordinator")
    await assign(room, group, group.coordinator, outsider, second)
    first, other = group.people[0], group.people[1]

    async def split(proposer: Actor, decider: Actor, person: str) -> None:
        body = {"person_ids_apart": [person], "reason": "A place for one."}
        async with room.client(proposer) as client:
            made = (await client.post(f"/cases/{group.case_id}/split", json=body)).json()
        async with room.client(decider) as client:
            answer = await change(client, "splits", made, "decision", {"approve": True})
            assert answer.status_code == 200, answer.text

    veiled = Group(group.coordinator, group.case_id, [first])
    await see(room, veiled, second)
    await split(group.coordinator, second, first)
    async with room.client(group.coordinator) as client:
        await record_passports(client, group.people)
        await clear_entry(room, veiled, veiled=True)
        journey = (await plan_journey(client, group, [first])).json()
        assert (await change(client, "journeys", journey, "departure")).status_code == 200
    third = staff("coordinator")
    await assign(room, group, group.coordinator, outsider, second, third)
    await split(outsider, third, other)
    await clear_entry(room, Group(outsider, group.case_id, [other]), country="DE")
    async with room.client(outsider) as client:
        planned = await plan_journey(client, group, [other], destination_country="DE")
        assert planned.status_code == 201, planned.text
        assert problem(await change(client, "journeys", planned.json(), "departure")) == (409, "not_cleared")


async def test_lists_in_sql_show_exactly_what_the_policies_allow(room: Room) -> None:
    """For every actor and journey of a small world of veiled, open, assigned, recused and unknown."""
    group, outsider, _, _ = await gone(room)
    plain = await open_group(room, coordinator=group.coordinator)
    recused = staff("coordinator")
    await assign(room, group, group.coordinator, outsider, recused, recused=[recused])
    await see(room, group, recused)
    async with room.client(group.coordinator) as client:
        await plan_journey(client, plain)
    async with room.client(outsider) as client:
        await plan_journey(client, group)
    every = [row["id"] for row in await room.rows(select(JOURNEYS.c.id))]
    assert len(every) == 3
    counts = []
    for actor in (group.coordinator, outsider, recused, staff("coordinator")):
        async with room.client(actor) as client:
            allowed = {it for it in every if (await client.get(f"/journeys/{it}")).status_code == 200}
            pages = [await client.get(f"/cases/{case_id}/journeys") for case_id in (group.case_id, plain.case_id)]
        listed = {it["id"] for page in pages if page.status_code == 200 for it in page.json()["items"]}
        assert listed == allowed
        counts.append(len(allowed))
    assert counts == [3, 1, 0, 0]


async def test_the_database_and_the_events_do_not_tell_a_veil(room: Room) -> None:
    """Rows and events of a veiled journey are as many and as long as those of any other."""
    pictures = []
    for veiled in (True, False):
        group = await open_group(room)
        async with room.client(group.coordinator) as client:
            await record_passports(client, group.people)
            await see(room, group, veiled=veiled)
            if veiled:
                await clear_entry(room, group, veiled=True)
            else:
                await see(room, group, veiled=False)
                await clear_entry(room, group)
            journey = (await plan_journey(client, group)).json()
            await change(client, "journeys", journey, "departure")
            await client.post(f"/journeys/{journey['id']}/check-ins", json={"leg": 1})
        veils = await room.rows(select(VEILS.table).where(VEILS.table.c.case_id == group.case_id))
        reports = [it for it in await room.told(CheckInReceived) if it.case_id == group.case_id]
        boxes = [len(part.box) for it in reports for part in it.report.parts.values()]
        pictures.append(([len(row["terms"].box) for row in veils], boxes))
    assert pictures[0] == pictures[1]
    assert [len(some) for some in pictures[0]] == [1, 1]


async def test_notify_is_told_who_may_look_with_every_report_and_every_silence(room: Room) -> None:
    """The list travels sealed, always of one length."""
    group, outsider, _, _ = await gone(room)
    room.clock.move(at(16))
    await room.fire()
    (missed,) = await room.told(CheckInMissed)
    report = room.opened("notify", missed, missed.report)
    assert (report.veiled, report.duress, len(report.may_look)) == (True, False, 64)
    assert group.coordinator.id in report.may_look
    assert outsider.id not in report.may_look
    assert missed.person_ids == tuple(group.people)


async def test_what_is_not_told_or_cannot_be_opened_stays_hidden(room: Room) -> None:
    """A veiled clearance of which no list was told yet is shown to nobody."""
    group = await open_group(room)
    async with room.client(group.coordinator) as client:
        await clear_entry(room, group, veiled=True)

        async def forget(tx: Transaction) -> None:
            await tx.execute(update(VEILS.table).values(person_id=new_id()))

        assert len((await client.get(f"/people/{group.people[0]}/clearance")).json()["ways"]) == 1
        await room.database.transact(forget)
        assert (await client.get(f"/people/{group.people[0]}/clearance")).json()["ways"] == []


@pytest.mark.parametrize("later", [False, True])
async def test_a_hold_that_nobody_came_for_looks_run_out(room: Room, later: bool) -> None:
    """Beds that were held when the journey left are still held for who may not know, until their hour is over."""
    group, outsider = await open_group(room), staff("coordinator")
    await assign(room, group, group.coordinator, outsider)
    async with room.client(group.coordinator) as client:
        house = await active_house(client)
        held = (await hold(client, house, group)).json()
        await record_passports(client, group.people)
        await clear_entry(room, group, veiled=True, from_date=TODAY)
        journey = (await plan_journey(client, group)).json()
        assert (await change(client, "journeys", journey, "departure")).status_code == 200
    if later:
        room.clock.move(NOON + timedelta(hours=25))
        await room.fire()
    async with room.client(outsider) as client:
        (stay,) = (await client.get(f"/cases/{group.case_id}/stays")).json()["items"]
    assert stay == ({**held, "state": "hold_expired", "version": 2} if later else held)


@pytest.mark.parametrize("named", [0, 1])
async def test_an_erasure_lifts_no_veil_for_those_who_stay(room: Room, named: int) -> None:
    """Journey, split and clearance of somebody who was veiled and is erased stay hidden, whichever side the split
    named; who stays is still shown."""
    group, outsider, second = await open_group(room, (ADULT, ADULT)), staff("coordinator"), staff("coordinator")
    await assign(room, group, group.coordinator, outsider, second)
    veiled = Group(group.coordinator, group.case_id, group.people[:1])
    await see(room, veiled, second)
    body = {"person_ids_apart": [group.people[named]], "reason": "A place for one."}
    async with room.client(group.coordinator) as client:
        split = (await client.post(f"/cases/{group.case_id}/split", json=body)).json()
        async with room.client(second) as other:
            assert (await change(other, "splits", split, "decision", {"approve": True})).status_code == 200
        await record_passports(client, group.people)
        await clear_entry(room, veiled, veiled=True)
        journey = (await plan_journey(client, group, veiled.people)).json()
        left = (await change(client, "journeys", journey, "departure")).json()
        arrived = await change(client, "journeys", left, "arrival", {"person_ids": veiled.people})
        assert arrived.status_code == 200, arrived.text
    async with room.client(outsider) as client:
        before = [it["what"] for it in (await _happenings(client, group))]
        await room.tell(person_erased(room, group.case_id, veiled.people[0]))
        await room.fire()
        after = [it["what"] for it in (await _happenings(client, group))]
        assert sorted(after) == sorted([*before, "begin_erasure", "erase_person"])
        for path in (f"/cases/{group.case_id}/journeys", f"/cases/{group.case_id}/splits"):
            assert (await client.get(path)).json()["items"] == []
        assert problem(await client.get(f"/journeys/{journey['id']}")) == (404, "not_found")
        assert problem(await change(client, "splits", split, "decision", {"approve": True})) == (404, "not_found")
        assert len((await client.get(f"/cases/{group.case_id}/travellers")).json()["travellers"]) == 1


async def _happenings(client: httpx.AsyncClient, group: Group) -> list[dict[str, Any]]:
    return list((await client.get(f"/cases/{group.case_id}/timeline")).json()["happenings"])
