"""Houses: registered, moved on, and never given away."""

from sqlalchemy import select

from services.logistics.safe_houses.store.houses import HOUSES
from shared.access import Resource
from shared.audit import AUDIT
from shared.clock import new_id
from shared.contracts.logistics import StayChanged
from tests.logistics.scene import ADDRESS, active_house, change, hold, move_house, open_group
from tests.support.room import Room, problem, staff


async def test_the_address_is_shown_to_coordinator_and_keeper_only(room: Room) -> None:
    """Whoever is neither a coordinator nor the keeper of this house does not learn that it exists."""
    keeper, other_keeper = staff("keeper"), staff("keeper")
    async with room.client(staff("coordinator")) as client:
        house = await active_house(client, keeper_id=keeper.id)
        assert (await client.get(f"/houses/{house['id']}")).json()["address"] == ADDRESS
    async with room.client(keeper) as client:
        assert (await client.get(f"/houses/{house['id']}")).json()["address"] == ADDRESS
        assert [it["id"] for it in (await client.get("/houses")).json()["items"]] == [house["id"]]
        assert problem(await move_house(client, house, "paused")) == (403, "not_permitted")
    for stranger in (other_keeper, staff("caseworker"), staff("manager")):
        async with room.client(stranger) as client:
            seen = await client.get(f"/houses/{house['id']}")
            unknown = await client.get(f"/houses/{new_id()}")
            assert problem(seen) == problem(unknown) == (404, "not_found")
            assert (await client.get("/houses")).json() == {"items": [], "next": None}


async def test_the_list_is_paged_and_shows_no_address(room: Room) -> None:
    """Houses come a page at a time, each once, without where they are."""
    async with room.client(staff("coordinator")) as client:
        made = {(await active_house(client, code_name=name))["id"] for name in ("Lantern", "Willow", "Harbour")}
        first = (await client.get("/houses?limit=2")).json()
        second = (await client.get(f"/houses?limit=2&after={first['next']}")).json()
    items = first["items"] + second["items"]
    assert [len(first["items"]), len(second["items"]), second["next"]] == [2, 1, None]
    assert {it["id"] for it in items} == made
    assert all("address" not in it for it in items)


async def test_every_look_at_an_address_is_on_the_log(room: Room) -> None:
    """An address that was shown stands in the audit log with who saw it."""
    coordinator = staff("coordinator")
    async with room.client(coordinator) as client:
        house = await active_house(client)
        await client.get(f"/houses/{house['id']}")
    looks = await room.rows(select(AUDIT).where(AUDIT.c.verb == "see_address"))
    assert [(row["actor_id"], house["id"] in row["subjects"]) for row in looks] == [(coordinator.id, True)]


async def test_the_address_is_written_nowhere_in_clear(room: Room) -> None:
    """Two addresses of different length are ciphertexts of one length, and no event carries either."""
    async with room.client(staff("coordinator")) as client:
        await active_house(client)
        await active_house(client, code_name="Willow", address="1")
    boxes = [row["address"].box for row in await room.rows(select(HOUSES.c.address))]
    assert len({len(box) for box in boxes}) == 1
    assert not any(ADDRESS.encode() in box for box in boxes)
    assert await room.told() == []


async def test_a_code_name_is_used_once(room: Room) -> None:
    """A second house cannot have the code name of another."""
    async with room.client(staff("coordinator")) as client:
        await active_house(client)
        body = {"code_name": "Lantern", "region": "south", "beds": 1, "address": "2 Quiet Street"}
        assert problem(await client.post("/houses", json=body)) == (409, "code_name_in_use")


async def test_two_who_move_a_house_at_once_find_out(room: Room) -> None:
    """A change needs the version that was seen: 428 without one, 412 with an old one."""
    async with room.client(staff("coordinator")) as client:
        house = await active_house(client)
        without = await client.post(f"/houses/{house['id']}/state", json={"state": "paused"})
        assert problem(without) == (428, "if_match_required")
        old = {**house, "version": house["version"] - 1}
        assert problem(await move_house(client, old, "paused")) == (412, "stale_version")
        assert (await move_house(client, house, "paused")).headers["ETag"] == f'"{house["version"] + 1}"'


async def test_nobody_comes_to_a_compromised_house(room: Room) -> None:
    """When a house is compromised, expected people are let go, sheltered ones stay its concern until it is empty."""
    coming = await open_group(room)
    inside = await open_group(room, coordinator=coming.coordinator)
    async with room.client(coming.coordinator) as client:
        house = await active_house(client, max_cases=2)
        held = (await hold(client, house, coming)).json()
        stay = (await change(client, "stays", (await hold(client, house, inside)).json(), "arrival")).json()
        house = (await move_house(client, house, "compromised")).json()
        assert house["beds_free"] == 1
        assert problem(await change(client, "stays", held, "arrival")) == (409, "wrong_state")
        assert problem(await hold(client, house, coming)) == (409, "house_not_active")
        assert problem(await move_house(client, house, "evacuated")) == (409, "house_occupied")
        await change(client, "stays", stay, "end")
        assert (await move_house(client, house, "evacuated")).json()["state"] == "evacuated"
    told = [(it.case_id, it.state) for it in await room.told(StayChanged)]
    assert (coming.case_id, "released") in told


async def test_the_list_shows_what_the_policies_permit(room: Room) -> None:
    """A house is in somebody's list exactly when the policies let them see it."""
    keeper = staff("keeper")
    async with room.client(staff("coordinator")) as client:
        kept = await active_house(client, keeper_id=keeper.id)
        other = await active_house(client, code_name="Willow")
    for actor in (keeper, staff("coordinator"), staff("caseworker"), staff()):
        async with room.client(actor) as client:
            listed = {it["id"] for it in (await client.get("/houses")).json()["items"]}
        for house in (kept, other):
            resource = Resource("House", house["id"], {"keeper": house["keeper_id"] or ""})
            assert room.tools.policies.allows(actor, "see_house", resource) == (house["id"] in listed)
