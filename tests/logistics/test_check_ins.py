"""Silence is an alarm, each step once; a report ends it; a duress word looks like one and notify alone hears it."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from services.logistics.database import metadata
from shared.contracts.logistics import CheckInMissed, CheckInReceived
from shared.contracts.settlement import ReceptionConfirmed
from shared.database import FOUNDATION, Transaction
from shared.messaging.outbox import OUTBOX
from shared.timers import TIMERS
from tests.logistics.scene import assign, at, change, departed, open_group, plan_journey
from tests.support.room import NOON, Room, problem, staff
from tests.support.statements import statements

STEPS = ["due", "after_15_minutes", "after_30_minutes", "after_60_minutes"]


async def check_in(client: httpx.AsyncClient, journey: dict[str, Any], leg: int, word: str | None = None) -> Any:
    return await client.post(f"/journeys/{journey['id']}/check-ins", json={"leg": leg, "word": word})


async def test_silence_climbs_the_ladder(either_room: Room) -> None:
    """At 0, 15, 30 and 60 minutes after the expected hour silence is told, each step once and then no more."""
    room = either_room
    group = await open_group(room)
    async with room.client(group.coordinator) as client:
        journey = await departed(room, client, group)
    counts = []
    for moment in (at(15, 59), at(16), at(16, 14), at(16, 15), at(16, 30), at(16, 59), at(17), at(23)):
        room.clock.move(moment)
        await room.fire()
        await room.fire()
        counts.append(len(await room.told(CheckInMissed)))
    assert counts == [0, 1, 1, 2, 3, 3, 4, 4]
    told = await room.told(CheckInMissed)
    assert [it.step for it in told] == STEPS
    assert {it.check_in_id for it in told} == {journey["legs"][0]["check_in_id"]}


async def test_a_clock_that_jumps_climbs_every_step_once(room: Room) -> None:
    """After days of outage both legs have climbed every step, each once and in order."""
    group = await open_group(room)
    async with room.client(group.coordinator) as client:
        journey = await departed(room, client, group)
    room.clock.move(NOON + timedelta(days=3))
    await room.fire()
    told = await room.told(CheckInMissed)
    for leg in journey["legs"]:
        assert [it.step for it in told if it.check_in_id == leg["check_in_id"]] == STEPS


async def test_a_report_in_time_keeps_everything_quiet(room: Room) -> None:
    """Who reports in time is not missed; every report is told; the next leg is still waited for."""
    group = await open_group(room)
    async with room.client(group.coordinator) as client:
        journey = await departed(room, client, group)
        room.clock.move(at(15))
        assert (await check_in(client, journey, 1)).status_code == 201
        room.clock.move(at(15, 30))
        assert (await check_in(client, journey, 1)).status_code == 201
        room.clock.move(at(5, 59, day=4))
        await room.fire()
        legs = (await client.get(f"/journeys/{journey['id']}")).json()["legs"]
        assert [leg["checked_in_at"] for leg in legs] == ["2017-04-03T15:00:00Z", None]
        assert await room.told(CheckInMissed) == []
        assert len(await room.told(CheckInReceived)) == 2
        room.clock.move(at(6, day=4))
        await room.fire()
    (missed,) = await room.told(CheckInMissed)
    assert missed.check_in_id == legs[1]["check_in_id"]


async def test_a_late_report_ends_the_ladder(room: Room) -> None:
    """A report after silence is told, and the ladder is climbed no further."""
    group = await open_group(room)
    async with room.client(group.coordinator) as client:
        journey = await departed(room, client, group)
        room.clock.move(at(16, 20))
        await room.fire()
        await check_in(client, journey, 1)
        await check_in(client, journey, 1)
    room.clock.move(at(23))
    await room.fire()
    assert [it.step for it in await room.told(CheckInMissed)] == STEPS[:2]
    received = await room.told(CheckInReceived)
    assert [it.check_in_id for it in received] == [journey["legs"][0]["check_in_id"]] * 2


async def test_a_counted_arrival_ends_every_ladder(room: Room) -> None:
    """When everybody was counted at the end, what was missed is settled and nothing more is waited for."""
    group = await open_group(room)
    async with room.client(group.coordinator) as client:
        journey = await departed(room, client, group)
        room.clock.move(at(16))
        await room.fire()
        await change(client, "journeys", journey, "arrival", {"person_ids": group.people})
    room.clock.move(NOON + timedelta(days=9))
    await room.fire()
    assert [it.step for it in await room.told(CheckInMissed)] == ["due"]
    assert len(await room.told(CheckInReceived)) == 1


async def said(room: Room, journey: dict[str, Any]) -> list[bool]:
    """For each report of a journey that was told: whether notify reads in it that it was made under duress."""
    told = [it for it in await room.told(CheckInReceived) if it.journey_id == journey["id"]]
    return [room.opened("notify", it, it.report).duress for it in told]


@pytest.mark.parametrize("missed_before", [0, 2])
async def test_a_duress_word_looks_normal_and_notify_alone_hears_it(room: Room, missed_before: int) -> None:
    """The answer, the journey, the timeline, the event's type and size, and every write are those of any report."""
    seen, heard = [], []
    for word in ("all is well", " BLUE heron"):
        group = await open_group(room)
        async with room.client(group.coordinator) as client:
            journey = await departed(room, client, group, duress_word="Blue heron")
            if missed_before:
                room.clock.move(at(16, 15))
                await room.fire()
            before = await everything(room)
            answer = await check_in(client, journey, 1, word)
            written = {table: count - before[table] for table, count in (await everything(room)).items()}
            view = (await client.get(f"/journeys/{journey['id']}")).json()
            timeline = (await client.get(f"/cases/{group.case_id}/timeline")).json()
        shown = [leg["checked_in_at"] is not None for leg in view["legs"]]
        happened = [it["what"] for it in timeline["happenings"]]
        sizes = [
            len(row["body"]) for row in await room.rows(select(OUTBOX.c.body).order_by(OUTBOX.c.seq.desc()).limit(1))
        ]
        seen.append(
            (answer.status_code, len(answer.content), shown, view["state"], view["version"], happened, sizes, written)
        )
        heard.append(await said(room, journey))
        room.clock.move(NOON)
    assert seen[0] == seen[1]
    assert heard == [[False], [True]]


