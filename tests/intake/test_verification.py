"""A verdict on everything that was found, which a second person agrees to or not; the second instance is next door."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from services.intake.service import blueprint
from shared.access import Actor
from shared.access.approval_rows import approvals
from shared.contracts.intake import CaseStateChanged
from tests.intake.conftest import REFERRAL_KEY
from tests.intake.test_way_to_a_plan import ADAM, ITEM, accept, ask, check, decide, propose, record
from tests.support.room import NOON, Room, open_room, problem, staff

AGAINST = {"kind": "witness", "source": "A neighbour", "result": "refuted", "note": "Nobody there knows him."}


@pytest.fixture
async def busy_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Room]:
    """On PostgreSQL, where nothing shares a commit: what comes at once races, as it would between replicas."""
    monkeypatch.setattr("shared.database.engine.GROUP", 1)
    async with open_room(blueprint(REFERRAL_KEY), tmp_path, "postgresql") as opened:
        yield opened


async def case_with(client: httpx.AsyncClient, *team: Actor, checked: bool = True) -> str:
    """A case, at version 3 once `client` recorded what a verdict needs."""
    case_id = await accept(client, await ask(client), [ADAM], [actor.id for actor in team])
    if checked:
        await check(client, case_id)
    return case_id


async def waiting(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    return list((await client.get("/approvals")).json()["items"])


async def test_the_proposer_and_the_recorders_cannot_decide(room: Room) -> None:
    """Verification needs a second pair of eyes, which saw none of it before; for the others nothing waits."""
    officer, colleague, reviewer = staff("intake_officer"), staff("intake_officer"), staff("reviewer")
    async with room.client(officer) as client, room.client(colleague) as second, room.client(reviewer) as third:
        case_id = await case_with(client, colleague, reviewer)
        await record(second, case_id)
        proposed = await propose(client, case_id, version=4)
        assert proposed.status_code == 201
        assert proposed.json()["expires_at"] == "2017-04-10T12:00:00Z"
        for recorder in (client, second):
            assert problem(await decide(recorder, proposed.json(), 4)) == (403, "second_person_needed")
            assert await waiting(recorder) == []
            assert (await recorder.get(f"/approvals/{proposed.json()['id']}")).json()["state"] == "open"
        (item,) = await waiting(third)
        assert (item["kind"], item["subject_id"], item["case_id"]) == ("verification", case_id, case_id)
        assert item["decide_at"] == f"/cases/{case_id}/verification/decision"
        assert (item["id"], item["needed"]) == (proposed.json()["id"], 1)
        assert (await decide(third, proposed.json(), 4)).json()["state"] == "verified"
        assert problem(await decide(third, proposed.json(), 5)) == (409, "already_decided")
    assert [told.state for told in await room.told(CaseStateChanged)] == ["verified"]


async def test_who_proposes_without_having_recorded_cannot_decide_either(room: Room) -> None:
    """Two different people stand behind a verdict in any case."""
    officer, colleague = staff("intake_officer"), staff("intake_officer")
    async with room.client(officer) as client, room.client(colleague) as second:
        case_id = await case_with(client, colleague)
        proposed = (await propose(second, case_id)).json()
        assert problem(await decide(second, proposed)) == (409, "same_person")
    assert await room.told(CaseStateChanged) == []


async def test_a_reviewer_does_not_propose(room: Room) -> None:
    """Officers and caseworkers propose; without an item there is nothing to propose, on an old version neither."""
    officer, reviewer = staff("intake_officer"), staff("reviewer")
    async with room.client(officer) as client, room.client(reviewer) as other:
        case_id = await case_with(client, reviewer, checked=False)
        assert problem(await propose(client, case_id, version=1)) == (409, "nothing_to_decide")
        await check(client, case_id)
        assert problem(await propose(other, case_id)) == (403, "not_permitted")
        assert problem(await propose(client, case_id, version=1)) == (412, "stale_version")
        assert (await propose(client, case_id)).status_code == 201
    async with room.client(staff("reviewer")) as stranger:
        assert problem(await propose(stranger, case_id)) == (404, "not_found")


async def test_a_decision_is_about_what_was_proposed(room: Room) -> None:
    """An item recorded since makes the decider look again, and then the proposal is no longer about everything."""
    officer, reviewer = staff("intake_officer"), staff("reviewer")
    async with room.client(officer) as client, room.client(reviewer) as other:
        case_id = await case_with(client, reviewer)
        proposed = (await propose(client, case_id)).json()
        room.clock.move(NOON + timedelta(minutes=5))
        await record(client, case_id, **AGAINST)
        assert problem(await decide(other, proposed)) == (412, "stale_version")
        found = (await other.get(f"/cases/{case_id}/verification/items")).json()["items"]
        assert [item["note"] for item in found] == [ITEM["note"], AGAINST["note"]]
        seen = (await other.get(f"/cases/{case_id}/verification")).json()
        assert (found[1]["recorded_by"], seen["proposal"], seen["version"]) == (officer.id, proposed, 4)
        ids = [item["id"] for item in found]
        (claim,) = seen["claims"]
        assert (claim["verified"], claim["refuted"], claim["contradicted"]) == (ids[:1], ids[1:], True)
        assert problem(await decide(other, proposed, 4)) == (409, "content_changed")
        anew = (await propose(client, case_id, version=4)).json()
        assert problem(await decide(other, proposed, 4)) == (409, "already_decided")
        assert (await decide(other, anew, 4)).json()["state"] == "verified"


async def test_a_newer_proposal_takes_the_place_of_one_that_waits(room: Room) -> None:
    """Only one waits, and the timer of the one that was replaced changes nothing."""
    officer, reviewer = staff("intake_officer"), staff("reviewer")
    async with room.client(officer) as client, room.client(reviewer) as other:
        case_id = await case_with(client, reviewer)
        first, second = [(await propose(client, case_id, verdict)).json() for verdict in ("verified", "not_verified")]
        assert [item["id"] for item in await waiting(other)] == [second["id"]]
        assert problem(await decide(other, first)) == (409, "already_decided")
        room.clock.move(NOON + timedelta(days=7))
        # Both proposals end, and somebody was called to sign the one that waited.
        assert await room.fire() == 3
        assert problem(await decide(other, second)) == (409, "approval_expired")
    states = {row["id"]: row["state"] for row in await room.rows(select(approvals))}
    assert states == {first["id"]: "replaced", second["id"]: "expired"}


async def test_the_proposal_of_another_case_decides_nothing(room: Room) -> None:
    """An approval counts for the case that it was given for."""
    officer, reviewer = staff("intake_officer"), staff("reviewer")
    async with room.client(officer) as client, room.client(reviewer) as other:
        one, another = await case_with(client, reviewer), await case_with(client, reviewer)
        proposed = (await propose(client, one)).json()
        assert problem(await decide(other, {**proposed, "case_id": another})) == (404, "not_found")
    assert await room.told(CaseStateChanged) == []


async def test_an_item_and_a_decision_at_once_are_one_after_the_other(busy_room: Room) -> None:
    """Either the decision knew every item, or it was refused; never is an item recorded on a decided case."""
    room, officer, reviewer = busy_room, staff("intake_officer"), staff("reviewer")
    async with room.client(officer) as client, room.client(reviewer) as other:
        for _ in range(8):
            case_id = await case_with(client, reviewer)
            proposed = (await propose(client, case_id)).json()
            url = f"/cases/{case_id}/verification/items"
            item, decision = await asyncio.gather(client.post(url, json={**ITEM, **AGAINST}), decide(other, proposed))
            case = (await client.get(f"/cases/{case_id}")).json()
            recorded = len((await client.get(url)).json()["items"])
            outcome = (item.status_code, decision.status_code, case["state"], recorded)
            assert outcome in {(201, 412, "verifying", 2), (409, 200, "verified", 1), (412, 200, "verified", 1)}


async def test_two_reviewers_at_once_decide_once(busy_room: Room) -> None:
    """The case goes on once, and is told of once."""
    room, officer, reviewers = busy_room, staff("intake_officer"), [staff("reviewer") for _ in range(4)]
    async with room.client(officer) as client:
        case_id = await case_with(client, *reviewers)
        proposed = (await propose(client, case_id)).json()
    clients = [room.client(reviewer) for reviewer in reviewers]
    answers = await asyncio.gather(*(decide(one, proposed) for one in clients))
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
    assert [told.state for told in await room.told(CaseStateChanged)] == ["verified"]
    for one in clients:
        await one.aclose()
