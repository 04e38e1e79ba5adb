"""Who asked is contacted on the safe channel in safe hours only, on the log each time, and given up after some days."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from services.intake.requests.store.contacts import CONTACTS
from tests.intake.test_queue import post
from tests.intake.test_way_to_a_plan import WHISPER, ask
from tests.support.room import NOON, Room, problem, staff

DAY = timedelta(days=1)
EVENINGS = {
    "channel": "signal",
    "handle": "@grey.swan",
    "hours": [{"days": [1, 2, 3, 4, 5], "begins": "18:00", "until": "22:00"}],
    "zone": "Europe/Moscow",
    "language": "ru",
    "cover_name": "the dentist",
    "never_call": True,
    "somebody_else_reads": True,
}
"""On weekday evenings in Moscow, three hours ahead of UTC: on Monday 3 April from 15:00 to 19:00 UTC."""

SAFE = datetime(2017, 4, 3, 15, 30, tzinfo=UTC)


async def tried(client: httpx.AsyncClient, request_id: str, **other: Any) -> httpx.Response:
    body = {"channel": "signal", "result": "no_answer", **other}
    return await client.post(f"/requests/{request_id}/contact-attempts", json=body)


async def reachable(client: httpx.AsyncClient) -> str:
    request_id = await ask(client)
    agreed = await post(client, f"/requests/{request_id}/safe-contact", whom="person", contact=EVENINGS)
    assert agreed.status_code == 200, agreed.text
    return request_id


async def test_nobody_is_contacted_but_as_it_is_safe(room: Room) -> None:
    """Without a profile not at all, but by the receipt; then neither by phone nor outside the hours, and the refusal
    says why and when; what was allowed is on the log, encrypted."""
    async with room.client(staff("intake_officer")) as client:
        bare = await ask(client)
        assert problem(await tried(client, bare)) == (409, "nothing_agreed")
        assert (await tried(client, bare, channel="receipt", result="left_a_message")).status_code == 201
        request_id = await reachable(client)
        early = await tried(client, request_id)
        assert problem(early) == (409, "outside_safe_hours")
        assert "2017-04-03 15:00 UTC" in early.json()["detail"]
        (way,) = (await client.get(f"/requests/{request_id}/safe-contact")).json()["items"]
        assert (way["why_not"], way["safe_at"][:16], way["discreet"]) == (
            "outside_safe_hours",
            "2017-04-03T15:00",
            True,
        )
        assert way["contact"]["cover_name"] == "the dentist"
        room.clock.move(SAFE)
        assert problem(await tried(client, request_id, channel="phone")) == (409, "other_channel")
        assert problem(await tried(client, request_id, whom="asker")) == (409, "nobody_else_asks")
        logged = await tried(client, request_id, note="Rang twice.")
        assert logged.status_code == 201, logged.text
        (one,) = (await client.get(f"/requests/{request_id}/contact-attempts")).json()["items"]
    assert (one["channel"], one["result"], one["note"]) == ("signal", "no_answer", "Rang twice.")
    rows = await room.rows(select(CONTACTS.c.said))
    assert not any(b"signal" in row["said"].box or b"Rang" in row["said"].box for row in rows)


async def test_who_asked_for_another_is_contacted_in_their_place(room: Room) -> None:
    """The aunt on her channel; the person only once that is said to be safe."""
    aunt = {"name": "Zara", "contact": "+7 900 77", "safe_contact": {**EVENINGS, "channel": "sms", "never_call": False}}
    body = {**WHISPER, "asked_by": "relative", "third_party": aunt, "safe_contact": EVENINGS}
    room.clock.move(SAFE)
    async with room.client(staff("intake_officer")) as client:
        request_id = str((await client.post("/requests", json=body)).json()["id"])
        assert problem(await tried(client, request_id)) == (409, "person_not_safe")
        assert (await tried(client, request_id, whom="asker", channel="sms", result="reached")).status_code == 201
        agreed = await post(client, f"/requests/{request_id}/agreement", person_agrees="yes", contact_person=True)
        assert agreed.status_code == 200
        assert (await tried(client, request_id)).status_code == 201


@pytest.mark.parametrize("answered_on", [None, 2])
async def test_out_of_reach_is_who_was_tried_on_three_days(room: Room, answered_on: int | None) -> None:
    """Twice on one day is one day; who answered in between is tried anew. It can be reopened."""
    async with room.client(staff("intake_officer")) as client:
        request_id = await reachable(client)
        answers = []
        for day in range(3):
            room.clock.move(SAFE + day * DAY)
            for _ in range(2):
                result = "reached" if day == answered_on else "no_answer"
                assert (await tried(client, request_id, result=result)).status_code == 201
            answers.append(await post(client, f"/requests/{request_id}/unreachable", 2, reason="No answer for days."))
        assert [problem(answer) for answer in answers[:2]] == [(409, "tried_too_little")] * 2
        assert answers[2].status_code == (200 if answered_on is None else 409)
        if answered_on is None:
            reopened = await post(client, f"/requests/{request_id}/reopening", 3, reason="A new number.")
            assert reopened.json()["state"] == "new"


async def test_only_the_claimant_contacts(room: Room) -> None:
    """Two people must not call the same frightened person."""
    room.clock.move(NOON)
    async with room.client(staff("intake_officer")) as client, room.client(staff("intake_officer")) as other:
        request_id = await ask(client)
        await post(client, f"/requests/{request_id}/claim")
        late = await tried(other, request_id, channel="receipt", result="left_a_message")
        assert problem(late) == (409, "claimed")
        assert (await tried(client, request_id, channel="receipt", result="left_a_message")).status_code == 201
