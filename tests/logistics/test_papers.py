"""The papers gate: a document and an entry clearance together, in whatever order they come."""

import asyncio
from datetime import date, timedelta
from itertools import permutations

import pytest
from sqlalchemy import select

from services.logistics.documents.store import DOCUMENTS, ENTRIES
from shared.clock import new_id
from shared.contracts.logistics import PersonCleared
from tests.logistics.scene import (
    ADULT,
    PASSPORT,
    TODAY,
    Group,
    assign,
    clear_entry,
    open_group,
    record_passports,
    tell_case,
)
from tests.support.room import NOON, Room, problem, staff


async def test_a_person_is_cleared_by_both_together(room: Room) -> None:
    """Neither the clearance nor the document alone clears; both do, and it is told once, veiled as it came."""
    for veiled in (False, True):
        group = await open_group(room)
        (person,) = group.people
        async with room.client(group.coordinator) as client:
            await clear_entry(room, group, veiled=veiled)
            before = (await client.get(f"/people/{person}/clearance")).json()
            assert before["cleared"] is False
            await record_passports(client, [person])
            await record_passports(client, [person])
            after = (await client.get(f"/people/{person}/clearance")).json()
        way = {"country": "CA", "from_date": "2017-04-03", "cleared": True}
        assert after == {"person_id": person, "cleared": True, "ways": [way]}
        (told,) = [it for it in await room.told(PersonCleared) if it.person_id == person]
        assert room.opened("intake", told, told.terms).veiled is veiled


@pytest.mark.parametrize("order", list(permutations(["case", "entry", "entry"])))
async def test_settlement_may_be_heard_before_intake(room: Room, order: tuple[str, ...]) -> None:
    """Whether the case or a clearance is heard of first, the end is the same: each clearance clears once."""
    group = Group(staff("coordinator"), people=[new_id()])
    for heard in order:
        await (tell_case(room, group) if heard == "case" else clear_entry(room, group))
    await room.tell_again()
    async with room.client(group.coordinator) as client:
        await record_passports(client, group.people)
        ways = (await client.get(f"/people/{group.people[0]}/clearance")).json()["ways"]
        (traveller,) = (await client.get(f"/cases/{group.case_id}/travellers")).json()["travellers"]
    assert [way["cleared"] for way in ways] == [True, True]
    assert traveller["born_on"] == ADULT.isoformat()
    assert len(await room.told(PersonCleared)) == 2


@pytest.mark.parametrize("document_first", [True, False])
async def test_a_clearance_for_later_clears_on_its_day(room: Room, document_first: bool) -> None:
    """A clearance from a future day on clears when that day begins, once, however far the clock jumps."""
    group = await open_group(room)
    async with room.client(group.coordinator) as client:
        if document_first:
            await record_passports(client, group.people)
        await clear_entry(room, group, from_date=TODAY + timedelta(days=10))
        if not document_first:
            await record_passports(client, group.people)
        room.clock.move(NOON + timedelta(days=9))
        await room.fire()
        assert await room.told(PersonCleared) == []
        room.clock.move(NOON + timedelta(days=100))
        await room.fire()
        (told,) = await room.told(PersonCleared)
        assert told.at == NOON + timedelta(days=100)
        await record_passports(client, group.people)
    assert len(await room.told(PersonCleared)) == 1


async def test_a_document_must_be_valid_on_the_day(room: Room) -> None:
    """A paper that ends before the day of entry, or crosses no border, clears nobody; a better one then does."""
    group = await open_group(room)
    (person,) = group.people
    await clear_entry(room, group, from_date=TODAY)
    await clear_entry(room, group, from_date=date(2017, 6, 1))
    room.clock.move(NOON + timedelta(days=30))
    async with room.client(group.coordinator) as client:
        expired = {**PASSPORT, "valid_until": "2017-05-02"}
        assert problem(await client.post(f"/people/{person}/documents", json=expired)) == (422, "document_expired")
        await client.post(f"/people/{person}/documents", json={**PASSPORT, "kind": "internal_passport"})
        assert await room.told(PersonCleared) == []
        await client.post(f"/people/{person}/documents", json={**PASSPORT, "valid_until": "2017-05-31"})
        assert len(await room.told(PersonCleared)) == 1
        room.clock.move(NOON + timedelta(days=80))
        await room.fire()
        assert len(await room.told(PersonCleared)) == 1
        await record_passports(client, [person])
    assert len(await room.told(PersonCleared)) == 2


async def test_both_at_the_same_moment_clear_once(busy_room: Room) -> None:
    """A document and a clearance that come at once always clear, and once."""
    room = busy_room
    groups = [await open_group(room) for _ in range(10)]

    async def record(group: Group) -> None:
        async with room.client(group.coordinator) as client:
            await record_passports(client, group.people)

    for group in groups:
        await asyncio.gather(record(group), clear_entry(room, group))
    told = sorted(it.person_id for it in await room.told(PersonCleared))
    assert told == sorted(person for group in groups for person in group.people)


async def test_the_key_of_a_person_is_made_once(room: Room) -> None:
    """What was encrypted before the case was heard of opens afterwards, also when the key is no longer in memory."""
    group = Group(staff("coordinator"), people=[new_id()])
    await clear_entry(room, group)
    room.vault._known.drop(group.people[0])
    await tell_case(room, group)
    async with room.client(group.coordinator) as client:
        (way,) = (await client.get(f"/people/{group.people[0]}/clearance")).json()["ways"]
    assert way["country"] == "CA"


async def test_papers_are_ciphertext_of_one_length(room: Room) -> None:
    """The database tells neither a number, nor the kind of paper, nor whether a way in is veiled."""
    group = await open_group(room, [ADULT, ADULT])
    await clear_entry(room, group, veiled=True)
    await clear_entry(room, group, country="DE")
    async with room.client(group.coordinator) as client:
        await record_passports(client, group.people)
        letter = {**PASSPORT, "kind": "travel_letter", "number": "1"}
        await client.post(f"/people/{group.people[0]}/documents", json=letter)
    facts = [row["facts"].box for row in await room.rows(select(DOCUMENTS.c.facts))]
    terms = [row["terms"].box for row in await room.rows(select(ENTRIES.c.terms))]
    assert (len(facts), len({len(box) for box in facts})) == (3, 1)
    assert (len(terms), len({len(box) for box in terms})) == (4, 1)
    assert not any(b"1234567" in box for box in facts)


async def test_only_who_is_assigned_sees_papers(room: Room) -> None:
    """Papers of a case of others do not exist; an assigned officer who needs none is told no."""
    group = await open_group(room)
    (person,) = group.people
    officer, caseworker = staff("intake_officer"), staff("caseworker")
    await assign(room, group, group.coordinator, officer, caseworker)
    async with room.client(group.coordinator) as client:
        await record_passports(client, [person])
    paths = [f"/people/{person}/documents", f"/people/{person}/clearance"]
    for actor, status in ((staff("coordinator"), 404), (officer, 403), (caseworker, 200)):
        async with room.client(actor) as client:
            assert [(await client.get(path)).status_code for path in paths] == [status, status]
    async with room.client(caseworker) as client:
        seen = (await client.get(paths[0])).json()["items"]
        assert [{**it, "id": None} for it in seen] == [{**PASSPORT, "id": None}]
        refused = await client.post(f"/people/{person}/documents", json=PASSPORT)
        assert problem(refused) == (403, "not_permitted")
