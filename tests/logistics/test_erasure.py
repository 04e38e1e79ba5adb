"""Logistics forgets a person: bed, papers and place on the journey; the others keep theirs, and nobody comes back."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from services.logistics.database import metadata
from services.logistics.documents.store import ENTRIES
from services.logistics.safe_houses.store.stays import BEDS, STAYS
from services.logistics.service import blueprint
from services.logistics.travellers.store import CASES
from shared.clock import new_id
from shared.contracts.envelope import decode
from shared.contracts.fields import Sealed
from shared.contracts.intake import CaseStateChanged, EventsPurged
from shared.contracts.logistics import ErasureCompleted, JourneyDeparted, PersonCleared
from shared.contracts.settlement import ReceptionConfirmed, SettlingPerson, SettlingView
from shared.erasures import ERASURES
from shared.messaging.inbox_rows import PARKED, WAITING
from shared.timers import TIMERS
from tests.logistics.scene import (
    ADULT,
    Group,
    active_house,
    change,
    clear_entry,
    departed,
    hold,
    open_group,
    plan_journey,
    record_passports,
    tell_case,
)
from tests.support.erasure import (
    backed_up,
    cells_with,
    has_key,
    parked,
    person_erased,
    restored,
    shuffled_again,
)
from tests.support.room import NOON, Room, open_room, problem


async def test_one_of_two_is_forgotten_and_the_other_goes_on(either_room: Room) -> None:
    """The bed is free, papers and clearance are gone, and who stays can be sheltered, cleared and sent on the way."""
    room = either_room
    group = await open_group(room, [ADULT, ADULT])
    gone, stays = group.people
    async with room.client(group.coordinator) as client:
        house = await active_house(client, beds=2)
        held = (await hold(client, house, group)).json()
        await change(client, "stays", held, "arrival")
        await clear_entry(room, group)
        await record_passports(client, group.people)
        await plan_journey(client, group)
        await room.tell(person_erased(room, group.case_id, gone))
        await room.fire()
        assert (await has_key(room, gone), await has_key(room, stays), await has_key(room, group.case_id)) == (
            False,
            True,
            True,
        )
        assert await cells_with(room, metadata, gone) == set()
        assert [row["person_id"] for row in await room.rows(select(BEDS))] == [stays]
        assert (await client.get(f"/houses/{house['id']}")).json()["beds_free"] == 1
        assert [it["person_id"] for it in (await client.get(f"/cases/{group.case_id}/travellers")).json()["travellers"]]
        (journey,) = (await client.get(f"/cases/{group.case_id}/journeys")).json()["items"]
        assert journey["person_ids"] == [stays]
        assert (await change(client, "journeys", journey, "departure")).json()["state"] == "departed"
        refused = await client.post(f"/people/{gone}/documents", json={**_paper()})
        assert problem(refused) == (404, "not_found")
    (told,) = await room.told(ErasureCompleted)
    assert (told.case_id, told.person_id) == (group.case_id, gone)
    cleared = {it.person_id: dict(it.terms.parts) for it in await room.told(PersonCleared)}
    assert (cleared[gone], list(cleared[stays])) == ({}, ["intake"])
    (left,) = await room.told(JourneyDeparted)
    assert [it.person_id for it in left.travellers] == [stays]


def _paper() -> dict[str, str]:
    return {"kind": "passport", "issuing_country": "RU", "number": "70 1234567", "valid_until": "2020-01-01"}


async def test_a_case_goes_with_its_last_person(room: Room) -> None:
    """Places, words and the journey's destination go, no check-in is awaited any more, and the house is empty."""
    group = await open_group(room)
    async with room.client(group.coordinator) as client:
        house = await active_house(client)
        await hold(client, house, group)
        await departed(room, client, group)
        await room.tell(person_erased(room, group.case_id, group.people[0], ends=True))
        await room.fire()
        for subject in (group.case_id, group.people[0]):
            assert (await has_key(room, subject), await cells_with(room, metadata, subject)) == (False, set())
        assert problem(await client.get(f"/cases/{group.case_id}/journeys")) == (404, "not_found")
    room.clock.move(NOON + timedelta(days=20))
    await room.fire()
    assert await room.rows(select(TIMERS)) == []
    assert await room.rows(select(STAYS)) == []


@pytest.mark.parametrize("seed", range(5))
async def test_nobody_comes_back_by_replay(room: Room, seed: int) -> None:
    """Every event three times, in any order, before or after the erasure is known again: the person stays gone."""
    group = await open_group(room, [ADULT, ADULT])
    gone, stays = group.people
    await clear_entry(room, group)
    await room.tell(person_erased(room, group.case_id, gone))
    await room.fire()
    await shuffled_again(room, seed)
    assert (await cells_with(room, metadata, gone), await has_key(room, gone)) == (set(), False)
    assert await parked(room) == []
    assert "people" in await cells_with(room, metadata, stays)


