"""What is over goes when its time has come, by two people, never while somebody waits, and not under a legal hold."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from services.intake.database import metadata
from shared.access import Actor
from tests.intake.test_diary import see, send
from tests.intake.test_duties import OFFICER, set_task
from tests.intake.test_endings import SAFE, close
from tests.intake.test_erasure import WHY, decide, keys_of, propose
from tests.intake.test_front_door import answer, open_house, the_thread
from tests.intake.test_way_to_a_plan import ADAM, accept, ask
from tests.support.erasure import cells_with
from tests.support.room import NOON, Room, problem, staff

GUARDIAN, SECOND = staff("data_protection"), staff("data_protection")
DAY = timedelta(days=1)


async def case_of(room: Room) -> tuple[str, str]:
    """A case of one person, and its request."""
    async with room.client(OFFICER) as client:
        request_id = await ask(client)
        return await accept(client, request_id, [ADAM], []), request_id


async def at(room: Room, moment: datetime) -> None:
    room.clock.move(moment)
    await room.fire()


async def kept(room: Room) -> list[dict[str, Any]]:
    return list((await see(room, GUARDIAN, "/retention"))["items"])


async def proposed(room: Room) -> list[str]:
    return [it["id"] for it in await kept(room) if it["state"] == "proposed"]


async def to_do(room: Room, who: Actor = SECOND) -> list[str]:
    """What data protection has to look at: the kinds of its duties."""
    return [it["kind"] for it in (await see(room, who, "/duties"))["items"]]


async def test_a_case_goes_when_its_time_has_come(room: Room) -> None:
    """Five years after it was completed it is proposed to data protection; two people erase it, and the duty ends."""
    case_id, _ = await case_of(room)
    assert (await close(room, case_id, "completed")).status_code == 200
    await at(room, NOON)
    (row,) = await kept(room)
    assert (row["outcome"], row["until"], row["state"]) == ("completed", "2022-04-03T12:00:00Z", "kept")
    await at(room, datetime.fromisoformat("2022-04-03T11:00:00+00:00"))
    assert (await proposed(room), await to_do(room)) == ([], [])
    await at(room, datetime.fromisoformat("2022-04-03T12:00:00+00:00"))
    assert (await proposed(room), await to_do(room)) == ([case_id], ["retention"])
    (row,) = await kept(room)
    asked = await propose(room, GUARDIAN, row["people"][0])
    assert asked.status_code == 201, asked.text
    assert (await decide(room, SECOND, asked.json())).status_code == 200
    await room.fire()
    assert (await kept(room), await to_do(room), await keys_of(room, case_id)) == ([], [], [False])


async def test_a_case_that_goes_on_again_is_kept(room: Room) -> None:
    """Reopened its time stops; closed again it begins anew, by how it ended then."""
    case_id, _ = await case_of(room)
    await close(room, case_id, "withdrawn", said_by_person="I go on alone.")
    await at(room, NOON + 300 * DAY)
    await send(room, OFFICER, f"/cases/{case_id}/reopening", {"reason": "He wrote."}, 2)
    await at(room, NOON + 400 * DAY)
    assert await kept(room) == []
    await close(room, case_id, "referred_out", 3, passed_to="A clinic")
    await at(room, NOON + 400 * DAY)
    (row,) = await kept(room)
    assert (row["outcome"], row["until"]) == ("referred_out", (NOON + 1130 * DAY).isoformat().replace("+00:00", "Z"))


async def test_nothing_goes_while_somebody_waits(room: Room) -> None:
    """Not soon after the person's last word, not while something is to be done: a proposal is taken back for it."""
    case_id, request_id = await case_of(room)
    await close(room, case_id, "withdrawn", said_by_person="I go on alone.")
    await at(room, NOON + 364 * DAY)
    async with room.client(OFFICER) as client:
        again = await ask(client)
        merge = await client.post(f"/requests/{again}/merge", json={"into": request_id}, headers={"If-Match": '"1"'})
    assert merge.status_code == 200, merge.text
    await at(room, NOON + 365 * DAY)
    (row,) = await kept(room)
    assert (row["state"], row["waits"]) == ("kept", ["last_word"])
    for day in range(366, 454, 7):
        await at(room, NOON + day * DAY)
        assert await proposed(room) == []
    await at(room, NOON + 461 * DAY)
    assert (await proposed(room), await to_do(room)) == ([case_id], ["retention"])
    await set_task(room, OFFICER, case_id, NOON + 500 * DAY, "Call the clinic.")
    await at(room, NOON + 468 * DAY)
    (row,) = await kept(room)
    assert (row["state"], row["waits"], await to_do(room)) == ("kept", ["duty"], [])