async def everything(room: Room) -> dict[str, int]:
    """How many rows each table has."""
    tables = [*metadata.tables.values(), *FOUNDATION.tables.values()]
    return {it.name: (await room.rows(select(func.count().label("n")).select_from(it)))[0]["n"] for it in tables}


async def test_a_duress_word_takes_no_more_statements_than_any_other(room: Room) -> None:
    """The same statements in the same order, so that neither their number nor their time tells."""
    counted = []
    for word in ("all is well", "blue heron"):
        group = await open_group(room)
        async with room.client(group.coordinator) as client:
            journey = await departed(room, client, group, duress_word="Blue heron")
            with statements() as said_to_the_database:
                await check_in(client, journey, 1, word)
        counted.append(said_to_the_database)
    assert counted[0] == counted[1]
    assert len(counted[0]) > 5


async def test_a_duress_word_is_heard_whenever_it_is_said(room: Room) -> None:
    """After a good report, again, and when every step of the ladder was told."""
    group = await open_group(room)
    async with room.client(group.coordinator) as client:
        journey = await departed(room, client, group, duress_word="Blue heron")
        await check_in(client, journey, 1, "all is well")
        for _ in range(2):
            assert (await check_in(client, journey, 1, "blue heron")).status_code == 201
    assert await said(room, journey) == [False, True, True]


