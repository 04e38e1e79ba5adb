"""Who is processed together: somebody joins later, a family splits, and people join another case."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import select

from services.intake.cases.store.journeys import JOURNEYS
from services.intake.consent.store.consents import CONSENTS
from services.intake.service import blueprint
from shared.access import Actor
from shared.clock import new_id
from shared.contracts.fields import Sealed
from shared.contracts.intake import (
    AccessChanged,
    CaseOpened,
    CaseStateChanged,
    ConsentChanged,
    EventsPurged,
    PeopleJoined,
    PersonErased,
)
from shared.contracts.logistics import PersonCleared, TravelTerms
from shared.contracts.settlement import Sight, SightChanged
from shared.database import Transaction
from shared.erasures import PURGED, mark_purged
from shared.timers import set_timer
from shared.veil import LIST
from tests.intake.conftest import REFERRAL_KEY
from tests.intake.test_entries import enter
from tests.intake.test_erasure import Family as Erased
from tests.intake.test_erasure import erase
from tests.intake.test_safe_contact import agree as agree_on_contact
from tests.intake.test_way_to_a_plan import ADAM, MINOR, accept, ask, check, plan
from tests.intake.test_way_to_a_plan import decide as decide_verdict
from tests.intake.test_way_to_a_plan import propose as propose_verdict
from tests.logistics.scene import open_all_lanes
from tests.support.consents import spoken
from tests.support.room import Room, open_room, problem, staff

ANNA = {"name_in_use": "Anna", "pronouns": "she", "born_on": "1990-06-03", "country_of_danger": "RU"}
WHY = "They have to travel by different ways."


class Family:
    """A case of some people, its officer, and a reviewer who decides."""

    def __init__(self, officer: Actor, reviewer: Actor, case_id: str, people: list[str]) -> None:
        self.officer, self.reviewer, self.case_id, self.people = officer, reviewer, case_id, people


async def members(client: AsyncClient, case_id: str) -> list[str]:
    return [str(it["id"]) for it in (await client.get(f"/cases/{case_id}/people")).json()["people"]]


async def family(
    room: Room, *group: dict[str, str], officer: Actor | None = None, reviewer: Actor | None = None
) -> Family:
    officer, reviewer = officer or staff("intake_officer"), reviewer or staff("reviewer")
    async with room.client(officer) as client:
        case_id = await accept(client, await ask(client), list(group), [reviewer.id])
        return Family(officer, reviewer, case_id, await members(client, case_id))


async def propose(room: Room, who: Family, person_ids: list[str], **other: Any) -> Response:
    body = {"person_ids": person_ids, "reason": WHY, "code_name": f"Wren {new_id()[:6]}", **other}
    async with room.client(who.officer) as client:
        return await client.post(f"/cases/{who.case_id}/moves", json=body)


async def decide(room: Room, by: Actor, move: dict[str, Any], *, approve: bool = True) -> Response:
    async with room.client(by) as client:
        headers = {"If-Match": f'"{move["version"]}"'}
        return await client.post(f"/moves/{move['id']}/decision", json={"approve": approve}, headers=headers)


async def split(room: Room, who: Family, person_ids: list[str], **other: Any) -> str:
    """A split that was decided: the new case."""
    proposed = await propose(room, who, person_ids, **other)
    assert proposed.status_code == 201, proposed.text
    done = await decide(room, who.reviewer, proposed.json())
    assert done.status_code == 200, done.text
    return str(done.json()["to_case_id"])


async def test_a_family_splits_and_everything_goes_along(room: Room) -> None:
    """By an act of two people: facts, safe contact, consents and journey are on the new case, with the same team and
    state; the other services hear who went where; what waited for a signature is proposed anew."""
    who = await family(room, ADAM, ANNA)
    adam, anna = who.people
    recused = new_id()
    async with room.client(who.officer) as client:
        team = {"assigned": [who.officer.id, who.reviewer.id], "recused": [recused]}
        await client.post(f"/cases/{who.case_id}/team", json=team, headers={"If-Match": '"1"'})
        await agree_on_contact(client, anna)
        await enter(client, anna, "need", "LP-IH")
        consent = spoken("share_with_government")
        assert (await client.post(f"/people/{anna}/consents", json=consent)).status_code == 201
        waiting = await client.post(f"/people/{anna}/reveals", json={"reason": "Which of the two?"})
        proposed = (await propose(room, who, [anna])).json()
        own = await decide(room, who.officer, proposed)
        assert problem(own) == (409, "same_person")
        assert await room.told(PeopleJoined) == []
        done = (await decide(room, who.reviewer, proposed)).json()
        assert problem(await decide(room, who.reviewer, {**done})) == (409, "already_decided")
        new = done["to_case_id"]
        assert await members(client, who.case_id) == [adam]
        assert await members(client, new) == [anna]
        (shown,) = (await client.get(f"/cases/{new}/people")).json()["people"]
        case = (await client.get(f"/cases/{new}")).json()
        assert (shown["name_in_use"], shown["principal"]) == ("Anna", True)
        assert (case["state"], case["code_name"]) == ("verifying", proposed["code_name"])
        kept = (await client.get(f"/people/{anna}/safe-contact")).json()
        known = (await client.get(f"/people/{anna}")).json()
        assert (kept["version"], kept["words_agreed"]) == (1, True)
        assert (known["case_id"], [it["value"] for it in known["needs"]]) == (new, ["LP-IH"])
        assert len((await client.get(f"/cases/{new}/consents")).json()["items"]) == 1
        board = {row["person_id"]: row["case_id"] for row in (await client.get("/board")).json()["items"]}
        assert board == {adam: who.case_id, anna: new}
        async with room.client(staff("custodian")) as custodian:
            late = await custodian.post(f"/reveals/{waiting.json()['id']}/signatures", json={"approve": True})
            assert problem(late) == (409, "already_decided")
    (joined,) = await room.told(PeopleJoined)
    (one,) = joined.people
    facts = room.opened("logistics", joined, one.facts)
    assert (joined.case_id, joined.from_case_id, one.person_id) == (new, who.case_id, anna)
    assert (facts.principal, facts.born_on.isoformat(), facts.number) == (True, "1990-06-03", 3)
    assert [(it.case_id, len(it.members)) for it in await room.told(CaseOpened)] == [(who.case_id, 2), (new, 0)]
    access = (await room.told(AccessChanged))[-1]
    assert (access.case_id, set(access.assigned)) == (new, {who.officer.id, who.reviewer.id})
    assert access.recused == (recused,)
    assert [it.case_id for it in await room.told(ConsentChanged)] == [who.case_id, new]


async def test_a_planned_family_stays_planned(room: Room) -> None:
    """The new case is told of in the state of the old one, with its urgency and plan, under a key of its own."""
    who = await family(room, ADAM, ANNA)
    second = Actor(who.reviewer.id, "staff", frozenset({"reviewer", "supervisor"}))
    async with room.client(who.officer) as client, room.client(second) as other:
        await check(client, who.case_id)
        proposed = (await propose_verdict(client, who.case_id)).json()
        assert (await decide_verdict(other, proposed)).status_code == 200
        triage = {"codes": ["threat.life_now"], "priority": "emergency"}
        await client.post(f"/cases/{who.case_id}/triage", json=triage, headers={"If-Match": '"4"'})
        assert (await plan(client, other, who.case_id, 5)).status_code == 200
        new = await split(room, who, who.people[:1])
        case = (await client.get(f"/cases/{new}")).json()
        (left,) = (await client.get(f"/cases/{who.case_id}/people")).json()["people"]
        heard = [
            len((await client.get(f"/cases/{it}/verification/interviews")).json()["items"]) for it in (new, who.case_id)
        ]
        assert heard == [1, 0]
    assert (case["state"], case["priority"], case["goals"]) == ("planned", "emergency", ["Shelter"])
    assert left["principal"] is True
    assert [(it.case_id, it.state) for it in await room.told(CaseStateChanged)][-1] == (new, "planned")
    told = await room.told(PeopleJoined)
    assert [(it.case_id, it.people[0].person_id) for it in told] == [(new, who.people[0]), (who.case_id, who.people[1])]
    rows = await room.rows(select(JOURNEYS.c.intake).where(JOURNEYS.c.case_id == new))
    assert [row["intake"] for row in rows] == ["planned"]


async def test_a_minor_is_never_parted_without_a_determination(room: Room) -> None:
    """Neither from an adult of the group nor left with nobody: the determination is part of what two people sign."""
    who = await family(room, ADAM, ANNA, MINOR)
    adam, anna, mila = who.people
    assert problem(await propose(room, who, [anna])) == (409, "minor_not_separated")
    assert problem(await propose(room, who, [mila])) == (409, "unaccompanied_minor")
    found = {"person_id": mila, "by": "The panel of 2 April", "on": "2017-04-02", "finding": "Her father is no danger."}
    other = {"determinations": [{**found, "person_id": adam}]}
    assert problem(await propose(room, who, [anna], **other)) == (409, "minor_not_separated")
    alone = {"determinations": [found]}
    assert problem(await propose(room, who, [mila], **alone)) == (409, "unaccompanied_minor")
    late = {"determinations": [{**found, "on": "2017-04-04"}]}
    assert problem(await propose(room, who, [anna], **late)) == (422, "in_future")
    assert problem(await propose(room, who, who.people, **alone)) == (409, "nobody_remains")
    new = await split(room, who, [anna, mila], **alone)
    async with room.client(who.officer) as client:
        assert await members(client, new) == [anna, mila]
        (move,) = (await client.get(f"/cases/{who.case_id}/moves")).json()["items"]
    assert (move["state"], move["determinations"][0]["finding"]) == ("approved", "Her father is no danger.")


async def test_people_join_another_case(room: Room) -> None:
    """Both must be theirs; the emptied case is closed; who is recused from one is recused from both; and what was split
    can be joined again."""
    officer, reviewer = staff("intake_officer"), staff("reviewer")
    who = await family(room, ADAM, ANNA, officer=officer, reviewer=reviewer)
    other = await family(room, ANNA, officer=officer, reviewer=reviewer)
    foreign = await family(room, ADAM)
    join: dict[str, Any] = {"code_name": None}
    refused = await propose(room, who, [who.people[1]], to_case_id=foreign.case_id, **join)
    assert problem(refused) == (404, "not_found")
    new = await split(room, who, [who.people[1]])
    apart = Family(officer, reviewer, new, [who.people[1]])
    outsider = staff("reviewer")
    async with room.client(officer) as client:
        team = {"assigned": [officer.id, reviewer.id], "recused": [outsider.id]}
        await client.post(f"/cases/{new}/team", json=team, headers={"If-Match": '"1"'})
        assert await split(room, apart, apart.people, to_case_id=who.case_id, **join) == who.case_id
        assert await members(client, who.case_id) == who.people
        assert (await client.get(f"/cases/{new}")).json()["state"] == "closed"
        again = (await client.get(f"/cases/{who.case_id}/team")).json()
        assert again["recused"] == [outsider.id]
        assert await split(room, other, other.people, to_case_id=who.case_id, **join) == who.case_id
        assert await members(client, who.case_id) == [*who.people, *other.people]
    numbers = [room.opened("settlement", it, it.people[0].facts).number for it in await room.told(PeopleJoined)]
    assert numbers == [3, 4, 2]


async def test_somebody_joins_later(room: Room) -> None:
    """A child who comes after the case was planned is on it, on the board, and told to the others; a closed case takes
    nobody."""
    who = await family(room, ADAM)
    async with room.client(who.officer) as client:
        joined = await client.post(f"/cases/{who.case_id}/people", json=MINOR)
        assert joined.status_code == 201
        assert await members(client, who.case_id) == [*who.people, joined.json()["id"]]
        assert len((await client.get("/board")).json()["items"]) == 2
        unborn = {**MINOR, "born_on": "2017-04-04"}
        assert problem(await client.post(f"/cases/{who.case_id}/people", json=unborn)) == (422, "born_in_future")
        ended = {"outcome": "completed", "assessment": {"safety": "safe", "summary": "They are well."}}
        closed = await client.post(f"/cases/{who.case_id}/closure", json=ended, headers={"If-Match": '"1"'})
        assert closed.status_code == 200, closed.text
        late = await client.post(f"/cases/{who.case_id}/people", json=MINOR)
        assert problem(late) == (409, "case_closed")
    (told,) = await room.told(PeopleJoined)
    assert (told.from_case_id, room.opened("logistics", told, told.people[0].facts).number) == (None, 1)


async def test_a_veil_goes_along(room: Room) -> None:
    """Who may look behind it still may on the new case, nobody else; and what settlement says later by the old case is
    kept under the key of the new one."""
    listed, unlisted = staff("intake_officer"), staff("reviewer")
    who = await family(room, ADAM, ANNA, officer=listed, reviewer=unlisted)
    may_look = (listed.id, *(new_id() for _ in range(LIST - 1)))

    async def veil() -> None:
        sight = Sealed.of(who.case_id, Sight(veiled=True, may_look=may_look))
        told = SightChanged(case_id=who.case_id, at=room.clock.now(), person_ids=tuple(who.people), sight=sight)
        assert await room.tell(told) is None

    await veil()
    new = await split(room, who, [who.people[1]])
    await veil()
    anna = who.people[1]
    terms = Sealed.of(anna, TravelTerms(veiled=True))
    await room.tell(PersonCleared(case_id=who.case_id, person_id=anna, at=room.clock.now(), terms=terms))
    states = []
    for actor in (listed, unlisted):
        async with room.client(actor) as client:
            rows = {row["person_id"]: row for row in (await client.get("/board")).json()["items"]}
        states.append((rows[anna]["case_id"], rows[anna]["state"]))
    assert states == [(new, "cleared"), (new, "verifying")]


async def test_two_splits_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On PostgreSQL, in transactions of their own: one of two splits of one group is done, the other was agreed on a
    group that is no more; everybody is on exactly one case, with one journey and their consent."""
    monkeypatch.setattr("shared.database.engine.GROUP", 1)
    async with open_room(blueprint(REFERRAL_KEY), tmp_path, "postgresql") as room:
        for _ in range(3):
            who = await family(room, ADAM, ANNA, {**ANNA, "name_in_use": "Inna"})
            async with room.client(who.officer) as client:
                consent = spoken("share_with_government")
                for person in who.people:
                    assert (await client.post(f"/people/{person}/consents", json=consent)).status_code == 201
            proposals = [(await propose(room, who, people)).json() for people in (who.people[1:2], who.people[1:])]
            await open_all_lanes(room)
            answers = await asyncio.gather(*(decide(room, who.reviewer, one) for one in proposals))
            assert sorted(answer.status_code for answer in answers) == [200, 409]
            new = next(answer.json()["to_case_id"] for answer in answers if answer.status_code == 200)
            async with room.client(who.officer) as client:
                there = [*(await members(client, who.case_id)), *(await members(client, new))]
            assert sorted(there) == sorted(who.people)
            for table in (JOURNEYS, CONSENTS):
                theirs = select(table.c.person_id, table.c.case_id).where(table.c.person_id.in_(who.people))
                rows = await room.rows(theirs)
                assert sorted(row["person_id"] for row in rows) == sorted(who.people)
                assert {row["case_id"] for row in rows} == {who.case_id, new}


