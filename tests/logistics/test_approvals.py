"""What waits for a second person, listed for those who may be that person and for nobody else."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from services.logistics.journeys.model.splits import approved_content
from shared.access import Actor
from shared.audit import AUDIT
from shared.clock import new_id
from tests.logistics.scene import ADULT, Group, assign, change, open_group
from tests.support.room import NOON, Room, problem, staff

REASON = "His visa came first and he is in danger now."
SAME = {"X-Correlation-Id": "0" * 32}


async def proposed(room: Room, *others: Actor) -> tuple[Group, dict[str, Any]]:
    """A group whose coordinator asks `others` to let one of them travel alone."""
    group = await open_group(room, [ADULT, ADULT])
    await assign(room, group, group.coordinator, *others)
    async with room.client(group.coordinator) as client:
        body = {"person_ids_apart": group.people[:1], "reason": REASON}
        return group, (await client.post(f"/cases/{group.case_id}/split", json=body)).json()


async def listed(room: Room, actor: Actor, query: str = "") -> list[dict[str, Any]]:
    async with room.client(actor) as client:
        answer = await client.get(f"/approvals{query}")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_what_waits_is_listed_for_who_may_decide_it(either_room: Room) -> None:
    """With how many have signed, until when, and where it is decided; the content stays at its slice."""
    room, second = either_room, staff("coordinator")
    group, split = await proposed(room, second)
    (item,) = await listed(room, second)
    approval_id = item.pop("id")
    assert item == {
        "kind": "split",
        "subject_id": split["id"],
        "case_id": group.case_id,
        "proposed_by": group.coordinator.id,
        "proposed_at": "2017-04-03T12:00:00Z",
        "expires_at": "2017-04-10T12:00:00Z",
        "needed": 1,
        "signed": 0,
        "decide_at": f"/splits/{split['id']}/decision",
    }
    async with room.client(second) as client:
        headers = {"If-Match": '"1"'}
        assert (await client.post(item["decide_at"], json={"approve": True}, headers=headers)).status_code == 200
        came = (await client.get(f"/approvals/{approval_id}")).json()
    assert (came["state"], came["signed"], came["used_at"]) == ("approved", 1, "2017-04-03T12:00:00Z")
    assert await listed(room, second) == []


async def test_it_waits_for_nobody_who_could_not_decide_it(room: Room) -> None:
    """Not the proposer, not another role, not a stranger, not who is recused; and a look is on the audit log."""
    second, caseworker, recused = staff("coordinator"), staff("caseworker"), staff("coordinator")
    group, _ = await proposed(room, second, caseworker, recused)
    await assign(room, group, group.coordinator, second, caseworker, recused, recused=[recused])
    (item,) = await listed(room, second)
    for nobody in (group.coordinator, caseworker, staff("coordinator"), recused):
        assert await listed(room, nobody) == []
    seen = [row for row in await room.rows(select(AUDIT)) if row["verb"] == "see_approvals"]
    assert (seen[0]["actor_id"], seen[0]["subjects"]) == (second.id, f'["{item["id"]}"]')


async def test_an_approval_of_others_answers_as_one_that_never_was(room: Room) -> None:
    """Byte for byte; who is assigned, and the proposer, may follow how far it came."""
    second, caseworker, stranger = staff("coordinator"), staff("caseworker"), staff("coordinator")
    group, _ = await proposed(room, second, caseworker)
    (item,) = await listed(room, second)
    for may in (second, caseworker, group.coordinator):
        async with room.client(may) as client:
            assert (await client.get(f"/approvals/{item['id']}")).json()["state"] == "open"
    async with room.client(stranger) as client:
        there, never = [await client.get(f"/approvals/{one}", headers=SAME) for one in (item["id"], new_id())]
    assert problem(there) == (404, "not_found")
    assert (there.content, dict(there.headers)) == (never.content, dict(never.headers))


async def test_the_list_is_paged_over_what_may_be_decided(room: Room) -> None:
    """A page is full although others' proposals lie between, and the pages together hold each item once."""
    second, caseworker = staff("coordinator"), staff("caseworker")
    mine = {(await proposed(room, second))[1]["id"] for _ in range(5)}
    for _ in range(5):
        await proposed(room, caseworker)
    pages, after = [], ""
    async with room.client(second) as client:
        while after is not None:
            page = (await client.get(f"/approvals?limit=2{after and f'&after={after}'}")).json()
            pages.append([item["subject_id"] for item in page["items"]])
            after = page["next"]
    assert [len(page) for page in pages] == [2, 2, 1]
    assert {subject for page in pages for subject in page} == mine


async def test_what_is_over_waits_for_nobody(room: Room) -> None:
    """From the instant of expiry on it is not listed, fired or not; the timer writes that down once."""
    second = staff("coordinator")
    group, split = await proposed(room, second)
    (item,) = await listed(room, second)
    room.clock.move(NOON + timedelta(days=7))
    assert await listed(room, second) == []
    assert await room.fire() == 1
    async with room.client(second) as client:
        came = (await client.get(f"/approvals/{item['id']}")).json()
        assert (came["state"], came["decided_at"]) == ("expired", "2017-04-10T12:00:00Z")
        assert problem(await change(client, "splits", {**split, "version": 2}, "decision", {"approve": True})) == (
            409,
            "approval_expired",
        )
    expired = [row for row in await room.rows(select(AUDIT)) if row["verb"] == "expire_split"]
    assert [(row["case_id"], row["subjects"]) for row in expired] == [(group.case_id, f'["{split["id"]}"]')]


def test_the_reason_is_part_of_what_is_signed() -> None:
    """Another reason, another person, another case: another thing to agree to."""
    contents = {
        approved_content("c", ["a"], "why"),
        approved_content("c", ["a"], "other"),
        approved_content("c", ["b"], "why"),
        approved_content("d", ["a"], "why"),
    }
    assert len(contents) == 4
