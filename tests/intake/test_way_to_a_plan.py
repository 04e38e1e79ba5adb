"""From a request to a planned case, through intake's API."""

from typing import Any

import httpx
from httpx import Response

from shared.access import Actor
from shared.clock import new_id
from shared.contracts.intake import AccessChanged, CaseOpened, CaseStateChanged
from tests.support.room import Room, problem, staff

WHISPER = {
    "channel": "messenger",
    "language": "ru",
    "asked_by": "self",
    "name": "Adam Test",
    "contact": "+7 900 000-00-01",
    "country": "RU",
    "story": "They came to the house of a friend last night.",
}
ADAM = {"name_in_use": "Adam", "pronouns": "he", "born_on": "1994-02-11", "country_of_danger": "RU"}
ITEM = {
    "kind": "partner_statement",
    "source": "The northern network, by its second voice",
    "supports": "persecution",
    "result": "verified",
    "note": "They know the family, and of the raid.",
}
TALK = {
    "held_at": "2017-04-03T11:00:00Z",
    "by": "us",
    "language": "ce",
    "interpreter": "Interpreter Seven",
    "summary": "He was held for eleven days in a cellar.",
}
PLAN = {
    "goals": [{"text": "Shelter", "due_on": "2017-04-10"}],
    "safety": {
        "warning_signs": ["A grey car before the house"],
        "safe_places": ["The bakery at the corner"],
        "contacts": ["Aunt Seda, who has a second telephone"],
        "steps": ["Leave by the yard, take nothing"],
    },
    "review_on": "2017-05-02",
}
MINOR = {"name_in_use": "Mila", "pronouns": "she", "born_on": "2008-05-01", "country_of_danger": "RU"}


async def ask(client: httpx.AsyncClient, **other: str) -> str:
    answer = await client.post("/requests", json={**WHISPER, **other})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def accept(client: httpx.AsyncClient, request_id: str, people: list[dict[str, str]], team: list[str]) -> str:
    screened = await client.post(
        f"/requests/{request_id}/screening", json={"in_scope": True}, headers={"If-Match": '"1"'}
    )
    assert screened.status_code == 200, screened.text
    body = {"code_name": f"Heron {request_id[:6]}", "people": people, "team": team}
    opened = await client.post(
        f"/requests/{request_id}/case", json=body, headers={"If-Match": screened.headers["ETag"]}
    )
    assert opened.status_code == 201, opened.text
    return str(opened.json()["id"])


async def record(client: httpx.AsyncClient, case_id: str, **other: str) -> None:
    answer = await client.post(f"/cases/{case_id}/verification/items", json={**ITEM, **other})
    assert answer.status_code == 201, answer.text


async def interview(client: httpx.AsyncClient, case_id: str, **other: str) -> None:
    """Of the principal applicant, by whoever records it unless somebody is named."""
    person = (await client.get(f"/cases/{case_id}/people")).json()["people"][0]["id"]
    body = {**TALK, "person_id": person, **other}
    answer = await client.post(f"/cases/{case_id}/verification/interviews", json=body)
    assert answer.status_code == 201, answer.text


async def check(client: httpx.AsyncClient, case_id: str) -> None:
    """A partner's word and an interview: enough for a verdict. A case just opened is at version 3 then."""
    await record(client, case_id)
    await interview(client, case_id)


async def propose(client: httpx.AsyncClient, case_id: str, verdict: str = "verified", version: int = 3) -> Response:
    url = f"/cases/{case_id}/verification/proposal"
    body = {"verdict": verdict, "mode": "partner", "reason": "Both accounts agree."}
    return await client.post(url, json=body, headers={"If-Match": f'"{version}"'})


async def decide(
    client: httpx.AsyncClient, proposal: dict[str, Any], version: int = 3, *, approve: bool = True
) -> Response:
    body = {"approval_id": proposal["id"], "approve": approve}
    url = f"/cases/{proposal['case_id']}/verification/decision"
    return await client.post(url, json=body, headers={"If-Match": f'"{version}"'})


async def plan(client: httpx.AsyncClient, supervisor: httpx.AsyncClient, case_id: str, version: int) -> Response:
    """One writes it, a supervisor approves; a case just triaged goes on by two versions."""
    url = f"/cases/{case_id}/plan"
    written = await client.post(url, json=PLAN, headers={"If-Match": f'"{version}"'})
    assert written.status_code == 201, written.text
    seen = {"If-Match": f'"{version + 1}"'}
    proposed = await client.post(f"{url}/proposal", headers=seen)
    assert proposed.status_code == 201, proposed.text
    body = {"approval_id": proposed.json()["id"], "approve": True}
    return await supervisor.post(f"{url}/decision", json=body, headers=seen)


