"""Requests that are one ask go on as one, and part again exactly as they were."""

from typing import Any

import httpx
from sqlalchemy import select

from services.intake.requests.store.history import APART, MERGES
from services.intake.requests.store.requests import REQUESTS
from shared.audit.rows import AUDIT
from shared.clock import new_id
from tests.intake.test_queue import post, queue
from tests.intake.test_way_to_a_plan import ADAM, accept, ask
from tests.support.room import Room, problem, staff


async def seen(client: httpx.AsyncClient, request_id: str) -> dict[str, Any]:
    return dict((await client.get(f"/requests/{request_id}")).json())


async def merge(client: httpx.AsyncClient, request_id: str, into: str) -> httpx.Response:
    version = (await seen(client, request_id))["version"]
    return await post(client, f"/requests/{request_id}/merge", version, into=into)


async def unmerge(client: httpx.AsyncClient, request_id: str) -> httpx.Response:
    return await post(client, f"/requests/{request_id}/unmerge", (await seen(client, request_id))["version"])


async def found(client: httpx.AsyncClient, words: str) -> set[str]:
    return {hit["id"] for hit in (await client.post("/search", json={"words": words})).json()["items"]}


async def test_what_was_merged_parts_exactly_as_it_was(room: Room) -> None:
    """A chain of three: the middle one leaves with what had been merged into it, in the states they had; everything
    told and the log are as before, and the log has grown by what was done; those who parted are flagged no more."""
    async with room.client(staff("intake_officer")) as client:
        first, middle, last = [await ask(client) for _ in range(3)]
        await post(client, f"/requests/{middle}/screening", in_scope=True, urgency="urgent")
        before = {one: await seen(client, one) for one in (first, middle, last)}
        line = await queue(client)
        assert (await merge(client, last, middle)).json()["merged_into"] == middle
        assert (await merge(client, middle, first)).json()["state"] == "merged"
        assert (await seen(client, last))["merged_into"] == first
        assert await queue(client) == [first]
        assert (await unmerge(client, middle)).json()["state"] == "in_scope"
        assert ((await seen(client, last))["merged_into"], (await seen(client, last))["state"]) == (middle, "merged")
        assert (await unmerge(client, last)).json()["state"] == "new"
        assert problem(await unmerge(client, last)) == (409, "not_merged")
        after = {one: await seen(client, one) for one in (first, middle, last)}
        assert await queue(client) == line
    apart = {first: [middle], middle: sorted([first, last]), last: [middle]}
    for one in (first, middle, last):
        known = {"version": 0, "possible_duplicates": [], "apart": apart[one]}
        flagged = [other for other in before[one]["possible_duplicates"] if other not in apart[one]]
        assert {**before[one], **known, "possible_duplicates": flagged} == {**after[one], "version": 0}
    kept = await room.rows(select(MERGES.c.request_id, MERGES.c.into_id, MERGES.c.undone_at).order_by(MERGES.c.at))
    assert {(row["request_id"], row["into_id"]) for row in kept} == {(last, middle), (middle, first)}
    assert all(row["undone_at"] for row in kept)
    verbs = [row["verb"] for row in await room.rows(select(AUDIT.c.verb))]
    assert (verbs.count("merge_request"), verbs.count("unmerge_request")) == (2, 2)


async def test_two_people_are_not_flagged_again_until_that_is_taken_back(room: Room) -> None:
    """Parted once, they are neither flagged nor merged, nor is whatever goes on as one with either; taken back, all is
    as before. It is found without a merge too, and is on the log each time."""
    async with room.client(staff("intake_officer")) as client:
        one, two, third = [await ask(client) for _ in range(3)]
        await merge(client, two, one)
        await unmerge(client, two)
        assert ((await seen(client, two))["possible_duplicates"], (await seen(client, two))["apart"]) == (
            [third],
            [one],
        )
        assert ((await seen(client, one))["possible_duplicates"], (await seen(client, one))["apart"]) == (
            [third],
            [two],
        )
        assert problem(await merge(client, two, one)) == (409, "two_people")
        assert (await merge(client, third, two)).status_code == 200
        assert (await seen(client, one))["possible_duplicates"] == []
        assert (await seen(client, third))["apart"] == [one]
        assert problem(await merge(client, one, third)) == (409, "wrong_state")
        assert problem(await merge(client, one, two)) == (409, "two_people")
        assert problem(await post(client, f"/requests/{one}/apart", 1, other=one)) == (422, "same_request")
        assert problem(await post(client, f"/requests/{one}/apart", 1, other=third)) == (409, "two_people")
        assert problem(await post(client, f"/requests/{third}/apart", 2, other=two)) == (409, "merged")
        back = await post(client, f"/requests/{one}/apart/withdrawal", 1, other=third)
        assert (back.status_code, back.json()["version"]) == (200, 2)
        assert (await seen(client, one))["possible_duplicates"] == sorted([two, third])
        assert problem(await post(client, f"/requests/{one}/apart/withdrawal", 2, other=two)) == (409, "not_apart")
        assert (await merge(client, one, two)).status_code == 200
        await unmerge(client, one)
        await unmerge(client, third)
        assert (await seen(client, third))["possible_duplicates"] == [one]
        kept = await post(client, f"/requests/{third}/apart", 3, other=one)
        assert kept.status_code == 200, kept.text
        assert problem(await post(client, f"/requests/{third}/apart/withdrawal", 3, other=one)) == (
            412,
            "stale_version",
        )
        assert (await seen(client, third))["possible_duplicates"] == []
    verbs = [row["verb"] for row in await room.rows(select(AUDIT.c.verb))]
    assert (verbs.count("keep_apart"), verbs.count("take_back_apart")) == (1, 1)
    rows = await room.rows(select(APART.c.undone_at))
    assert sorted(row["undone_at"] is None for row in rows) == [False, True, True, True]