@pytest.mark.parametrize("received", [False, True])
async def test_a_duress_word_after_the_arrival_looks_normal_and_is_heard(room: Room, received: bool) -> None:
    """Whoever is forced to record an arrival can still say the word: any word is answered the same, only one alarms."""
    seen, heard = [], []
    for word in ("all is well", "blue heron"):
        group = await open_group(room)
        async with room.client(group.coordinator) as client:
            journey = await departed(room, client, group, duress_word="Blue heron")
            room.clock.move(at(16))
            await room.fire()
            await change(client, "journeys", journey, "arrival", {"person_ids": group.people})
            if received:
                await room.tell(
                    ReceptionConfirmed(case_id=group.case_id, journey_id=journey["id"], at=NOON, persons=())
                )
            answer = await check_in(client, journey, 2, word)
            view = (await client.get(f"/journeys/{journey['id']}")).json()
        shown = [leg["checked_in_at"] for leg in view["legs"]]
        seen.append((answer.status_code, set(answer.json()), shown, view["state"], view["version"]))
        heard.append((await said(room, journey))[-1])
    assert seen[0] == seen[1]
    assert (seen[0][0], heard) == (201, [False, True])


async def test_a_report_changes_the_version_of_the_journey(room: Room) -> None:
    """Legs are shown beside the version, so it moves when one is reported, by whatever word, and then no more."""
    for word in ("all is well", "blue heron"):
        group = await open_group(room)
        async with room.client(group.coordinator) as client:
            journey = await departed(room, client, group, duress_word="Blue heron")
            await check_in(client, journey, 1, word)
            await check_in(client, journey, 1, word)
            arrival = {"person_ids": group.people}
            assert problem(await change(client, "journeys", journey, "arrival", arrival)) == (412, "stale_version")
            seen = (await client.get(f"/journeys/{journey['id']}")).json()
            assert seen["version"] == journey["version"] + 1
            assert (await change(client, "journeys", seen, "arrival", arrival)).status_code == 200


async def test_nobody_who_reports_waits_for_a_timer(busy_room: Room) -> None:
    """Whoever holds a leg never waits for its timer: who fires the timer holds it, and waits for the leg."""
    room = busy_room
    group = await open_group(room)
    async with room.client(group.coordinator) as client:
        journey = await departed(room, client, group)
        room.clock.move(at(16))

        async def report_while_it_is_due(tx: Transaction) -> int:
            due = select(TIMERS.c.subject).where(TIMERS.c.due_at <= room.clock.now()).with_for_update()
            assert list((await tx.execute(due)).scalars()) == [journey["legs"][0]["check_in_id"]]
            async with asyncio.timeout(5):
                return int((await check_in(client, journey, 1)).status_code)

        assert await room.database.transact(report_while_it_is_due) == 201
    await room.fire()
    assert await room.told(CheckInMissed) == []


async def test_an_escort_only_checks_in(room: Room) -> None:
    """The escort of a case reports where its travellers are, and sees and moves nothing else of it."""
    group = await open_group(room)
    escort, other = staff("escort"), staff("escort")
    await assign(room, group, group.coordinator, escort)
    async with room.client(group.coordinator) as client:
        journey = await departed(room, client, group)
    async with room.client(escort) as client:
        assert (await check_in(client, journey, 1)).status_code == 201
        assert problem(await check_in(client, journey, 9)) == (404, "not_found")
        for path in ("travellers", "stays", "journeys", "timeline", "splits"):
            assert problem(await client.get(f"/cases/{group.case_id}/{path}")) == (404, "not_found")
        assert problem(await client.get(f"/journeys/{journey['id']}")) == (404, "not_found")
        arrival = {"person_ids": group.people}
        assert problem(await change(client, "journeys", journey, "arrival", arrival)) == (404, "not_found")
    async with room.client(other) as client:
        assert problem(await check_in(client, journey, 1)) == (404, "not_found")


async def test_who_has_not_left_does_not_check_in(room: Room) -> None:
    """Check-ins are taken once the group has left, and silence before the departure is no alarm."""
    group = await open_group(room)
    async with room.client(group.coordinator) as client:
        journey = (await plan_journey(client, group)).json()
        assert problem(await check_in(client, journey, 1)) == (409, "not_on_the_way")
        await change(client, "journeys", journey, "cancellation")
        assert problem(await check_in(client, journey, 1)) == (409, "not_on_the_way")
    room.clock.move(at(23))
    await room.fire()
    assert await room.told(CheckInMissed) == []
