"""Erasure through intake's API: two people decide, intake forgets, and the report tells how far the others are."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from services.intake.cases.store.journeys import JOURNEYS
from services.intake.cases.store.lifecycle import CASES
from services.intake.database import metadata
from services.intake.erasure.actions import SERVICES
from services.intake.service import blueprint
from shared.access import Actor
from shared.clock import new_id
from shared.contracts.envelope import decode
from shared.contracts.intake import CaseOpened, ConsentChanged, EventsPurged, PersonErased
from shared.contracts.logistics import ErasureCompleted as ByLogistics
from shared.contracts.logistics import EventsPurged as LogisticsPurged
from shared.contracts.notify import ErasureCompleted as ByNotify
from shared.contracts.notify import EventsPurged as NotifyPurged
from shared.contracts.settlement import ErasureCompleted as BySettlement
from shared.contracts.settlement import EventsPurged as SettlementPurged
from shared.database import Transaction
from shared.erasures import ERASURES, PURGED, finish, mark_purged, note_step
from shared.messaging.outbox import OUTBOX
from shared.timers import set_timer
from shared.vault.keystore import VAULT_KEYS
from tests.intake.conftest import REFERRAL_KEY
from tests.intake.test_entries import enter
from tests.intake.test_safe_contact import agree as agree_on_contact
from tests.intake.test_way_to_a_plan import ADAM, MINOR, WHISPER, accept, ask, check
from tests.logistics.scene import open_all_lanes
from tests.support.consents import spoken
from tests.support.erasure import backed_up, cells_with, restored
from tests.support.room import NOON, Room, open_room, problem, staff

WHY = {"reason": "Asked for it in a call; fears for those at home."}


@dataclass
class Family:
    """A case of two, the officer who proposes, and who decides."""

    officer: Actor
    guardian: Actor
    case_id: str
    people: list[str]
    request_id: str


async def family(room: Room, group: tuple[dict[str, str], ...] = (ADAM, MINOR)) -> Family:
    officer, guardian = staff("intake_officer"), staff("data_protection")
    async with room.client(officer) as client:
        request_id = await ask(client)
        case_id = await accept(client, request_id, list(group), [])
        people = [it["id"] for it in (await client.get(f"/cases/{case_id}/people")).json()["people"]]
    return Family(officer, guardian, case_id, people, request_id)


async def propose(room: Room, by: Actor, person_id: str, requests: tuple[str, ...] = ()) -> httpx.Response:
    async with room.client(by) as client:
        return await client.post(f"/people/{person_id}/erasures", json={**WHY, "request_ids": requests})


async def decide(room: Room, by: Actor, proposed: dict[str, Any], *, approve: bool = True) -> httpx.Response:
    async with room.client(by) as client:
        headers = {"If-Match": f'"{proposed["version"]}"'}
        return await client.post(f"/erasures/{proposed['id']}/decision", json={"approve": approve}, headers=headers)


async def erase(room: Room, who: Family, person_id: str, requests: tuple[str, ...] = ()) -> dict[str, Any]:
    proposed = await propose(room, who.officer, person_id, requests)
    assert proposed.status_code == 201, proposed.text
    decided = await decide(room, who.guardian, proposed.json())
    assert decided.status_code == 200, decided.text
    await room.fire()
    return dict(decided.json())


async def keys_of(room: Room, *subjects: str) -> list[bool]:
    """Whether each subject's key is there."""
    query = select(VAULT_KEYS.c.subject, VAULT_KEYS.c.wrapped)
    rows = await room.keys.transact(lambda tx: tx.execute(query))
    kept = {row.subject: bool(row.wrapped) for row in rows}
    return [kept[subject] for subject in subjects]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_one_of_a_family_is_erased_and_the_other_goes_on(tmp_path: Any, kind: str) -> None:
    """The key, every row and every sealed part about the person is gone; the other member and the case work on."""
    async with open_room(blueprint(REFERRAL_KEY), tmp_path, kind) as room:
        who = await family(room)
        adam, mila = who.people
        async with room.client(who.officer) as client:
            consent = spoken("share_with_government")
            for person, guardian in ((adam, None), (mila, adam)):
                said = {**consent, "proof": {**consent["proof"], "guardian_id": guardian}}
                assert (await client.post(f"/people/{person}/consents", json=said)).status_code == 201
                assert (await agree_on_contact(client, person)).status_code == 200
                await enter(client, person, "need", "LP-IH")
                kin = {"name": "Vera", "relationship": "aunt"}
                vera = (await client.post(f"/people/{person}/relatives", json=kin)).json()["id"]
                anew = await client.post(f"/relatives/{vera}", json=kin, headers={"If-Match": '"1"'})
                assert anew.status_code == 200
                wish = {"what": "pronouns", "value": "they", "why": "As I said."}
                assert (await client.post(f"/people/{person}/corrections", json=wish)).status_code == 201
        erasure = await erase(room, who, adam, (who.request_id,))
        assert await keys_of(room, adam, who.request_id, mila, who.case_id) == [False, False, True, True]
        assert await cells_with(room, metadata, adam) == {"erasure_proposals"}
        async with room.client(who.officer) as client:
            group = (await client.get(f"/cases/{who.case_id}/people")).json()["people"]
            board = (await client.get("/board")).json()["items"]
            assert [it["name_in_use"] for it in group] == ["Mila"]
            assert [row["person_id"] for row in board] == [mila]
            assert (await client.get(f"/requests/{who.request_id}")).status_code == 404
            assert await client.post(f"/people/{mila}/consents", json=spoken("share_with_partner"))
        (told,) = await room.told(PersonErased)
        assert (told.person_id, told.case, told.erasure_id) == (adam, "goes_on", erasure["id"])
        (opened,) = await room.told(CaseOpened)
        parts = {member.person_id: dict(member.facts.parts) for member in opened.members}
        assert (parts[adam], sorted(parts[mila])) == ({}, ["logistics", "settlement"])
        assert {told.person_id: bool(told.terms.parts) for told in await room.told(ConsentChanged)} == {
            adam: False,
            mila: True,
        }


