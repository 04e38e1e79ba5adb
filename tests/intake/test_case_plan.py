"""The plan of a case: drafts, a supervisor who wrote none of it, what changes afterwards, and when it is looked at."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.intake.service import blueprint
from shared.access import Actor
from shared.contracts.intake import CaseStateChanged, DutyCalled
from tests.intake.conftest import REFERRAL_KEY
from tests.intake.test_triage import triage, verified
from tests.intake.test_way_to_a_plan import PLAN, plan
from tests.support.room import NOON, Room, open_room, problem, staff


async def triaged(room: Room, client: httpx.AsyncClient, *team: Actor) -> str:
    """A case at version 5."""
    case_id = await verified(room, client, *(actor.id for actor in team))
    assert (await triage(client, case_id, 4, ["threat.hunted"], "urgent")).status_code == 200
    return case_id


async def write(client: httpx.AsyncClient, case_id: str, version: int, **other: Any) -> httpx.Response:
    headers = {"If-Match": f'"{version}"'}
    return await client.post(f"/cases/{case_id}/plan", json={**PLAN, **other}, headers=headers)


async def ask_for_approval(client: httpx.AsyncClient, case_id: str, version: int) -> httpx.Response:
    return await client.post(f"/cases/{case_id}/plan/proposal", headers={"If-Match": f'"{version}"'})


async def say(
    client: httpx.AsyncClient, case_id: str, version: int, approval: str, *, yes: bool = True
) -> httpx.Response:
    body, headers = {"approval_id": approval, "approve": yes}, {"If-Match": f'"{version}"'}
    return await client.post(f"/cases/{case_id}/plan/decision", json=body, headers=headers)


async def test_a_supervisor_who_wrote_none_of_it_approves_a_plan(room: Room) -> None:
    """Goals with a day and somebody responsible, and a whole safety plan; nobody approves what they wrote a part of."""
    officer, both, above = staff("intake_officer"), staff("caseworker", "supervisor"), staff("supervisor")
    async with room.client(officer) as client, room.client(both) as second, room.client(above) as third:
        case_id = await triaged(room, client, both, above)
        stranger = {"goals": [{"text": "A doctor", "responsible_id": "f" * 32}]}
        assert problem(await write(client, case_id, 5, **stranger)) == (422, "not_on_the_case")
        assert problem(await write(client, case_id, 5, review_on="2017-04-03")) == (422, "review_in_the_past")
        assert problem(await ask_for_approval(client, case_id, 5)) == (409, "nothing_to_approve")
        bare = await write(second, case_id, 5, safety={"steps": ["Run"]})
        assert (bare.json()["number"], bare.json()["state"]) == (1, "draft")
        assert problem(await ask_for_approval(client, case_id, 6)) == (409, "safety_plan_missing")
        goals = [{"text": "A doctor", "due_on": "2017-04-20", "responsible_id": both.id}]
        assert (await write(client, case_id, 6, goals=goals)).json()["number"] == 2
        proposed = (await ask_for_approval(client, case_id, 7)).json()
        assert problem(await say(second, case_id, 7, proposed["id"])) == (403, "second_person_needed")
        assert (await second.get("/approvals")).json()["items"] == []
        (waits,) = (await third.get("/approvals")).json()["items"]
        assert (waits["kind"], waits["decide_at"]) == ("case_plan", f"/cases/{case_id}/plan/decision")
        assert problem(await say(client, case_id, 7, proposed["id"])) == (403, "not_permitted")
        assert (await say(third, case_id, 7, proposed["id"])).json()["state"] == "planned"
        seen = (await third.get(f"/cases/{case_id}/plan")).json()
        assert (seen["in_force"]["number"], seen["draft"], seen["proposal"]) == (2, None, None)
        (goal,) = seen["in_force"]["goals"]
        assert (goal["text"], goal["due_on"], goal["responsible_id"]) == ("A doctor", "2017-04-20", both.id)
        assert seen["in_force"]["safety"] == PLAN["safety"]
    assert [told.state for told in await room.told(CaseStateChanged)][-1] == "planned"


async def test_what_is_changed_after_the_approval_needs_one_anew(room: Room) -> None:
    """Until then the approved version counts; a newer draft ends what waits; how far a goal has come is no change."""
    officer, above = staff("intake_officer"), staff("supervisor")
    async with room.client(officer) as client, room.client(above) as third:
        case_id = await triaged(room, client, above)
        assert (await plan(client, third, case_id, 5)).json()["version"] == 7
        (goal,) = (await client.get(f"/cases/{case_id}/plan")).json()["in_force"]["goals"]
        url = f"/cases/{case_id}/plan/progress"
        reached = {"goal_id": goal["id"], "progress": "reached", "note": "He sleeps in a house of ours."}
        assert (await client.post(url, json=reached, headers={"If-Match": '"7"'})).status_code == 200
        seen = (await client.get(f"/cases/{case_id}/plan")).json()
        assert (seen["in_force"]["goals"][0]["progress"], seen["draft"]) == ("reached", None)
        changed = [{"id": goal["id"], "text": "Shelter, away from the river"}]
        assert (await write(client, case_id, 8, goals=changed)).status_code == 201
        first = (await ask_for_approval(client, case_id, 9)).json()
        assert (await write(client, case_id, 9, goals=changed, review_on="2017-06-01")).status_code == 201
        assert problem(await say(third, case_id, 10, first["id"])) == (409, "already_decided")
        seen = (await client.get(f"/cases/{case_id}/plan")).json()
        assert (seen["in_force"]["number"], seen["draft"]["number"], seen["proposal"]) == (1, 3, None)
        second = (await ask_for_approval(client, case_id, 10)).json()
        assert (await say(third, case_id, 10, second["id"], yes=False)).json()["version"] == 10
        again = (await ask_for_approval(client, case_id, 10)).json()
        assert (await say(third, case_id, 10, again["id"])).json()["version"] == 11
        versions = (await client.get(f"/cases/{case_id}/plan/versions")).json()["items"]
        assert [(one["number"], one["state"]) for one in versions] == [
            (1, "replaced"),
            (2, "replaced"),
            (3, "approved"),
        ]
        (goal,) = (await client.get(f"/cases/{case_id}/plan")).json()["in_force"]["goals"]
        assert (goal["text"], goal["progress"]) == ("Shelter, away from the river", "reached")
    assert [told.state for told in await room.told(CaseStateChanged)] == ["verified", "triaged", "planned"]


async def test_a_plan_is_looked_at_again_on_its_day(room: Room) -> None:
    """The duty of the review calls its author, and ends with the next approval."""
    officer, above = staff("intake_officer"), staff("supervisor")
    async with room.client(officer) as client, room.client(above) as third:
        case_id = await triaged(room, client, above)
        await plan(client, third, case_id, 5)
        duties = {one["kind"]: one for one in (await client.get("/duties")).json()["items"]}
        assert duties["review_plan"]["due_at"] == "2017-05-02T09:00:00Z"
        room.clock.move(NOON + timedelta(days=29))
        await room.fire()
        assert duties["review_plan"]["id"] in {called.duty_id for called in await room.told(DutyCalled)}
        assert (await write(client, case_id, 7, review_on="2017-08-01")).status_code == 201
        proposed = (await ask_for_approval(client, case_id, 8)).json()
        assert (await say(third, case_id, 8, proposed["id"])).status_code == 200
        left = [(one["kind"], one["due_at"]) for one in (await client.get("/duties")).json()["items"]]
        assert ("review_plan", "2017-08-01T09:00:00Z") in left
        assert ("review_plan", "2017-05-02T09:00:00Z") not in left


async def test_two_who_approve_at_once_approve_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On PostgreSQL, a draft written meanwhile is never approved unread: one of the two comes first."""
    monkeypatch.setattr("shared.database.engine.GROUP", 1)
    officer, supervisors = staff("intake_officer"), [staff("supervisor") for _ in range(3)]
    async with open_room(blueprint(REFERRAL_KEY), tmp_path, "postgresql") as room, room.client(officer) as client:
        case_id = await triaged(room, client, *supervisors)
        await write(client, case_id, 5)
        proposed = (await ask_for_approval(client, case_id, 6)).json()
        clients = [room.client(actor) for actor in supervisors]
        deciding = [say(one, case_id, 6, proposed["id"]) for one in clients]
        written, *said = await asyncio.gather(write(client, case_id, 6), *deciding)
        done = [answer.status_code for answer in said].count(200)
        seen = (await client.get(f"/cases/{case_id}/plan")).json()
        assert (done, written.status_code, seen["in_force"] is None) in {(1, 412, False), (0, 201, True)}
        for one in clients:
            await one.aclose()