async def test_a_request_becomes_a_planned_case(room: Room) -> None:
    """One officer proposes a verdict, another agrees; the case is triaged and planned, and the others are told."""
    officer, reviewer, supervisor = staff("intake_officer"), staff("reviewer"), staff("supervisor")
    async with room.client(officer) as client, room.client(reviewer) as other, room.client(supervisor) as above:
        case_id = await accept(client, await ask(client), [ADAM], [reviewer.id, supervisor.id])
        await check(client, case_id)
        decided = await decide(other, (await propose(client, case_id)).json())
        assert decided.json()["state"] == "verified"
        triage = {"codes": ["threat.hunted", "need.no_shelter"], "priority": "emergency"}
        triaged = await client.post(f"/cases/{case_id}/triage", json=triage, headers={"If-Match": '"4"'})
        assert triaged.status_code == 200
        planned = await plan(client, above, case_id, 5)
        assert (planned.json()["state"], planned.json()["version"]) == ("planned", 7)
        seen = (await client.get(f"/cases/{case_id}")).json()
        board = (await client.get("/board")).json()["items"]
    assert (seen["state"], seen["priority"], seen["goals"]) == ("planned", "emergency", ["Shelter"])
    assert [(row["state"], row["blocked_by"]) for row in board] == [("planned", ["shelter", "pathway"])]
    assert [state.state for state in await room.told(CaseStateChanged)] == ["verified", "triaged", "planned"]
    assert [told.revision for told in await room.told()] == [1, 2, 3, 4, 5]


async def test_what_the_others_learn_of_a_member_is_sealed_to_them(room: Room) -> None:
    """Birth date and country reach logistics and settlement, and are in no event in clear."""
    async with room.client(staff("intake_officer")) as client:
        await accept(client, await ask(client), [ADAM], [])
    (opened,) = await room.told(CaseOpened)
    facts = room.opened("logistics", opened, opened.members[0].facts)
    assert (facts.principal, facts.born_on.isoformat(), facts.country_of_danger) == (True, "1994-02-11", "RU")
    assert set(opened.members[0].facts.parts) == {"logistics", "settlement"}


async def test_a_hidden_case_is_no_oracle_for_a_contact(room: Room) -> None:
    """Who may not see a case does not learn from a new request that its contact is known, nor merge into it."""
    async with room.client(staff("intake_officer")) as client, room.client(staff("intake_officer")) as other:
        hidden = await ask(client)
        await accept(client, hidden, [ADAM], [])
        mine = await ask(other)
        assert (await other.get(f"/requests/{mine}")).json()["possible_duplicates"] == []
        merge = await other.post(f"/requests/{mine}/merge", json={"into": hidden}, headers={"If-Match": '"1"'})
    assert problem(merge) == (404, "not_found")


async def test_what_was_merged_into_a_case_is_hidden_with_it(room: Room) -> None:
    """The story in a merged request is seen by those assigned to the case, whether it was merged before or after."""
    async with room.client(staff("intake_officer")) as client, room.client(staff("intake_officer")) as other:
        first, before, after = [await ask(client) for _ in range(3)]
        merge = {"json": {"into": first}, "headers": {"If-Match": '"1"'}}
        await client.post(f"/requests/{before}/merge", **merge)
        await accept(client, first, [ADAM], [])
        assert (await client.post(f"/requests/{after}/merge", **merge)).status_code == 200
        seen = [
            (await officer.get(f"/requests/{r}")).status_code for officer in (client, other) for r in (before, after)
        ]
    assert seen == [200, 200, 404, 404]


async def test_who_leaves_neither_contact_nor_name_is_nobodys_duplicate(room: Room) -> None:
    """Two anonymous requests are not flagged as the same person's."""
    async with room.client(staff("intake_officer")) as client:
        _, second = await ask(client, contact="", name=""), await ask(client, contact="", name=" ")
        assert (await client.get(f"/requests/{second}")).json()["possible_duplicates"] == []


async def test_a_case_is_unknown_to_who_is_not_assigned(room: Room) -> None:
    """What one may not know answers as what does not exist, byte for byte."""
    async with room.client(staff("intake_officer")) as client, room.client(staff("intake_officer")) as other:
        case_id = await accept(client, await ask(client), [ADAM], [])
        there = await other.get(f"/cases/{case_id}", headers={"X-Correlation-Id": "0" * 32})
        nowhere = await other.get(f"/cases/{new_id()}", headers={"X-Correlation-Id": "0" * 32})
        listed = (await other.get("/cases")).json()["items"]
        board = (await other.get("/board")).json()["items"]
    assert (there.status_code, there.content, dict(there.headers)) == (404, nowhere.content, dict(nowhere.headers))
    assert (listed, board) == ([], [])


