"""The ledger of published numbers."""

from typing import Any

import httpx

from tests.support.room import Room, problem, staff

CLAIM = {"topic": "detained", "qualifier": "at_least", "definition": "Men held.", "as_of": "2017-04-01", "source": "A"}


async def test_a_number_is_one_that_can_be_kept(room: Room) -> None:
    """The largest count is written down as it was said; one more is refused, and nothing falls."""
    async with room.client(staff("analyst")) as client:
        kept = await client.post("/claims", json={**CLAIM, "value": 2_000_000_000})
        refused = await client.post("/claims", json={**CLAIM, "value": 2_000_000_001})
        (claim,) = (await client.get("/claims", params={"topic": "detained"})).json()["items"]
    assert (kept.status_code, claim["value"]) == (201, 2_000_000_000)
    assert problem(refused) == (422, "invalid_input")


async def test_numbers_that_disagree_stand_side_by_side_with_what_was_wrong_in_them(room: Room) -> None:
    """Two sources, two definitions: both stay. A check says by whom and how; an erratum overwrites nothing."""
    analyst = staff("analyst")
    async with room.client(analyst) as client:
        ids = [
            await record(client, **it) for it in ({"value": 100}, {"value": 54, "source": "B", "definition": "Men."})
        ]
        ids.append(await record(client, value=100, source="C", as_of="2017-04-02"))
        both = await seen(client)
        defined = {it["source"]: it["definition_version"] for it in both["items"]}
        assert (both["disagree"], defined) == (True, {"A": 1, "B": 2, "C": 1})
        assert told(both) == [("at_least", 54, 1), ("at_least", 100, 2)]
        checked = await client.post(f"/claims/{ids[0]}/verification", json={"how": "Two lists."}, headers=version(1))
        assert [checked.json()[it] for it in ("verified", "how_verified", "verified_by")] == [
            True,
            "Two lists.",
            analyst.id,
        ]
        twice = await client.post(f"/claims/{ids[0]}/verification", json={"how": "Again."}, headers=version(2))
        assert problem(twice) == (409, "verified_before")
        wrong = {"value": 98, "qualifier": "exactly", "note": "Two were counted twice."}
        corrected = (await client.post(f"/claims/{ids[0]}/errata", json=wrong, headers=version(2))).json()
        assert (corrected["value"], corrected["present"]) == (100, {"qualifier": "exactly", "value": 98})
        gone = {"value": None, "note": "The source took it back."}
        await client.post(f"/claims/{ids[1]}/errata", json=gone, headers=version(1))
        again = await client.post(f"/claims/{ids[1]}/errata", json=gone, headers=version(2))
        assert problem(again) == (409, "taken_back")
        assert told(await seen(client)) == [("exactly", 98, 1), ("at_least", 100, 1)]
        (late,) = [it for it in (await seen(client))["items"] if it["id"] == ids[1]]
        assert (late["value"], late["present"], late["errata"][0]["note"]) == (54, None, "The source took it back.")
        said = (await client.get("/claim-definitions", params={"topic": "detained"})).json()["definitions"]
        assert [(it["number"], it["definition"]) for it in said] == [(1, "Men held."), (2, "Men.")]
        unsaid = await client.post("/claims", json={**CLAIM, "value": 1, "verified": True})
        assert problem(unsaid) == (422, "how_missing")


async def record(client: httpx.AsyncClient, **other: object) -> str:
    answer = await client.post("/claims", json={**CLAIM, **other})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def seen(client: httpx.AsyncClient) -> dict[str, Any]:
    return dict((await client.get("/claims", params={"topic": "detained"})).json())


def told(claims: dict[str, Any]) -> list[tuple[str, int, int]]:
    return [(it["qualifier"], it["value"], len(it["claims"])) for it in claims["numbers"]]


def version(number: int) -> dict[str, str]:
    return {"If-Match": f'"{number}"'}