async def test_a_request_that_stays_is_no_longer_of_who_was_erased(room: Room) -> None:
    """Who led the case is erased without the request that brought it: the request is nobody's."""
    who = await family(room)
    adam, _ = who.people
    assert "requests" in await cells_with(room, metadata, adam)
    await erase(room, who, adam)
    assert await cells_with(room, metadata, adam) == {"erasure_proposals"}
    async with room.client(who.officer) as client:
        assert (await client.get(f"/requests/{who.request_id}")).status_code == 200


async def test_a_case_goes_with_its_last_person(room: Room) -> None:
    """Its key, its plan, its requests and its people's rows are gone; nobody sees it, and it cannot be reopened."""
    who = await family(room, (ADAM,))
    (adam,) = who.people
    async with room.client(who.officer) as client:
        await check(client, who.case_id)
    await erase(room, who, adam)
    assert await keys_of(room, adam, who.request_id, who.case_id) == [False, False, False]
    assert await cells_with(room, metadata, who.case_id) == {"cases", "erasure_proposals"}
    (tombstone,) = await room.rows(select(CASES))
    assert (tombstone["state"], tombstone["code_name"]) == ("erased", who.case_id)
    async with room.client(who.officer) as client, room.client(staff("manager")) as manager:
        reopening = await client.post(
            f"/cases/{who.case_id}/reopening", json={"reason": "Back."}, headers={"If-Match": '"9"'}
        )
        team = {"assigned": [who.officer.id], "recused": []}
        assigning = await manager.post(f"/cases/{who.case_id}/team", json=team, headers={"If-Match": '"9"'})
        assert [problem(reopening), problem(assigning)] == [(404, "not_found")] * 2
        assert (await client.get("/board")).json()["items"] == []
        assert (await client.get("/cases")).json()["items"] == []
    (told,) = await room.told(PersonErased)
    assert told.case == "ends"


async def test_two_people_decide_on_what_was_proposed(room: Room) -> None:
    """The proposer never decides, who may not know of the case finds nothing, and a rejection erases nobody."""
    who = await family(room)
    proposed = (await propose(room, who.officer, who.people[0])).json()
    assert proposed["kept"] == {"people": [who.people[1]], "requests": [who.request_id], "case_ends": False}
    assert problem(await propose(room, who.officer, who.people[0])) == (409, "already_proposed")
    assert problem(await propose(room, staff("intake_officer"), who.people[0])) == (404, "not_found")
    both = Actor(who.officer.id, "staff", frozenset({"data_protection"}))
    assert problem(await decide(room, both, proposed)) == (409, "same_person")
    assert problem(await decide(room, staff("reviewer"), proposed)) == (404, "not_found")
    assert problem(await decide(room, who.guardian, {**proposed, "version": 9})) == (412, "stale_version")
    async with room.client(staff("caseworker")) as stranger:
        assert (await stranger.get(f"/erasures/{proposed['id']}")).status_code == 404
    rejected = await decide(room, who.guardian, proposed, approve=False)
    assert (rejected.json()["state"], await room.fire()) == ("rejected", 0)
    assert problem(await decide(room, who.guardian, rejected.json())) == (409, "already_decided")
    assert await room.told(PersonErased) == []
    assert await room.rows(select(ERASURES)) == []