async def test_events_about_the_erased_are_skipped_and_not_parked(room: Room) -> None:
    """What settlement tells later, of them alone or of the group, concerns only who is left."""
    group = await open_group(room, [ADULT, ADULT])
    gone, stays = group.people
    await room.tell(person_erased(room, group.case_id, gone))
    await room.fire()
    await clear_entry(room, group)
    group.people = [gone]
    await clear_entry(room, group)
    await tell_case(room, group)
    assert await cells_with(room, metadata, gone) == set()
    assert len(await room.rows(metadata.tables["entry_clearances"].select())) == 1
    assert await room.rows(select(PARKED)) == []
    assert await has_key(room, stays)


@pytest.mark.parametrize("late", [False, True])
async def test_an_erasure_is_heard_on_either_side_of_a_purge(room: Room, late: bool) -> None:
    """A consumer that was restored hears of the erasure although all before it was purged, in whatever order."""
    group = await open_group(room, [ADULT, ADULT])
    gone, stays = group.people
    erased = (person_erased(room, group.case_id, gone), {"revision": 9})
    purged = (EventsPurged(case_id=group.case_id, at=NOON), {"revision": 12, "resumes": 11})
    for event, place in (purged, erased) if late else (erased, purged):
        await room.tell(event, **place)
    await room.tell(CaseStateChanged(case_id=group.case_id, at=NOON, state="verified"), revision=11)
    await room.tell(CaseStateChanged(case_id=group.case_id, at=NOON, state="triaged"), revision=13)
    await room.fire()
    assert (await cells_with(room, metadata, gone), await has_key(room, gone)) == (set(), False)
    assert [row["state"] for row in await room.rows(select(CASES))] == ["triaged"]
    assert await room.rows(select(WAITING)) == []
    assert await has_key(room, stays)


async def test_a_restored_backup_brings_nobody_back(room: Room, tmp_path: Path) -> None:
    """The database of before the erasure with the key store of after it: the person is forgotten anew, at once."""
    group = await open_group(room, [ADULT, ADULT])
    gone, stays = group.people
    async with room.client(group.coordinator) as client:
        await hold(client, await active_house(client, beds=2), group)
    backup = await backed_up(room, tmp_path / "backup.db")
    await room.tell(person_erased(room, group.case_id, gone))
    await room.fire()
    await restored(room, backup)
    assert (await cells_with(room, metadata, gone), await has_key(room, gone)) == (set(), False)
    assert [row["person_id"] for row in await room.rows(select(BEDS))] == [stays]
    assert [row["kind"] for row in await room.rows(select(ERASURES))] == ["found"]


async def test_two_of_a_family_forgotten_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On PostgreSQL, each in a transaction of its own at the same time: both are gone, and the third keeps the bed."""
    monkeypatch.setattr("shared.database.engine.GROUP", 1)
    async with open_room(blueprint(), tmp_path, "postgresql") as room:
        group = await open_group(room, [ADULT] * 3)
        async with room.client(group.coordinator) as client:
            house = await active_house(client, beds=3)
            await hold(client, house, group)
            await clear_entry(room, group)
            await plan_journey(client, group)
            for gone in group.people[:2]:
                await room.tell(person_erased(room, group.case_id, gone))
            await asyncio.gather(*(room.database.transact(room.timers._fire) for _ in range(4)))
            await room.fire()
            for gone in group.people[:2]:
                assert (await has_key(room, gone), await cells_with(room, metadata, gone)) == (False, set())
            assert (await client.get(f"/houses/{house['id']}")).json()["beds_free"] == 2
            told = await room.told(ErasureCompleted)
            assert sorted(one.person_id for one in told) == sorted(group.people[:2])


async def test_what_waits_or_is_parked_about_the_erased_is_emptied(room: Room) -> None:
    """An early event keeps its place without their part; a parked one that spoke of nobody else is settled, and what
    waited behind it goes on."""
    group = await open_group(room, [ADULT, ADULT])
    gone, stays = group.people
    lost = Group(group.coordinator, group.case_id, [gone])
    await room.tell(_received(lost))
    await clear_entry(room, group, "CA")
    assert [row["reason"] for row in await parked(room)] == ["not_found:not_found"]
    (waiting,) = await room.rows(select(WAITING))
    assert set(_parts(waiting["body"])) == {gone, stays}
    await room.tell(person_erased(room, group.case_id, gone))
    await room.fire()
    (waiting,) = await room.rows(select(WAITING))
    assert _parts(waiting["body"]) == {gone: [], stays: ["logistics"]}
    (settled,) = await room.rows(select(PARKED))
    assert (settled["state"], settled["body"].box) == ("erased", b"")
    await room.inbox.sweep()
    assert await room.rows(select(WAITING)) == []
    assert [row["person_id"] for row in await room.rows(select(ENTRIES))] == [stays]


def _received(group: Group) -> ReceptionConfirmed:
    persons = tuple(SettlingPerson(person_id=it, view=Sealed.of(it, SettlingView(state=None))) for it in group.people)
    return ReceptionConfirmed(case_id=group.case_id, journey_id=new_id(), at=NOON, persons=persons)


def _parts(body: bytes) -> dict[str, list[str]]:
    persons = decode(body).data["persons"]
    return {it["clearance"]["about"]: list(it["clearance"]["parts"]) for it in persons}