async def test_whose_other_request_is_of_a_case_is_named_to_nobody_who_may_not_see_it(room: Room) -> None:
    """The one goes on alone after an unmerge from a case; an officer who is not on that case reads nothing of it, and
    asks in vain, as for what is not there. Forgotten, the other leaves no finding behind."""
    from services.intake.requests.actions import forget
    from shared.work import Batch, Cause

    async with room.client(staff("intake_officer")) as client, room.client(staff("intake_officer")) as far:
        first, second = await ask(client), await ask(client)
        await merge(client, second, first)
        await post(client, f"/requests/{first}/screening", in_scope=True)
        opened = await post(client, f"/requests/{first}/case", 2, code_name="Heron 7", people=[ADAM])
        assert opened.status_code == 201, opened.text
        await unmerge(client, second)
        assert (await seen(client, second))["apart"] == [first]
        shown = await seen(far, second)
        assert (shown["apart"], shown["possible_duplicates"]) == ([], [])
        version = shown["version"]
        asked = [
            await post(far, f"/requests/{second}/apart/withdrawal", version, other=other) for other in (first, new_id())
        ]
        assert problem(asked[0]) == problem(asked[1]) == (404, "not_found")

        async def job(tx: Any) -> None:
            async with Batch.of(tx, room.tools).work(staff("data_protection"), Cause(first)) as work:
                await forget(work, [second], None)

        await room.database.transact(job)
    assert await room.rows(select(APART)) == []


async def test_each_keeps_what_it_said_while_they_go_on_as_one(room: Room) -> None:
    """A merged request is still read, with its own words and its own key; nothing is merged by itself."""
    async with room.client(staff("intake_officer")) as client:
        first = await ask(client, story="The first time.")
        second = await ask(client, story="The second time.")
        assert (await seen(client, second))["possible_duplicates"] == [first]
        assert (await seen(client, second))["state"] == "new"
        await merge(client, second, first)
        assert (await seen(client, second))["story"] == "The second time."
        assert (await seen(client, first))["story"] == "The first time."


async def test_a_request_leaves_the_case_that_it_was_merged_into(room: Room) -> None:
    """It was of somebody else: assigned staff take it out, every officer sees it again, and so does the search."""
    officer, other = staff("intake_officer"), staff("intake_officer")
    async with room.client(officer) as client, room.client(other) as far:
        first, second = await ask(client, name="Adam Test"), await ask(client, name="Adem Test")
        await merge(client, second, first)
        await post(client, f"/requests/{first}/screening", in_scope=True)
        opened = await post(client, f"/requests/{first}/case", 2, code_name="Heron 7", people=[ADAM])
        assert opened.status_code == 201, opened.text
        assert (await seen(client, second))["case_id"] == opened.json()["id"]
        assert problem(await post(far, f"/requests/{second}/unmerge", 2)) == (404, "not_found")
        assert await found(far, "Adem Test") == set()
        assert (await unmerge(client, second)).json()["case_id"] is None
        assert (await seen(far, second))["state"] == "new"
        assert await found(far, "Adem Test") == {second}
        assert await queue(far) == [second]


async def test_what_was_merged_into_something_erased_goes_on(room: Room) -> None:
    """When a request is forgotten, one that was merged into it and is not forgotten is as it was, and can be read."""
    from services.intake.requests.actions import forget
    from shared.work import Batch, Cause

    async with room.client(staff("intake_officer")) as client:
        first, second = await ask(client), await ask(client)
        await merge(client, second, first)

        async def job(tx: Any) -> None:
            async with Batch.of(tx, room.tools).work(staff("data_protection"), Cause(first)) as work:
                await forget(work, [first], None)

        await room.database.transact(job)
        assert ((await seen(client, second))["state"], await queue(client)) == ("new", [second])
    assert [row["id"] for row in await room.rows(select(REQUESTS.c.id))] == [second]
    assert await room.rows(select(MERGES)) == []


async def test_who_works_on_a_case_finds_what_was_asked(room: Room) -> None:
    """Its requests, also one that was merged into it; whoever does not see the case learns of none."""
    worker, stranger = staff("caseworker"), staff("caseworker")
    async with room.client(staff("intake_officer")) as client, room.client(worker) as other:
        first, second = await ask(client), await ask(client)
        await client.post(f"/requests/{second}/merge", json={"into": first}, headers={"If-Match": '"1"'})
        case_id = await accept(client, first, [ADAM], [worker.id])
        await ask(client)
        found = (await other.get(f"/cases/{case_id}/requests")).json()["items"]
        assert {(one["id"], one["state"]) for one in found} == {(first, "accepted"), (second, "merged")}
        async with room.client(stranger) as outside:
            assert problem(await outside.get(f"/cases/{case_id}/requests")) == (404, "not_found")