async def test_the_second_person_must_know_both_cases(room: Room) -> None:
    """A reviewer of one case alone does not bring its people onto another; a stranger finds nothing; and rejected is
    rejected."""
    officer, both = staff("intake_officer"), staff("reviewer")
    who = await family(room, ADAM, ANNA, officer=officer)
    other = await family(room, ANNA, officer=officer, reviewer=both)
    proposed = (await propose(room, who, [who.people[1]], to_case_id=other.case_id, code_name=None)).json()
    assert problem(await decide(room, who.reviewer, proposed)) == (404, "not_found")
    assert problem(await decide(room, both, proposed)) == (404, "not_found")
    alone = (await propose(room, who, [who.people[1]])).json()
    assert (await decide(room, who.reviewer, alone, approve=False)).json()["state"] == "rejected"
    async with room.client(officer) as client:
        assert await members(client, who.case_id) == who.people


async def test_who_moved_is_erased_from_every_case_they_were_on(room: Room) -> None:
    """The others are told of both former cases; what was promised under them says nothing of the person any more, and
    all of it of who stayed; where to go on after a purge is told for a former case too."""
    who = await family(room, ADAM, ANNA, {**ANNA, "name_in_use": "Inna"})
    adam, anna, inna = who.people
    async with room.client(who.officer) as client:
        for person in (adam, inna):
            assert (
                await client.post(f"/people/{person}/consents", json=spoken("public_statistics"))
            ).status_code == 201
    second = await split(room, who, [anna, inna])
    third = await split(room, Family(who.officer, who.reviewer, second, [anna, inna]), [inna])
    await room.link()
    left = Erased(who.officer, staff("data_protection"), third, [inna], "")
    await erase(room, left, inna)
    (told,) = await room.told(PersonErased)
    assert (told.case_id, told.former_case_ids) == (third, tuple(sorted((who.case_id, second))))
    joined = {event.case_id: event for event in await room.told(PeopleJoined)}
    assert {one.person_id: sorted(one.facts.parts) for one in joined[second].people} == {
        anna: ["logistics", "settlement"],
        inna: [],
    }
    (opened,) = [event for event in await room.told(CaseOpened) if event.case_id == who.case_id]
    assert [bool(member.facts.parts) for member in opened.members if member.person_id == inna] == [False]
    consents = {event.person_id: bool(event.terms.parts) for event in await room.told(ConsentChanged)}
    assert consents == {adam: True, inna: False}
    through = max(event.revision for event in await room.told() if event.case_id == second)

    async def purged(tx: Transaction) -> None:
        await mark_purged(tx, second, through)
        await set_timer(tx, PURGED, second, room.clock.now(), new_id())

    await room.database.transact(purged)
    await room.fire()
    (word,) = await room.told(EventsPurged)
    assert (word.case_id, word.revision) == (second, through + 1)