async def test_a_legal_hold_beats_every_period_and_every_erasure(room: Room) -> None:
    """Set by one, lifted by two with a reason; while it holds nothing is proposed, nothing decided, and it says why."""
    case_id, _ = await case_of(room)
    (person,) = (await see(room, OFFICER, f"/cases/{case_id}/people"))["people"]
    await close(room, case_id, "out_of_scope")
    earlier = (await propose(room, OFFICER, person["id"])).json()
    held = await send(room, GUARDIAN, f"/cases/{case_id}/hold", {"reason": "A court in The Hague asks."})
    assert held.status_code == 201, held.text
    assert problem(await decide(room, GUARDIAN, earlier)) == (409, "legal_hold")
    assert problem(await propose(room, OFFICER, person["id"])) == (409, "legal_hold")
    twice = await send(room, SECOND, f"/cases/{case_id}/hold", WHY)
    assert problem(twice) == (409, "held_already")
    await at(room, NOON + 400 * DAY)
    (row,) = await kept(room)
    assert (row["held"], row["state"], await to_do(room)) == (True, "kept", [])
    url = f"/holds/{held.json()['id']}"
    lifting = (await send(room, GUARDIAN, f"{url}/lifting", {"reason": "The court has closed it."})).json()
    decision = {"approval_id": lifting["approval_id"], "approve": True}
    alone = await send(room, GUARDIAN, f"{url}/lifting/decision", decision, lifting["version"])
    assert problem(alone) == (409, "same_person")
    waiting = (await see(room, SECOND, "/approvals"))["items"]
    assert [it["kind"] for it in waiting] == ["lift_hold"]
    assert (await see(room, SECOND, url))["lifting_reason"] == "The court has closed it."
    lifted = await send(room, SECOND, f"{url}/lifting/decision", decision, lifting["version"])
    assert (lifted.status_code, lifted.json()["lifted_at"]) == (200, "2018-05-08T12:00:00Z")
    again = await send(room, SECOND, f"{url}/lifting", WHY, lifted.json()["version"])
    assert problem(again) == (409, "lifted")
    await at(room, NOON + 407 * DAY)
    assert await proposed(room) == [case_id]
    assert (await propose(room, OFFICER, person["id"])).status_code == 201


async def test_spam_goes_soon_and_a_tombstone_stays(room: Room) -> None:
    """By two people, when its short time is over; not before, not one that is a case, and not under a hold."""
    _, taken = await case_of(room)
    async with room.client(OFFICER) as client:
        spam = await ask(client, contact="+1 900 555-01-01", name="Great Offers")
        body = {"in_scope": False, "ends_as": "spam", "reason": "Sells watches."}
        screened = await client.post(f"/requests/{spam}/screening", json=body, headers={"If-Match": '"1"'})
    assert screened.status_code == 200, screened.text
    url = f"/requests/{spam}/deletion"
    await at(room, NOON + 7 * DAY)
    (row,) = await kept(room)
    assert (row["id"], row["kind"], row["until"]) == (spam, "request", "2017-05-10T12:00:00Z")
    for request_id in (spam, taken):
        early = await send(room, GUARDIAN, f"/requests/{request_id}/deletion")
        assert problem(early) == (409, "not_due")
    await at(room, NOON + 36 * DAY)
    assert await proposed(room) == []
    await at(room, NOON + 37 * DAY)
    assert (await proposed(room), await to_do(room)) == ([spam], ["retention"])
    asked = (await send(room, GUARDIAN, url)).json()
    decision = {"approval_id": asked["approval_id"], "approve": True}
    assert problem(await send(room, GUARDIAN, f"{url}/decision", decision)) == (409, "same_person")
    done = await send(room, SECOND, f"{url}/decision", decision)
    assert (done.status_code, done.json()["state"]) == (201, "approved")
    await room.fire()
    async with room.client(OFFICER) as client:
        assert (await client.get(f"/requests/{spam}")).status_code == 404
    assert (await keys_of(room, spam), await kept(room), await to_do(room)) == ([False], [], [])
    assert await cells_with(room, metadata, spam) <= {"erasures"}


async def test_a_letter_without_an_answer_keeps_what_is_over(tmp_path: Path) -> None:
    """Who came through the front door wrote again: until somebody answered, and a while after, nothing goes."""
    async with open_house(tmp_path) as house:
        room, words = house.room, await house.ask()
        await house.carry()
        request_id = (await the_thread(house))["request_id"]
        body = {"in_scope": False, "reason": "Another country.", "answer": "Please ask the clinic."}
        screened = await send(room, OFFICER, f"/requests/{request_id}/screening", body)
        assert screened.status_code == 200, screened.text
        await at(room, NOON + 7 * DAY)
        room.clock.move(NOON + 100 * DAY)
        page = await house.come_back("en", words)
        assert (await house.write("message", page, text="And if I cannot?")).status_code in (200, 303)
        await house.carry()
        await at(room, NOON + 187 * DAY)
        (row,) = await kept(room)
        assert (row["outcome"], row["state"], "letter" in row["waits"]) == ("out_of_scope", "kept", True)
        thread = await the_thread(house)
        assert (await answer(house, request_id, "Then come back to us.", thread["version"])).status_code == 200
        await at(room, NOON + 194 * DAY)
        (row,) = await kept(room)
        assert (row["state"], row["waits"]) == ("kept", ["last_word"])
        await at(room, NOON + 300 * DAY)
        assert await proposed(room) == [request_id]


async def test_only_data_protection_reads_what_goes_when(room: Room) -> None:
    """And nobody who is recused from a case sees its row."""
    case_id, _ = await case_of(room)
    await close(room, case_id, "completed")
    await at(room, NOON)
    assert SAFE["safety"] == "safe"
    async with room.client(OFFICER) as client:
        assert problem(await client.get("/retention")) == (403, "not_permitted")
        version = (await client.get(f"/cases/{case_id}/team")).headers["ETag"]
        team = {"assigned": [OFFICER.id], "recused": [GUARDIAN.id]}
        recused: httpx.Response = await client.post(f"/cases/{case_id}/team", json=team, headers={"If-Match": version})
    assert recused.status_code == 200
    assert (await kept(room), len((await see(room, SECOND, "/retention"))["items"])) == ([], 1)
