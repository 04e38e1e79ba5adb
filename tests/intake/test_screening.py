"""Requests come by every channel, also for somebody else; they are screened with reasons, and screenings taken back."""

from typing import Any

import httpx
import pytest
from joserfc import jwe
from sqlalchemy import select

from services.intake.requests.store.history import SCREENINGS
from shared.access import Actor
from shared.clock import new_id
from shared.contracts.notify import ReferralReceived
from tests.intake.conftest import REFERRAL_KEY
from tests.intake.test_queue import HOUR, post, queue
from tests.intake.test_way_to_a_plan import ADAM, WHISPER, accept, ask
from tests.support.room import NOON, Room, problem, staff

AUNT = {"name": "Aunt Zara", "contact": "+7 900 77", "person_agrees": "no", "contact_person": False}


async def test_every_channel_brings_requests_in(room: Room) -> None:
    """Officers by phone, channels with a token of their own by web, messenger and API, partners by referral."""
    channel = Actor(new_id(), "channel")
    async with room.client(staff("intake_officer")) as officer, room.client(channel) as outside:
        asked = [await ask(officer, channel="phone")]
        for way in ("web", "messenger", "api"):
            asked.append(await ask(outside, channel=way, urgency="urgent"))
        assert problem(await outside.get("/queue")) == (403, "not_permitted")
        assert problem(await outside.get(f"/requests/{asked[1]}")) == (404, "not_found")
        document = jwe.encrypt_compact(
            {"alg": "ECDH-ES+A256KW", "enc": "A256GCM"},
            httpx.Request("POST", "http://x", json=WHISPER).content,
            REFERRAL_KEY,
        )
        told = ReferralReceived(partner_id=new_id(), referral_id=new_id(), document=document, at=NOON)
        assert await room.tell(told) is None
        seen = (await officer.get("/requests")).json()["items"]
    assert sorted(one["channel"] for one in seen) == ["api", "messenger", "partner", "phone", "web"]
    assert [one["urgency"] for one in seen if one["channel"] != "partner"].count("urgent") == 3


@pytest.mark.parametrize("ends_as", ["spam", "out_of_scope", "referred_out"])
async def test_what_is_not_for_us_ends_with_a_reason(room: Room, ends_as: str) -> None:
    """Who asked is answered, but for spam; the steps are kept, encrypted; a reopened request is new again."""
    spam = ends_as == "spam"
    async with room.client(staff("intake_officer")) as client:
        url = f"/requests/{await ask(client)}"
        end: dict[str, Any] = {"in_scope": False, "ends_as": ends_as, "reason": "Sells shoes."}
        answer = {"answer": "Please turn to the Red Harbour."}
        bare = await post(client, f"{url}/screening", **({**end, "reason": " "}))
        assert problem(bare) == (422, "reason_missing")
        wrong = await post(client, f"{url}/screening", **({**end, **answer} if spam else end))
        assert problem(wrong) == (422, "spam_gets_no_answer" if spam else "answer_missing")
        ended = await post(client, f"{url}/screening", **(end if spam else {**end, **answer}))
        assert (ended.json()["state"], await queue(client)) == (ends_as, [])
        assert problem(await post(client, f"{url}/screening", 2, in_scope=True)) == (409, "wrong_state")
        room.clock.move(NOON + HOUR)
        reopened = await post(client, f"{url}/reopening", 2, reason="She wrote again.")
        assert (reopened.json()["state"], len(await queue(client))) == ("new", 1)
        room.clock.move(NOON + 2 * HOUR)
        assert (await post(client, f"{url}/screening", 3, in_scope=True)).json()["state"] == "in_scope"
        assert problem(await post(client, f"{url}/reopening", 4, reason="Why not.")) == (409, "wrong_state")
        steps = (await client.get(f"{url}/screenings")).json()["items"]
    assert [step["outcome"] for step in steps] == [ends_as, "reopened", "in_scope"]
    assert [step["reason"] for step in steps] == ["Sells shoes.", "She wrote again.", ""]
    rows = await room.rows(select(SCREENINGS.c.said))
    assert not any(b"shoes" in row["said"].box for row in rows)


