"""Assignment by team: who joins sees its cases, who leaves no longer does, and the others hear of persons only."""

import asyncio
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from services.intake.service import blueprint
from services.intake.staff.store import COLLEAGUES
from shared.access import Actor
from shared.contracts.intake import AccessChanged
from tests.intake.conftest import REFERRAL_KEY
from tests.intake.test_way_to_a_plan import ADAM, accept, ask
from tests.support.room import Room, open_room, problem, staff

OFFICER, MANAGER = staff("intake_officer"), staff("manager")


async def make_team(room: Room, *members: Actor) -> str:
    async with room.client(MANAGER) as client:
        made = await client.post("/teams", json={"name": "Night", "members": [who.id for who in members]})
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def change_team(room: Room, team_id: str, version: int, *members: Actor) -> httpx.Response:
    async with room.client(MANAGER) as client:
        body = {"name": "Night", "members": [who.id for who in members]}
        return await client.post(f"/teams/{team_id}", json=body, headers={"If-Match": f'"{version}"'})


@pytest.mark.parametrize("room", ["sqlite", "postgresql"], indirect=True)
async def test_colleagues_know_each_other_by_name(room: Room) -> None:
    """Introduced twice is once and changes nothing; one's own name is one's own to change, and a manager's."""
    robin, other = staff("caseworker"), staff("intake_officer")
    async with room.client(robin) as client:
        made = await client.post("/colleagues", json={"name": "  Robin "})
        again = await client.post("/colleagues", json={"name": "Robert"})
        blank = await client.post("/colleagues", json={"name": "  "})
    url, named = f"/colleagues/{robin.id}", {"If-Match": '"1"'}
    async with room.client(other) as client:
        foreign = await client.post(url, json={"name": "Rob"}, headers=named)
        unknown = await client.get(f"/colleagues/{other.id}")
        listed = (await client.get("/colleagues")).json()["items"]
    assert (made.json(), again.json()) == ({"id": robin.id, "name": "Robin", "version": 1},) * 2
    assert (blank.status_code, problem(foreign)) == (422, (403, "not_permitted"))
    assert (problem(unknown), [one["name"] for one in listed]) == ((404, "not_found"), ["Robin"])
    async with room.client(MANAGER) as client:
        renamed = await client.post(url, json={"name": "Kestrel"}, headers=named)
        stale = await client.post(url, json={"name": "Merlin"}, headers=named)
        seen = (await client.get(url)).json()
    assert (renamed.status_code, problem(stale)[0]) == (200, 412)
    assert seen == {"id": robin.id, "name": "Kestrel", "version": 2}
    (row,) = await room.rows(select(COLLEAGUES.c.name))
    assert b"Kestrel" not in row["name"].box


async def new_case(room: Room) -> str:
    async with room.client(OFFICER) as client:
        return await accept(client, await ask(client), [ADAM], [])


async def assign(
    room: Room,
    case_id: str,
    *,
    persons: tuple[Actor, ...] = (),
    teams: tuple[str, ...] = (),
    recused: tuple[Actor, ...] = (),
) -> httpx.Response:
    async with room.client(MANAGER) as client:
        version = (await client.get(f"/cases/{case_id}/team")).headers["ETag"]
        body = {"assigned": [it.id for it in persons], "teams": teams, "recused": [it.id for it in recused]}
        return await client.post(f"/cases/{case_id}/team", json=body, headers={"If-Match": version})


async def sees(room: Room, actor: Actor, case_id: str) -> bool:
    async with room.client(actor) as client:
        return (await client.get(f"/cases/{case_id}")).status_code == 200


async def last_told(room: Room, case_id: str) -> tuple[set[str], set[str]]:
    told = [one for one in await room.told(AccessChanged) if one.case_id == case_id]
    return set(told[-1].assigned), set(told[-1].recused)


async def test_a_team_that_changes_changes_all_its_cases(room: Room) -> None:
    """Two cases of the team follow, a third does not; who is named in person stays, and who is recused never comes."""
    mira, tomas, ada, eve = (staff("caseworker") for _ in range(4))
    team = await make_team(room, mira, tomas, eve)
    first, second, third = [await new_case(room) for _ in range(3)]
    assert (await assign(room, first, persons=(mira,), teams=(team,), recused=(eve,))).status_code == 200
    assert (await assign(room, second, teams=(team,))).status_code == 200
    assert await last_told(room, first) == ({mira.id, tomas.id}, {eve.id})
    assert [await sees(room, who, second) for who in (mira, tomas, ada, eve)] == [True, True, False, True]
    assert (await change_team(room, team, 1, ada, eve)).json()["version"] == 2
    assert [await sees(room, who, first) for who in (mira, tomas, ada, eve)] == [True, False, True, False]
    assert [await sees(room, who, second) for who in (mira, tomas, ada, eve)] == [False, False, True, True]
    assert await last_told(room, second) == ({ada.id, eve.id}, set())
    assert await last_told(room, third) == ({OFFICER.id}, set())
    async with room.client(MANAGER) as client:
        shown = (await client.get(f"/cases/{first}/team")).json()
    assert (shown["assigned"], shown["teams"], shown["recused"]) == ([mira.id], [team], [eve.id])


async def test_a_case_is_never_left_with_nobody(room: Room) -> None:
    """Neither by an assignment nor by a change of its team, which then changes nothing anywhere."""
    mira, tomas = staff("caseworker"), staff("caseworker")
    team, case_id = await make_team(room, mira), await new_case(room)
    assert problem(await assign(room, case_id, teams=(team,), recused=(mira,))) == (422, "nobody_left")
    assert problem(await assign(room, case_id, teams=("f" * 32,))) == (422, "unknown_team")
    await assign(room, case_id, teams=(team,))
    assert problem(await change_team(room, team, 1)) == (422, "nobody_left")
    assert await sees(room, mira, case_id)
    assert (await change_team(room, team, 1, tomas)).status_code == 200


async def test_managers_change_teams_and_officers_see_them(room: Room) -> None:
    """Others do neither; a stale version is refused."""
    team = await make_team(room, OFFICER)
    async with room.client(OFFICER) as client:
        assert [it["id"] for it in (await client.get("/teams")).json()["items"]] == [team]
        assert (await client.get(f"/teams/{team}")).json()["members"] == [OFFICER.id]
        assert problem(await client.get(f"/teams/{'f' * 32}")) == (404, "not_found")
        assert problem(await client.post("/teams", json={"name": "Day", "members": []})) == (403, "not_permitted")
    async with room.client(staff("caseworker")) as client:
        assert problem(await client.get("/teams")) == (403, "not_permitted")
    assert problem(await change_team(room, team, 7, OFFICER)) == (412, "stale_version")


@pytest.mark.parametrize("turn", range(3))
async def test_a_team_that_changes_while_it_is_assigned_ends_consistent(turn: int, tmp_path: Path) -> None:
    """On PostgreSQL, both at once on four cases: afterwards everybody on them is who the team has."""
    async with open_room(blueprint(REFERRAL_KEY), tmp_path, "postgresql") as room:
        before, after = staff("caseworker"), staff("caseworker")
        team = await make_team(room, before)
        cases = [await new_case(room) for _ in range(4)]
        assert (await assign(room, cases[0], teams=(team,))).status_code == 200
        both = [change_team(room, team, 1, after), *(assign(room, one, teams=(team,)) for one in cases[1:])]
        if turn:
            both.reverse()
        answers = await asyncio.gather(*both)
        assert [answer.status_code for answer in answers] == [200] * 4
        for case_id in cases:
            assert await last_told(room, case_id) == ({after.id}, set())