async def test_recusal_beats_assignment(room: Room) -> None:
    """A recused officer no longer sees the case, even when assigned."""
    officer, manager = staff("intake_officer"), staff("manager")
    async with room.client(officer) as client, room.client(manager) as head:
        case_id = await accept(client, await ask(client), [ADAM], [])
        team = {"assigned": [officer.id], "recused": [officer.id]}
        nobody = await head.post(f"/cases/{case_id}/team", json={"recused": []}, headers={"If-Match": '"1"'})
        assert problem(nobody) == (422, "nobody_left")
        alone = await head.post(f"/cases/{case_id}/team", json=team, headers={"If-Match": '"1"'})
        assert problem(alone) == (422, "nobody_left")
        team["assigned"].append(manager.id)
        url = f"/cases/{case_id}/team"
        assert (await head.post(url, json=team, headers={"If-Match": '"1"'})).json()["version"] == 2
        assert problem(await head.post(url, json=team, headers={"If-Match": '"1"'})) == (412, "stale_version")
        shown = {
            "assigned": [manager.id],
            "teams": [],
            "recused": [officer.id],
            "version": 2,
            "over_cap": [],
            "declared": [],
            "assigns": True,
        }
        assert (await head.get(url)).json() == shown
        assert (await client.get(f"/cases/{case_id}")).status_code == 404
    (_, changed) = await room.told(AccessChanged)
    assert (changed.assigned, changed.recused) == ((manager.id,), (officer.id,))


async def test_the_same_contact_is_flagged_and_merged_by_a_person(room: Room) -> None:
    """A duplicate is found by a blind index whatever the spelling of the number, and merged only by an officer."""
    async with room.client(staff("intake_officer")) as client:
        first = await ask(client)
        second = await ask(client, contact="+79000000001", name="A. T.")
        seen = (await client.get(f"/requests/{second}")).json()
        assert seen["possible_duplicates"] == [first]
        assert seen["state"] == "new"
        merged = await client.post(f"/requests/{second}/merge", json={"into": first}, headers={"If-Match": '"1"'})
    assert (merged.json()["state"], merged.json()["merged_into"]) == ("merged", first)


async def test_a_group_of_minors_alone_is_refused(room: Room) -> None:
    """Minors without an adult need another procedure, and nothing is half-done."""
    async with room.client(staff("intake_officer")) as client:
        request_id = await ask(client)
        await client.post(f"/requests/{request_id}/screening", json={"in_scope": True}, headers={"If-Match": '"1"'})
        body = {"code_name": "Wren", "people": [MINOR]}
        refused = await client.post(f"/requests/{request_id}/case", json=body, headers={"If-Match": '"2"'})
    assert problem(refused) == (422, "unaccompanied_minor")
    assert await room.told() == []


async def test_a_repeated_post_changes_nothing_and_gets_the_first_answer(room: Room) -> None:
    """The same Idempotency-Key with the same request is one request; with another it is refused."""
    async with room.client(staff("intake_officer")) as client:
        key = {"Idempotency-Key": "one-and-the-same"}
        answers = [await client.post("/requests", json=WHISPER, headers=key) for _ in range(3)]
        other = await client.post("/requests", json={**WHISPER, "language": "en"}, headers=key)
        listed = (await client.get("/requests")).json()["items"]
    assert {answer.json()["id"] for answer in answers} == {listed[0]["id"]}
    assert len(listed) == 1
    assert problem(other) == (422, "idempotency_key_reused")


async def test_a_change_needs_the_version_that_was_seen(room: Room) -> None:
    """Two people who edit at once find out: 428 without If-Match, 412 with an old one."""
    async with room.client(staff("intake_officer")) as client:
        request_id = await ask(client)
        url = f"/requests/{request_id}/screening"
        assert problem(await client.post(url, json={"in_scope": True})) == (428, "if_match_required")
        stale = await client.post(url, json={"in_scope": True}, headers={"If-Match": '"7"'})
        bare = await client.post(url, json={"in_scope": True}, headers={"If-Match": '"1"', "Idempotency-Key": ""})
    assert problem(stale) == (412, "stale_version")
    assert problem(bare) == (400, "idempotency_key_required")


async def test_without_a_token_nothing_is_said(room: Room) -> None:
    """Who does not say who they are is refused."""
    async with room.client() as client:
        assert problem(await client.get("/cases")) == (401, "token_missing")
        client.headers["Authorization"] = "Bearer nonsense"
        assert problem(await client.get("/cases")) == (401, "token_invalid")


async def test_channels_bring_requests_and_see_none(room: Room) -> None:
    """A channel's token lets it hand in requests and nothing else."""
    async with room.client(Actor(new_id(), "channel")) as client:
        await ask(client)
        assert problem(await client.get("/requests")) == (403, "not_permitted")
