"""Pages of lists that are in order of time, on both databases."""

from datetime import date, timedelta
from typing import Any

import httpx

from shared.clock import new_id
from shared.messaging.verdicts import Incoming
from tests.intake.test_way_to_a_plan import ADAM, accept, ask
from tests.support.consents import spoken
from tests.support.room import NOON, Room, staff

CLAIM = {"topic": "detained", "qualifier": "about", "definition": "Men held.", "source": "A newspaper."}


async def every(client: httpx.AsyncClient, url: str, limit: int) -> tuple[list[Any], list[int]]:
    """All items, and how many were on each page."""
    items: list[Any] = []
    sizes: list[int] = []
    after = ""
    while True:
        page = (await client.get(f"{url}limit={limit}{after}")).json()
        items += page["items"]
        sizes.append(len(page["items"]))
        if page["next"] is None:
            return items, sizes
        after = f"&after={page['next']}"


async def test_pages_follow_the_order_of_the_list_and_lose_nothing(room: Room) -> None:
    """Seven claims of three days, by twos: in order of their days, each once, and they disagree on every page."""
    days = [date(2017, 4, day) for day in (3, 1, 2, 1, 3, 2, 1)]
    async with room.client(staff("intake_officer")) as client:
        made = [
            (await client.post("/claims", json={**CLAIM, "value": 100 + n, "as_of": day.isoformat()})).json()["id"]
            for n, day in enumerate(days)
        ]
        items, sizes = await every(client, "/claims?topic=detained&", 2)
        page = (await client.get("/claims?topic=detained&limit=1")).json()
        foreign = (await client.get(f"/claims?topic=detained&after={new_id()}")).json()
    assert [one["as_of"] for one in items] == [day.isoformat() for day in sorted(days)]
    assert sorted(one["id"] for one in items) == sorted(made)
    assert (sizes, page["disagree"]) == ([2, 2, 2, 1], True)
    assert (foreign["items"], foreign["next"]) == ([], None)


async def test_what_is_added_meanwhile_neither_repeats_nor_hides(room: Room) -> None:
    """Consents given between two pages: those not yet seen come, and none comes twice."""
    async with room.client(staff("intake_officer")) as client:
        case_id = await accept(client, await ask(client), [ADAM], [])
        (person,) = (await client.get(f"/cases/{case_id}/people")).json()["people"]
        url, made = f"/people/{person['id']}/consents", []
        for day in range(5):
            room.clock.move(NOON + timedelta(days=day))
            given = await client.post(url, json=spoken("share_with_partner", f"Call {day}."))
            made.append(given.json()["id"])
            if day == 3:
                first = (await client.get(f"/cases/{case_id}/consents?limit=2")).json()
        page = (await client.get(f"/cases/{case_id}/consents?limit=200&after={first['next']}")).json()
    assert [one["id"] for one in first["items"] + page["items"]] == made
    assert [one["live"] for one in page["items"]] == [False, False, True]


async def test_a_cursor_that_was_settled_meanwhile_goes_on(room: Room) -> None:
    """An operator who settles the last event of a page still gets the next page."""
    for n in range(5):
        await room.inbox.receive("notify", [Incoming(f"notify.nothing.v1.{new_id()}", b"no envelope %d" % n, 1)])
    async with room.client(staff("operator")) as client:
        everything = [one["id"] for one in (await client.get("/parked")).json()["items"]]
        first = (await client.get("/parked?limit=2")).json()
        assert (await client.post(f"/parked/{first['next']}/discard")).status_code == 200
        rest = (await client.get(f"/parked?after={first['next']}")).json()
    assert len(everything) == 5
    assert [one["id"] for one in first["items"] + rest["items"]] == everything
    assert rest["next"] is None