async def test_nobody_decides_in_time(room: Room) -> None:
    """After a week a proposal is over."""
    who = await family(room)
    proposed = (await propose(room, who.officer, who.people[0])).json()
    room.clock.move(NOON + timedelta(days=7))
    assert await room.fire() == 2, "the proposal runs out, and the duty to sign it calls"
    assert problem(await decide(room, who.guardian, {**proposed, "version": 2})) == (409, "already_decided")


async def test_as_many_sign_as_the_setting_says(tmp_path: Any) -> None:
    """With two needed the first signature erases nobody, and nobody signs twice."""
    async with open_room(blueprint(REFERRAL_KEY, erasure_needs=2), tmp_path) as room:
        who = await family(room)
        proposed = (await propose(room, who.officer, who.people[0])).json()
        once = (await decide(room, who.guardian, proposed)).json()
        assert (once["state"], await room.told(PersonErased)) == ("open", [])
        assert problem(await decide(room, who.guardian, once)) == (409, "already_signed")
        assert (await decide(room, staff("data_protection"), once)).json()["state"] == "approved"


async def test_what_changed_since_is_proposed_anew(room: Room) -> None:
    """When the other member is erased first, the case would end: that was not signed, and has to be proposed."""
    who = await family(room)
    first, second = [(await propose(room, who.officer, person)).json() for person in who.people]
    assert (await decide(room, who.guardian, first)).status_code == 200
    assert problem(await decide(room, who.guardian, second)) == (409, "content_changed")
    await room.fire()
    again = (await propose(room, who.officer, who.people[1])).json()
    assert again["kept"] == {"people": [], "requests": [], "case_ends": True}
    assert again["request_ids"] == [who.request_id]
    assert (await decide(room, who.guardian, again)).status_code == 200
    await room.fire()
    assert await keys_of(room, *who.people, who.case_id) == [False, False, False]


