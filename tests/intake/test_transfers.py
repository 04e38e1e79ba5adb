"""A case goes from one to another: never with nobody, never with both."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.intake.service import blueprint
from shared.contracts.intake import AccessChanged
from tests.intake.conftest import REFERRAL_KEY
from tests.intake.test_caseloads import cap, cases, name
from tests.support.room import NOON, Room, open_room, problem, staff


async def offer(client: httpx.AsyncClient, case_id: str, to: str) -> httpx.Response:
    return await client.post(f"/cases/{case_id}/transfers", json={"to": to, "note": "He trusts women more."})


async def answer(client: httpx.AsyncClient, transfer: dict[str, Any], *, accept: bool = True) -> httpx.Response:
    url, headers = f"/transfers/{transfer['id']}/answer", {"If-Match": f'"{transfer["version"]}"'}
    return await client.post(url, json={"accept": accept}, headers=headers)


async def test_the_giver_loses_the_case_the_moment_the_taker_accepts(room: Room) -> None:
    """Both see the offer meanwhile, and the taker not the case; the duties go along; the other services are told."""
    giver, taker, colleague = staff("intake_officer"), staff("caseworker"), staff("coordinator")
    async with room.client(giver) as client, room.client(taker) as other:
        (case_id,) = await cases(client, 1, [colleague.id])
        task = {
            "text": "Call the aunt back.",
            "due_at": "2017-04-05T12:00:00Z",
            "falls_to": "person",
            "who_id": giver.id,
        }
        assert (await client.post(f"/cases/{case_id}/duties", json=task)).status_code == 201
        offered = (await offer(client, case_id, taker.id)).json()
        assert problem(await offer(client, case_id, staff().id)) == (409, "already_offered")
        assert problem(await other.get(f"/cases/{case_id}")) == (404, "not_found")
        for party in (client, other):
            (waits,) = (await party.get("/transfers")).json()["items"]
            assert (waits["id"], waits["state"], waits["note"]) == (offered["id"], "pending", "He trusts women more.")
        async with room.client(colleague) as third:
            assert problem(await third.get(f"/transfers/{offered['id']}")) == (404, "not_found")
        assert problem(await answer(client, offered)) == (403, "not_permitted")
        assert (await client.get(f"/cases/{case_id}")).status_code == 200
        taken = await answer(other, offered)
        assert (taken.json()["state"], taken.json()["version"]) == ("accepted", 2)
        assert problem(await client.get(f"/cases/{case_id}")) == (404, "not_found")
        assert (await other.get(f"/cases/{case_id}")).status_code == 200
        assert (await client.get("/duties")).json()["items"] == []
        (duty,) = (await other.get("/duties")).json()["items"]
        assert (duty["text"], duty["who_id"]) == ("Call the aunt back.", taker.id)
        assert problem(await answer(other, taken.json())) == (409, "not_pending")
    assert (await room.told(AccessChanged))[-1].assigned == tuple(sorted((taker.id, colleague.id)))


async def test_an_offer_that_nobody_answers_runs_out_and_the_giver_keeps_the_case(room: Room) -> None:
    """Declined, taken back or run out: the case stays where it was, and another can be asked."""
    giver, taker, manager = staff("intake_officer"), staff("caseworker"), staff("manager")
    async with room.client(giver) as client, room.client(taker) as other, room.client(manager) as head:
        (case_id,) = await cases(client, 1, [])
        first = (await offer(client, case_id, taker.id)).json()
        assert (await answer(other, first, accept=False)).json()["state"] == "declined"
        second = (await offer(client, case_id, taker.id)).json()
        url, seen = f"/transfers/{second['id']}/withdrawal", {"If-Match": '"1"'}
        assert problem(await other.post(url, headers=seen)) == (403, "not_permitted")
        assert (await head.post(url, headers=seen)).json()["state"] == "withdrawn"
        third = (await offer(client, case_id, taker.id)).json()
        room.clock.move(NOON + timedelta(days=3))
        assert problem(await answer(other, third)) == (409, "not_pending")
        await room.fire()
        assert (await client.get(f"/transfers/{third['id']}")).json()["state"] == "expired"
        assert (await client.get("/transfers")).json()["items"] == []
        assert (await client.get(f"/cases/{case_id}")).status_code == 200
        assert (await offer(client, case_id, taker.id)).status_code == 201
    assert len(await room.told(AccessChanged)) == 1


async def test_only_who_can_leave_a_case_gives_it_and_only_who_may_have_it_takes_it(room: Room) -> None:
    """Not who is there by a team, not to who is on it, recused or full; not what was taken from the giver meanwhile."""
    giver, taker, away, manager = staff("intake_officer"), staff("caseworker"), staff("caseworker"), staff("manager")
    async with room.client(giver) as client, room.client(taker) as other, room.client(manager) as head:
        case_id, full = await cases(client, 2, [])
        team = (await head.post("/teams", json={"name": "Day", "members": [giver.id]})).json()
        body = {"assigned": [giver.id], "teams": [team["id"]], "recused": [away.id]}
        url = f"/cases/{case_id}/team"
        assert (await head.post(url, json=body, headers={"If-Match": '"1"'})).status_code == 200
        assert problem(await offer(client, case_id, taker.id)) == (409, "still_by_team")
        assert problem(await offer(client, case_id, away.id)) == (409, "cannot_take_it")
        assert problem(await offer(client, case_id, giver.id)) == (409, "already_on_the_case")
        await cap(head, "caseworker", 1, taker.id)
        offered = (await offer(client, full, taker.id)).json()
        assert (await head.post(url, json={"assigned": [taker.id]}, headers={"If-Match": '"2"'})).status_code == 200
        assert problem(await answer(other, offered)) == (409, "caseload_full")
        assert (await head.post(f"/staff/{taker.id}/caseload", json={"cap": 9}, headers={"If-Match": '"2"'})).is_success
        assert (await name(head, full, [manager.id])).status_code == 200
        assert problem(await answer(other, offered)) == (409, "not_yours_to_give")


async def test_an_acceptance_and_a_withdrawal_at_once_are_one_of_the_two(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL: exactly one of giver and taker has the case afterwards."""
    monkeypatch.setattr("shared.database.engine.GROUP", 1)
    giver, taker = staff("intake_officer"), staff("caseworker")
    async with (
        open_room(blueprint(REFERRAL_KEY), tmp_path, "postgresql") as room,
        room.client(giver) as client,
        room.client(taker) as other,
    ):
        for case_id in await cases(client, 4, []):
            offered = (await offer(client, case_id, taker.id)).json()
            url = f"/transfers/{offered['id']}/withdrawal"
            answers = await asyncio.gather(
                answer(other, offered), answer(other, offered), client.post(url, headers={"If-Match": '"1"'})
            )
            assert [one.status_code for one in answers].count(200) == 1
            has = [(await one.get(f"/cases/{case_id}")).status_code for one in (client, other)]
            assert sorted(has) == [200, 404]
            assert (has == [404, 200]) is (answers[2].status_code != 200)
