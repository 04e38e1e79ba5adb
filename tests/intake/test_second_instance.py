"""Who verifies, with what, and when a head reviewer decides as the second instance."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.intake.service import blueprint
from shared.contracts.intake import CaseStateChanged
from tests.intake.conftest import REFERRAL_KEY
from tests.intake.test_families import ANNA, Family, members, split
from tests.intake.test_verification import case_with, waiting
from tests.intake.test_way_to_a_plan import ADAM, TALK, accept, ask, check, decide, interview, propose, record
from tests.support.room import NOON, Room, open_room, problem, staff

PDF = b"%PDF-1.4 " + b"a scanned letter " * 9000


@pytest.fixture(params=["sqlite"])
async def sampled(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Room]:
    """A room in which a head reviewer sees every verdict."""
    async with open_room(blueprint(REFERRAL_KEY, sample_percent=100), tmp_path, request.param) as opened:
        yield opened


async def asked_of_head(client: httpx.AsyncClient, case_id: str) -> dict[str, Any]:
    """What waits for a head reviewer."""
    return dict((await client.get(f"/cases/{case_id}/verification")).json()["head_review"])


async def as_head(
    client: httpx.AsyncClient, case_id: str, version: int, *, approve: bool = True, asked: str = ""
) -> httpx.Response:
    """Decide on what waits for a head reviewer."""
    asked = asked or str((await asked_of_head(client, case_id))["id"])
    body = {"approval_id": asked, "approve": approve, "reason": "I read all of it."}
    return await client.post(
        f"/cases/{case_id}/verification/head-review", json=body, headers={"If-Match": f'"{version}"'}
    )


async def say(client: httpx.AsyncClient, proposal: dict[str, Any], version: int, reason: str) -> httpx.Response:
    """Disagree."""
    body = {"approval_id": proposal["id"], "approve": False, "reason": reason}
    url = f"/cases/{proposal['case_id']}/verification/decision"
    return await client.post(url, json=body, headers={"If-Match": f'"{version}"'})


async def try_mode(client: httpx.AsyncClient, case_id: str, mode: str, version: int) -> httpx.Response:
    body = {"verdict": "verified", "mode": mode}
    headers = {"If-Match": f'"{version}"'}
    return await client.post(f"/cases/{case_id}/verification/proposal", json=body, headers=headers)


async def test_each_way_to_verify_needs_what_it_needs(room: Room) -> None:
    """Self: two interviewers and a finding. Partner: their word and one of us. Together: both sides interviewed."""
    officer, caseworker, away = staff("intake_officer"), staff("caseworker"), staff("caseworker")
    async with room.client(officer) as client, room.client(caseworker) as second:
        case_id = await case_with(client, caseworker, checked=False)
        await record(client, case_id, kind="message")
        await interview(client, case_id)
        await interview(client, case_id)
        seen = (await client.get(f"/cases/{case_id}/verification")).json()
        assert seen["missing"] == {
            "self": ["interviewers"],
            "partner": ["partner_statement"],
            "co_verification": ["partner_statement", "interviewers", "interview_by_partner"],
        }
        refused = await try_mode(client, case_id, "self", 4)
        assert problem(refused) == (409, "verification_incomplete")
        await interview(second, case_id)
        assert (await try_mode(client, case_id, "self", 5)).status_code == 201
        await interview(client, case_id, by="partner", interviewer="Voice Two")
        assert problem(await try_mode(client, case_id, "co_verification", 6)) == (409, "verification_incomplete")
        await record(client, case_id)
        assert (await try_mode(client, case_id, "co_verification", 7)).status_code == 201
        person = (await client.get(f"/cases/{case_id}/people")).json()["people"][0]["id"]
        url, talk = f"/cases/{case_id}/verification/interviews", {**TALK, "person_id": person}
        for wrong, code in (
            ({"interviewer_id": away.id}, "not_on_the_case"),
            ({"by": "partner"}, "interviewer_needed"),
            ({"held_at": "2017-04-03T13:00:00Z"}, "not_held_yet"),
            ({"person_id": away.id}, "not_on_this_case"),
        ):
            assert problem(await client.post(url, json={**talk, **wrong})) == (422, code)


async def test_an_interview_is_read_by_who_verifies_and_its_interviewer_does_not_decide(room: Room) -> None:
    """Dated, with language and interpreter; whoever asked is barred though somebody else wrote it down."""
    officer, asked, coordinator = staff("intake_officer"), staff("intake_officer"), staff("coordinator")
    async with room.client(officer) as client, room.client(asked) as second, room.client(coordinator) as third:
        case_id = await case_with(client, asked, coordinator, checked=False)
        await record(client, case_id)
        await interview(client, case_id, interviewer_id=asked.id)
        url = f"/cases/{case_id}/verification/interviews"
        (talk,) = (await second.get(url)).json()["items"]
        assert (talk["interviewer_id"], talk["recorded_by"], talk["interpreter"]) == (
            asked.id,
            officer.id,
            "Interpreter Seven",
        )
        assert (talk["held_at"], talk["summary"]) == (TALK["held_at"], TALK["summary"])
        assert problem(await third.get(url)) == (403, "not_permitted")
        proposed = (await propose(client, case_id)).json()
        assert problem(await decide(second, proposed)) == (403, "second_person_needed")
        assert await waiting(second) == []


async def test_a_file_of_an_item_is_kept_with_its_digest(room: Room) -> None:
    """Who decides has seen it: it belongs to what is decided on, and whoever added it does not decide."""
    officer, helper, reviewer = staff("intake_officer"), staff("intake_officer"), staff("reviewer")
    async with room.client(officer) as client, room.client(helper) as second, room.client(reviewer) as third:
        case_id = await case_with(client, helper, reviewer)
        (item,) = (await client.get(f"/cases/{case_id}/verification/items")).json()["items"]
        proposed = (await propose(client, case_id)).json()
        url, kind = f"/verification-items/{item['id']}/files", {"Content-Type": "application/pdf"}
        kept = await second.post(url, content=PDF, headers=kind)
        assert kept.status_code == 201, kept.text
        assert kept.json()["digest"] == hashlib.sha256(PDF).hexdigest()
        assert (await third.get(f"/verification-files/{kept.json()['id']}")).content == PDF
        (shown,) = (await third.get(f"/cases/{case_id}/verification/items")).json()["items"]
        assert shown["files"] == [kept.json()]
        assert problem(await decide(third, proposed)) == (412, "stale_version")
        anew = (await propose(client, case_id, version=4)).json()
        assert problem(await decide(second, anew, 4)) == (403, "second_person_needed")
        assert (await decide(third, anew, 4)).json()["state"] == "verified"
        assert problem(await second.post(url, content=PDF, headers=kind)) == (409, "wrong_state")


async def test_two_who_disagree_are_heard_by_a_head_reviewer(room: Room) -> None:
    """No other reviewer is asked meanwhile; the head reviewer had no part in it, and says which of the two it is."""
    officer, reviewer, head = staff("intake_officer"), staff("reviewer"), staff("head_reviewer")
    both = staff("intake_officer", "head_reviewer")
    async with room.client(officer) as client, room.client(reviewer) as other, room.client(head) as above:
        case_id = await case_with(client, reviewer, head, both)
        proposed = (await propose(client, case_id)).json()
        disagreed = await say(other, proposed, 3, "The dates do not fit.")
        assert (disagreed.json()["state"], disagreed.json()["version"]) == ("verifying", 3)
        asked = await asked_of_head(above, case_id)
        assert (asked["cause"], asked["agreed"], asked["opinion"]) == ("disagreement", False, "The dates do not fit.")
        assert (asked["reviewed_by"], asked["proposal"]["proposed_by"]) == (reviewer.id, officer.id)
        (item,) = await waiting(above)
        assert (item["kind"], item["decide_at"]) == ("head_review", f"/cases/{case_id}/verification/head-review")
        async with room.client(both) as second:
            assert problem(await propose(second, case_id)) == (409, "with_head_reviewer")
        for part in (client, other):
            assert problem(await as_head(part, case_id, 3)) == (403, "not_permitted")
        sent_back = await as_head(above, case_id, 3, approve=False)
        assert (sent_back.status_code, sent_back.json()["state"]) == (200, "verifying")
        assert await room.told(CaseStateChanged) == []
        await record(client, case_id, kind="document", source="A stamped letter", note="It gives the day.")
        anew = (await propose(client, case_id, version=4)).json()
        assert (await decide(other, anew, 4)).json()["state"] == "verified"


async def test_who_had_a_part_in_it_is_not_the_second_instance(room: Room) -> None:
    """A head reviewer who recorded, proposed or reviewed before does not decide as head."""
    roles = ("intake_officer", "reviewer", "head_reviewer")
    recorder, proposer, reviewer, head = (staff(*roles) for _ in range(4))
    async with room.client(recorder) as client, room.client(proposer) as second, room.client(reviewer) as third:
        case_id = await case_with(client, proposer, reviewer, head)
        proposed = (await propose(second, case_id)).json()
        assert (await say(third, proposed, 3, "No.")).status_code == 200
        assert problem(await as_head(client, case_id, 3)) == (403, "second_person_needed")
        assert problem(await as_head(second, case_id, 3)) == (403, "second_person_needed")
        assert problem(await as_head(third, case_id, 3)) == (409, "same_person")
        assert [await waiting(part) for part in (client, second, third)] == [[], [], []]
        async with room.client(head) as above:
            assert len(await waiting(above)) == 1
            assert (await as_head(above, case_id, 3)).json()["state"] == "verified"


async def test_nobody_is_refused_by_two_people_and_a_refusal_is_taken_up_with_something_new(room: Room) -> None:
    """Not verified needs a third person; the case can be verified anew, on more than was decided on before."""
    officer, reviewer, head = staff("intake_officer"), staff("reviewer"), staff("head_reviewer")
    async with room.client(officer) as client, room.client(reviewer) as other, room.client(head) as above:
        case_id = await case_with(client, reviewer, head, checked=False)
        await record(client, case_id, result="refuted")
        assert problem(await propose(client, case_id, "not_verified", 2)) == (409, "verification_incomplete")
        await interview(client, case_id)
        proposed = (await propose(client, case_id, "not_verified")).json()
        assert (await decide(other, proposed)).json()["state"] == "verifying"
        asked = await asked_of_head(above, case_id)
        assert (asked["cause"], asked["agreed"]) == ("not_verified", True)
        refused = await as_head(above, case_id, 3)
        assert (refused.json()["state"], refused.json()["version"]) == ("not_verified", 4)
        url = f"/cases/{case_id}/verification/anew"
        seen, why = {"If-Match": '"4"'}, {"reason": "A court paper came."}
        assert problem(await other.post(url, json=why, headers=seen)) == (403, "not_permitted")
        other_door = await client.post(f"/cases/{case_id}/reopening", json=why, headers=seen)
        assert problem(other_door) == (409, "refused_case")
        taken_up = await client.post(url, json=why, headers=seen)
        assert (taken_up.json()["state"], taken_up.json()["version"]) == ("verifying", 5)
        assert problem(await propose(client, case_id, version=5)) == (409, "nothing_new")
        await record(client, case_id, kind="document", source="A court paper", note="It names the cellar.")
        anew = (await propose(client, case_id, version=6)).json()
        assert (await decide(other, anew, 6)).json()["state"] == "verified"
        assert problem(await client.post(url, json=why, headers={"If-Match": '"7"'})) == (409, "wrong_state")
        turns = (await client.get(f"/cases/{case_id}/turns")).json()["items"]
        assert [(it["what"], it["reason"]) for it in turns] == [("taken_up", "A court paper came.")]
    states = [told.state for told in await room.told(CaseStateChanged)]
    assert states == ["not_verified", "reopened", "verified"]


async def test_what_is_drawn_goes_to_a_head_reviewer_too(sampled: Room) -> None:
    """With a sample of all of them every verdict does; nobody knows before."""
    room, officer, reviewer, head = sampled, staff("intake_officer"), staff("reviewer"), staff("head_reviewer")
    async with room.client(officer) as client, room.client(reviewer) as other, room.client(head) as above:
        case_id = await case_with(client, reviewer, head)
        proposed = (await propose(client, case_id)).json()
        assert (await decide(other, proposed)).json()["state"] == "verifying"
        asked = await asked_of_head(above, case_id)
        assert (asked["cause"], asked["agreed"]) == ("sample", True)
        assert (await as_head(above, case_id, 3)).json()["state"] == "verified"


@pytest.mark.parametrize("sampled", ["postgresql"], indirect=True)
async def test_head_reviewers_at_once_decide_once(sampled: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reviewer and head decide under the case's row lock: it is told of once, however many come."""
    monkeypatch.setattr("shared.database.engine.GROUP", 1)
    room, officer, reviewers = sampled, staff("intake_officer"), [staff("reviewer") for _ in range(3)]
    heads = [staff("head_reviewer") for _ in range(3)]
    async with room.client(officer) as client:
        case_id = await case_with(client, *reviewers, *heads)
        proposed = (await propose(client, case_id)).json()
    clients = [room.client(actor) for actor in (*reviewers, *heads)]
    answers = await asyncio.gather(*(decide(one, proposed) for one in clients[:3]))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    asked = str((await asked_of_head(clients[3], case_id))["id"])
    answers = await asyncio.gather(*(as_head(one, case_id, 3, asked=asked) for one in clients[3:]))
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412]
    assert [told.state for told in await room.told(CaseStateChanged)] == ["verified"]
    for one in clients:
        await one.aclose()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_who_is_split_off_keeps_the_standing_that_a_verdict_gave(tmp_path: Path, kind: str) -> None:
    """What was decided, how and when, without why, which is about the others too; in their own copy as well. A refusal
    goes along, and is taken up with something new there too."""
    officer, reviewer, head = staff("intake_officer"), staff("reviewer"), staff("head_reviewer")
    async with (
        open_room(blueprint(REFERRAL_KEY), tmp_path, kind) as room,
        room.client(officer) as client,
        room.client(reviewer) as other,
        room.client(head) as above,
    ):
        case_id = await accept(client, await ask(client), [ADAM, ANNA], [reviewer.id, head.id])
        adam, anna = await members(client, case_id)
        await check(client, case_id)
        assert (await decide(other, (await propose(client, case_id, "not_verified")).json())).status_code == 200
        room.clock.move(NOON.replace(day=4))
        assert (await as_head(above, case_id, 3)).json()["state"] == "not_verified"
        room.clock.move(NOON.replace(day=6))
        apart = await split(room, Family(officer, reviewer, case_id, [adam, anna]), [adam])
        said = {"verdict": "not_verified", "mode": "partner", "at": "2017-04-04T12:00:00Z"}
        stays = (await other.get(f"/cases/{case_id}/verification")).json()["decided"]
        seen = await other.get(f"/cases/{apart}/verification")
        assert stays == [{**said, "reason": "Both accounts agree.", "carried": False}]
        assert seen.json()["decided"] == [{**said, "reason": "", "carried": True}]
        assert "I read all of it." not in seen.text
        assert (await client.get(f"/people/{adam}/copy")).json()["parts"]["case"]["verdicts"] == ["not_verified"]
        url, why = f"/cases/{apart}/verification/anew", {"reason": "A court paper came."}
        taken_up = await client.post(url, json=why, headers={"If-Match": '"1"'})
        assert (taken_up.status_code, taken_up.json()["state"]) == (200, "verifying")
        assert problem(await propose(client, apart, version=2)) == (409, "nothing_new")
        await record(client, apart, note="It names the cellar.")
        anew = (await propose(client, apart, version=3)).json()
        assert (await decide(other, anew, 3)).json()["state"] == "verified"
        again = await split(room, Family(officer, reviewer, case_id, [anna]), [anna], to_case_id=apart, code_name=None)
        decided = (await client.get(f"/cases/{again}/verification")).json()["decided"]
        assert [(it["verdict"], it["carried"]) for it in decided] == [("not_verified", True), ("verified", False)]