@pytest.mark.parametrize("kind", ["postgresql"])
async def test_two_of_one_family_decided_at_once(tmp_path: Any, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exactly one is erased: the other's decision was on a case that somebody would stay on."""
    monkeypatch.setattr("shared.database.engine.GROUP", 1)
    async with open_room(blueprint(REFERRAL_KEY), tmp_path, kind) as room:
        for _ in range(4):
            who = await family(room)
            proposals = [(await propose(room, who.officer, person)).json() for person in who.people]
            await open_all_lanes(room)
            answers = await asyncio.gather(*(decide(room, staff("data_protection"), one) for one in proposals))
            assert sorted(answer.status_code for answer in answers) == [200, 409]
            await room.fire()
            assert sorted(await keys_of(room, *who.people)) == [False, True]


async def test_the_report_waits_for_every_service_and_names_the_day(room: Room) -> None:
    """Each service's steps are told with their instants; the day is that of the last backup of any key."""
    who = await family(room)
    erasure = await erase(room, who, who.people[0])
    async with room.client(who.officer) as client:
        seen = (await client.get(f"/erasures/{erasure['id']}")).json()
        assert (seen["done_at"], seen["opens_nothing_after"], seen["overdue"]) == (None, None, False)
        assert [(it["service"], it["step"]) for it in seen["steps"]] == [("intake", "keys"), ("intake", "rows")]
        room.clock.move(NOON + timedelta(hours=2))
        assert (await client.get(f"/erasures/{erasure['id']}")).json()["overdue"] is True
        for kind in (ByLogistics, BySettlement, ByNotify):
            assert (await client.get(f"/erasures/{erasure['id']}")).json()["done_at"] is None
            await room.tell(kind(case_id=who.case_id, person_id=who.people[0], at=room.clock.now()))
        seen = (await client.get(f"/erasures/{erasure['id']}")).json()
    assert (seen["done_at"], seen["overdue"]) == ("2017-04-03T14:00:00Z", False)
    assert {it["service"] for it in seen["steps"]} == {"intake", "logistics", "settlement", "notify"}
    # A week and 35 days for the keys of events, 14 for backups of key stores, and the day itself is over.
    assert seen["opens_nothing_after"] == "2017-05-30"
    assert WHY["reason"] not in str(seen)


async def test_an_answer_about_an_erased_person_is_not_repeated(room: Room) -> None:
    """What a POST answered about the family is emptied, and its key stays claimed: nothing is done twice."""
    who = await family(room, (ADAM, {**ADAM, "name_in_use": "Mila"}))
    key = {"Idempotency-Key": "one-and-the-same"}
    consent = spoken("share_with_partner")
    async with room.client(who.officer) as client:
        assert (await client.post(f"/people/{who.people[1]}/consents", json=consent, headers=key)).status_code == 201
        elsewhere = {"Idempotency-Key": "of-somebody-else"}
        first = await client.post("/requests", json=WHISPER, headers=elsewhere)
        await erase(room, who, who.people[0])
        again = await client.post(f"/people/{who.people[1]}/consents", json=consent, headers=key)
        assert problem(again) == (409, "answer_erased")
        assert (await client.post("/requests", json=WHISPER, headers=elsewhere)).content == first.content


async def test_the_sweep_comes_when_no_process_remembers_a_key(room: Room) -> None:
    """Some minutes later every row is looked at once more."""
    who = await family(room)
    await erase(room, who, who.people[0])
    room.clock.move(NOON + timedelta(minutes=3))
    assert await room.fire() == 1
    assert await room.rows(select(OUTBOX.c.seq).where(OUTBOX.c.subject.like("intake.person_erased.%"))) != []
    assert len(await room.told(PersonErased)) == 1


async def test_a_restored_backup_brings_nobody_back(room: Room, tmp_path: Path) -> None:
    """Of the publisher itself, proposal and order forgotten: the destroyed keys say who was erased, requests and the
    case included, and nobody else has to answer for it."""
    who, other = await family(room, (ADAM,)), await family(room)
    backup = await backed_up(room, tmp_path / "backup.db")
    await erase(room, who, who.people[0])
    await restored(room, backup)
    for subject in (who.people[0], who.case_id, who.request_id):
        assert await cells_with(room, metadata, subject) <= {"cases"}
    assert [row["state"] for row in await room.rows(select(CASES).where(CASES.c.id == who.case_id))] == ["erased"]
    ledger = await room.rows(select(ERASURES))
    assert {row["subject"] for row in ledger} == {who.people[0], who.case_id, who.request_id}
    assert all(row["done_at"] for row in ledger)
    left = {row["person_id"] for row in await room.rows(select(JOURNEYS.c.person_id))}
    assert left == set(other.people)


async def test_where_to_go_on_is_told_after_a_purge(room: Room) -> None:
    """The word of it carries the revision behind which everything is there, and the report learns of every purge."""
    who = await family(room)
    erasure = await erase(room, who, who.people[0])
    through = max(told.revision for told in await room.told())

    async def purged(tx: Transaction) -> None:
        await mark_purged(tx, who.case_id, through)
        await set_timer(tx, PURGED, who.case_id, NOON, new_id())

    await room.database.transact(purged)
    await room.fire()
    (told,) = await room.told(EventsPurged)
    assert told.revision == through + 1
    (row,) = await room.rows(select(OUTBOX.c.body).where(OUTBOX.c.event_id == told.id))
    assert decode(row["body"]).resumes == through + 1
    for kind in (LogisticsPurged, SettlementPurged, NotifyPurged):
        await room.tell(kind(case_id=who.case_id, at=room.clock.now()))
    async with room.client(who.officer) as client:
        steps = (await client.get(f"/erasures/{erasure['id']}")).json()["steps"]
    assert {it["service"] for it in steps if it["step"] == "purged"} == {"intake", "logistics", "settlement", "notify"}


async def test_the_last_two_services_answer_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On PostgreSQL, in transactions that cannot see each other's step: the erasure is done all the same."""
    monkeypatch.setattr("shared.database.engine.GROUP", 1)
    async with open_room(blueprint(REFERRAL_KEY), tmp_path, "postgresql") as room:
        who = await family(room)
        await erase(room, who, who.people[0])
        await room.tell(ByNotify(case_id=who.case_id, person_id=who.people[0], at=NOON))
        await open_all_lanes(room)
        written = asyncio.Barrier(2)

        async def answer(tx: Transaction, service: str) -> None:
            await note_step(tx, who.people[0], service, "rows", NOON)
            await asyncio.wait_for(written.wait(), 60)
            await finish(tx, who.people[0], SERVICES, NOON)
            await asyncio.sleep(0.5)  # neither is committed yet when the other looks

        last = ("logistics", "settlement")
        await asyncio.gather(*(room.database.transact(lambda tx, it=it: answer(tx, it)) for it in last))
        assert await _undone(room) == 0


async def test_the_sweep_ends_what_every_service_has_answered(room: Room) -> None:
    """An erasure that nobody called done although all have answered is done with the second clearing."""
    who = await family(room)
    await erase(room, who, who.people[0])

    async def answered(tx: Transaction) -> None:
        for service in ("logistics", "settlement", "notify"):
            await note_step(tx, who.people[0], service, "rows", NOON)

    await room.database.transact(answered)
    assert await _undone(room) == 1
    room.clock.move(NOON + timedelta(minutes=3))
    await room.fire()
    assert await _undone(room) == 0


async def _undone(room: Room) -> int:
    return len(await room.rows(select(ERASURES).where(ERASURES.c.done_at.is_(None))))
