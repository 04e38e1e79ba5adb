"""Two people who edit at once, and people who look twice."""

import httpx
from sqlalchemy import select

from shared.audit import AUDIT
from tests.intake.test_way_to_a_plan import ADAM, accept, ask, check, decide, propose
from tests.support.room import Room, problem, staff
from tests.web.hall import Hall

TRIAGE = {"codes": ["threat.hunted"], "priority": "urgent", "reason": "A neighbour asked."}


async def verified(room: Room, officer: httpx.AsyncClient, reviewer: httpx.AsyncClient, team: list[str]) -> str:
    case_id = await accept(officer, await ask(officer), [ADAM], team)
    await check(officer, case_id)
    proposed = await propose(officer, case_id)
    assert (await decide(reviewer, proposed.json())).status_code == 200
    return case_id


async def test_who_comes_second_sees_what_the_first_did(room: Room) -> None:
    """412 with both versions and the case as its own route shows it now; the look is on the log, the change is not."""
    me, reviewer = staff("intake_officer"), staff("reviewer")
    async with room.client(me) as client, room.client(reviewer) as other:
        case_id = await verified(room, client, other, [reviewer.id])
        url, seen = f"/cases/{case_id}/triage", {"If-Match": '"4"'}
        assert (await client.post(url, json=TRIAGE, headers=seen)).status_code == 200
        second = await client.post(url, json={**TRIAGE, "priority": "emergency"}, headers=seen)
        shown = (await client.get(f"/cases/{case_id}")).json()
    assert problem(second) == (412, "stale_version")
    told = second.json()
    assert (told["your_version"], told["present_version"]) == (4, 5)
    assert told["present"] == shown
    assert (shown["priority"], shown["priority_reason"], shown["version"]) == ("urgent", "A neighbour asked.", 5)
    verbs = [row["verb"] for row in await room.rows(select(AUDIT.c.verb).order_by(AUDIT.c.seq))]
    assert verbs[-4:] == ["triage_case", "assign_duty", "see_case", "see_case"]


async def test_a_part_with_a_look_of_its_own_is_shown_as_that(room: Room) -> None:
    """A stale team shows the team."""
    me = staff("intake_officer", "coordinator")
    async with room.client(me) as client:
        case_id = await accept(client, await ask(client), [ADAM], [])
        stale = await client.post(f"/cases/{case_id}/team", json={"assigned": [me.id]}, headers={"If-Match": '"7"'})
    assert problem(stale) == (412, "stale_version")
    assert stale.json()["present"] == {
        **{"assigned": [me.id], "recused": [], "teams": [], "version": 1},
        **{"over_cap": [], "declared": [], "assigns": True},
    }
    assert (stale.json()["your_version"], stale.json()["present_version"]) == (7, 1)


async def test_the_version_must_be_named_and_be_one(room: Room) -> None:
    """Without If-Match 428, with anything but one strong ETag 400; a mark behind the version is fine."""
    async with room.client(staff("intake_officer")) as client:
        url, body = f"/requests/{await ask(client)}/screening", {"in_scope": True}
        assert problem(await client.post(url, json=body)) == (428, "if_match_required")
        for wrong in ("*", "1", 'W/"1"', '"one"', '"1", "2"', '"-1"', '"1-xyz"'):
            answer = await client.post(url, json=body, headers={"If-Match": wrong})
            assert problem(answer) == (400, "if_match_malformed"), wrong
        assert (await client.post(url, json=body, headers={"If-Match": '"1-0123456789ab"'})).status_code == 200


async def test_who_has_it_already_is_not_sent_it_again(room: Room) -> None:
    """304 without a body while nothing changed, and a look all the same; then the new one with a new ETag."""
    async with room.client(staff("intake_officer")) as client:
        request_id = await ask(client)
        url = f"/requests/{request_id}"
        first = await client.get(url)
        known = {"If-None-Match": first.headers["ETag"]}
        same = await client.get(url, headers=known)
        assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", first.headers["ETag"])
        assert same.headers["cache-control"] == "no-store"
        await ask(client, name="Adam Test")
        other = await client.get(url, headers=known)
        assert other.json()["version"] == 1
        assert (other.status_code, other.headers["ETag"] == first.headers["ETag"]) == (200, False)
        change = await client.post(
            f"{url}/screening", json={"in_scope": True}, headers={"If-Match": other.headers["ETag"]}
        )
        assert change.status_code == 200
    looks = await room.rows(select(AUDIT.c.verb).where(AUDIT.c.verb == "see_request"))
    assert len(looks) == 3


async def test_who_may_not_see_it_learns_only_that_it_changed() -> None:
    """The same stale change by two people: one gets versions and state, the other neither."""
    hall = Hall()
    headers = {"If-Match": '"3"', "Idempotency-Key": "k" * 8}
    answers = []
    for roles in (("seer",), ()):
        async with hall.client(hall.token(None, *roles)) as client:
            answers.append(await client.post("/things/x/turn", headers=headers))
    assert [problem(answer) for answer in answers] == [(412, "stale_version")] * 2
    seen, unseen = (answer.json() for answer in answers)
    assert (seen["your_version"], seen["present_version"], seen["present"]) == (3, 9, {"version": 9})
    assert set(unseen) == {"type", "title", "status", "code", "detail", "instance"}
    assert not any(figure in unseen["detail"] for figure in "39")


async def test_two_who_add_at_once_are_asked_to_send_again() -> None:
    """Who named no version cannot have an old one: 409, and the same request may be sent again."""
    hall = Hall()
    async with hall.client(hall.token()) as client:
        answer = await client.post("/things/x/parts", headers={"Idempotency-Key": "k" * 8})
    assert problem(answer) == (409, "changed_meanwhile")
