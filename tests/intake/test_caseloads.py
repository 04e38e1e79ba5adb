"""Who works on a case: caps that hold under any concurrency, and keeping away."""

import asyncio
from pathlib import Path

import httpx
import pytest

from services.intake.service import blueprint
from shared.contracts.intake import AccessChanged
from tests.intake.conftest import REFERRAL_KEY
from tests.intake.test_way_to_a_plan import ADAM, accept, ask
from tests.support.room import Room, open_room, problem, staff


async def cap(head: httpx.AsyncClient, role: str, most: int, *people: str) -> None:
    """These are of a role that may have so many cases."""
    version = (await head.get("/caseload-caps")).headers["ETag"]
    said = await head.post("/caseload-caps", json={"by_role": {role: most}}, headers={"If-Match": version})
    assert said.status_code == 200, said.text
    for one in people:
        answer = await head.post(f"/staff/{one}/caseload", json={"role": role}, headers={"If-Match": '"1"'})
        assert answer.json()["most"] == most


async def name(
    client: httpx.AsyncClient, case_id: str, assigned: list[str], version: int = 1, reason: str = ""
) -> httpx.Response:
    body = {"assigned": assigned, "over_cap_reason": reason}
    return await client.post(f"/cases/{case_id}/team", json=body, headers={"If-Match": f'"{version}"'})


async def cases(client: httpx.AsyncClient, number: int, team: list[str]) -> list[str]:
    return [await accept(client, await ask(client), [ADAM], team) for _ in range(number)]


async def test_who_has_no_room_gets_no_case_unless_a_manager_says_why(room: Room) -> None:
    """The refusal names who has room; the reason stays beside the team; a closed case makes room."""
    officer, manager, full, free = staff("intake_officer"), staff("manager"), staff("caseworker"), staff("caseworker")
    async with room.client(officer) as client, room.client(manager) as head:
        await cap(head, "caseworker", 1, full.id, free.id)
        (first,) = await cases(client, 1, [full.id])
        (second,) = await cases(client, 1, [])
        refused = await name(client, second, [officer.id, full.id])
        assert problem(refused) == (409, "caseload_full")
        assert refused.json()["detail"] == f"No room: {full.id}. These have room: {free.id}."
        opening = await client.post(
            f"/requests/{await _accepted(client)}/case",
            json={"code_name": "Plover", "people": [ADAM], "team": [full.id]},
            headers={"If-Match": '"2"'},
        )
        assert problem(opening) == (409, "caseload_full")
        why = "Nobody else speaks Chechen."
        assert problem(await name(client, second, [officer.id, full.id], reason=why)) == (403, "not_permitted")
        assert problem(await name(head, second, [officer.id, full.id])) == (409, "caseload_full")
        assert (await name(head, second, [officer.id, full.id], reason=why)).status_code == 200
        (kept,) = (await head.get(f"/cases/{second}/team")).json()["over_cap"]
        assert (kept["actor_id"], kept["reason"], kept["said_by"]) == (full.id, why, manager.id)
        seen = (await head.get(f"/staff/{full.id}/caseload")).json()
        assert (seen["open_cases"], seen["most"]) == (2, 1)
        own = {"role": "caseworker", "cap": 3}
        said = await head.post(f"/staff/{full.id}/caseload", json=own, headers={"If-Match": f'"{seen["version"]}"'})
        assert (said.json()["most"], said.json()["open_cases"]) == (3, 2)
        (third,) = await cases(client, 1, [full.id])
        (fourth,) = await cases(client, 1, [])
        assert problem(await name(client, fourth, [officer.id, full.id])) == (409, "caseload_full")
        ended = {"outcome": "completed", "assessment": {"safety": "safe", "summary": "Settled with friends."}}
        closed = await client.post(f"/cases/{first}/closure", json=ended, headers={"If-Match": '"1"'})
        assert closed.status_code == 200, closed.text
        assert (await name(client, fourth, [officer.id, full.id])).status_code == 200
        assert third != fourth


async def _accepted(client: httpx.AsyncClient) -> str:
    request_id = await ask(client)
    await client.post(f"/requests/{request_id}/screening", json={"in_scope": True}, headers={"If-Match": '"1"'})
    return request_id


async def test_caps_hold_whoever_names_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On PostgreSQL: eight cases at once for somebody who has room for three end as three."""
    monkeypatch.setattr("shared.database.engine.GROUP", 1)
    officer, manager, worker = staff("intake_officer"), staff("manager"), staff("caseworker")
    async with (
        open_room(blueprint(REFERRAL_KEY), tmp_path, "postgresql") as room,
        room.client(officer) as client,
        room.client(manager) as head,
    ):
        await cap(head, "caseworker", 3, worker.id)
        ids = await cases(client, 8, [])
        answers = await asyncio.gather(*(name(client, one, [officer.id, worker.id]) for one in ids))
        assert sorted(answer.status_code for answer in answers) == [200] * 3 + [409] * 5
        assert (await head.get(f"/staff/{worker.id}/caseload")).json()["open_cases"] == 3


async def test_who_knows_somebody_in_a_case_keeps_away_at_once(room: Room) -> None:
    """They see nothing of it from then on, the other services hear of it, and why is kept; nobody is left alone."""
    officer, relative, manager = staff("intake_officer"), staff("coordinator"), staff("manager")
    async with room.client(officer) as client, room.client(relative) as other, room.client(manager) as head:
        (case_id,) = await cases(client, 1, [relative.id])
        assert (await other.get(f"/cases/{case_id}")).status_code == 200
        reason = {"reason": "He is a cousin of my wife."}
        assert (await other.post(f"/cases/{case_id}/recusal", json=reason)).status_code == 200
        assert problem(await other.get(f"/cases/{case_id}")) == (404, "not_found")
        glass = {"reason": "Curious."}
        assert problem(await other.post(f"/cases/{case_id}/break-glass", json=glass)) == (404, "not_found")
        assert problem(await client.post(f"/cases/{case_id}/recusal", json=reason)) == (422, "nobody_left")
        team = (await head.get(f"/cases/{case_id}/team")).json()
        assert (team["assigned"], team["recused"]) == ([officer.id], [relative.id])
        (said,) = team["declared"]
        assert (said["actor_id"], said["reason"], team["assigns"]) == (relative.id, reason["reason"], True)
    changed = (await room.told(AccessChanged))[-1]
    assert (changed.assigned, changed.recused) == ((officer.id,), (relative.id,))


async def test_who_works_on_a_case_sees_who_else_does_and_not_why_somebody_keeps_away(room: Room) -> None:
    """A caseworker must know whom to ask and of whom to keep quiet; the reasons are for who says who is assigned."""
    officer, worker, cousin = staff("intake_officer"), staff("caseworker"), staff("coordinator")
    async with room.client(officer) as client, room.client(worker) as other, room.client(cousin) as away:
        (case_id,) = await cases(client, 1, [worker.id, cousin.id])
        await away.post(f"/cases/{case_id}/recusal", json={"reason": "He is a cousin of my wife."})
        seen = (await other.get(f"/cases/{case_id}/team")).json()
        assert (set(seen["assigned"]), seen["recused"]) == ({officer.id, worker.id}, [cousin.id])
        assert (seen["declared"], seen["assigns"]) == ([], False)
        told = (await client.get(f"/cases/{case_id}/team")).json()
        assert ([one["reason"] for one in told["declared"]], told["assigns"]) == (["He is a cousin of my wife."], True)
        assert problem(await away.get(f"/cases/{case_id}/team")) == (404, "not_found")