async def test_nobody_gets_a_case_without_knowing_of_it(room: Room) -> None:
    """An aunt asks for somebody who was not asked: no case opens until the person agrees; who asked stays named."""
    async with room.client(staff("intake_officer")) as client:
        mine = {**WHISPER, "third_party": AUNT}
        assert problem(await client.post("/requests", json=mine)) == (422, "nobody_else_asks")
        made = await client.post("/requests", json={**mine, "asked_by": "relative"})
        request_id = made.json()["id"]
        url = f"/requests/{request_id}"
        assert (await client.get(url)).json()["third_party"] == AUNT
        await post(client, f"{url}/screening", in_scope=True)
        case = {"code_name": "Heron 1", "people": [ADAM]}
        assert problem(await post(client, f"{url}/case", 2, **case)) == (409, "person_does_not_agree")
        agreed = await post(client, f"{url}/agreement", 2, person_agrees="yes", contact_person=True)
        assert agreed.status_code == 200, agreed.text
        assert (await post(client, f"{url}/case", 3, **case)).status_code == 201
        alone = await ask(client)
        assert problem(await post(client, f"/requests/{alone}/agreement", person_agrees="yes")) == (
            409,
            "nobody_else_asks",
        )


async def test_who_asked_is_masked_with_the_rest(room: Room) -> None:
    """Once it is a case, who does not work with its people reads neither name, contact nor who asked."""
    reviewer = staff("reviewer")
    async with room.client(staff("intake_officer")) as client, room.client(reviewer) as other:
        made = await client.post(
            "/requests", json={**WHISPER, "asked_by": "relative", "third_party": {**AUNT, "person_agrees": "yes"}}
        )
        await accept(client, made.json()["id"], [ADAM], [reviewer.id])
        seen = (await other.get(f"/requests/{made.json()['id']}")).json()
    assert (seen["masked"], seen["name"], seen["third_party"]) == (True, None, None)


async def test_a_withdrawal_on_the_telephone_is_kept_with_how_it_was_said(room: Room) -> None:
    """Open requests only, by nobody else while somebody works on it; the channel and the words are kept, encrypted, and
    it can be opened again. Who is no officer learns nothing."""
    said = {"how": "phone", "whom": "person", "reason": "Her brother is home again."}
    async with room.client(staff("intake_officer")) as client, room.client(staff("intake_officer")) as other:
        url = f"/requests/{await ask(client)}"
        assert problem(await post(client, f"{url}/withdrawal", **{**said, "whom": "asker"})) == (
            409,
            "nobody_else_asks",
        )
        assert (await post(client, f"{url}/withdrawal", **{**said, "how": "by a bird"})).status_code == 422
        await post(client, f"{url}/claim")
        assert problem(await post(other, f"{url}/withdrawal", 2, **said)) == (409, "claimed")
        assert problem(await post(client, f"{url}/withdrawal", 1, **said)) == (412, "stale_version")
        gone = await post(client, f"{url}/withdrawal", 2, **said)
        assert (gone.json()["state"], gone.json()["claimed_by"], gone.json()["version"]) == ("withdrawn", None, 3)
        assert await queue(client) == []
        assert problem(await post(client, f"{url}/withdrawal", 3, **said)) == (409, "wrong_state")
        (step,) = (await client.get(f"{url}/screenings")).json()["items"]
        assert (step["outcome"], step["reason"], step["heard"]) == (
            "withdrawn",
            "Her brother is home again.",
            {"how": "phone", "whom": "person"},
        )
        reopened = await post(client, f"{url}/reopening", 3, reason="She called again.")
        assert (reopened.json()["state"], len(await queue(client))) == ("new", 1)
        async with room.client(staff("analyst")) as stranger:
            there, nowhere = [
                await post(stranger, f"/requests/{one}/withdrawal", 4, **said) for one in (url[10:], new_id())
            ]
        assert (there.status_code, problem(there)) == (404, problem(nowhere))
    rows = await room.rows(select(SCREENINGS.c.said))
    assert not any(b"phone" in row["said"].box or b"brother" in row["said"].box for row in rows)


async def test_the_aunt_takes_back_what_she_asked_for_another(room: Room) -> None:
    """Who asked for somebody may say so, and it is kept that it was she."""
    async with room.client(staff("intake_officer")) as client:
        made = await client.post("/requests", json={**WHISPER, "asked_by": "relative", "third_party": AUNT})
        url = f"/requests/{made.json()['id']}"
        assert (await post(client, f"{url}/withdrawal", how="in_person", whom="asker")).json()["state"] == "withdrawn"
        (step,) = (await client.get(f"{url}/screenings")).json()["items"]
    assert (step["heard"], step["reason"]) == ({"how": "in_person", "whom": "asker"}, "")
