"""What waits for somebody calls them in time: a head review, an offered case, and a proposal that nobody signs."""

from datetime import timedelta
from typing import Any

from httpx import AsyncClient

from shared.access import Actor
from shared.contracts.intake import DutyCalled, DutySettled
from tests.intake.test_caseloads import cases
from tests.intake.test_erasure import WHY
from tests.intake.test_erasure import decide as decide_erasure
from tests.intake.test_families import ANNA, Family, members, split
from tests.intake.test_second_instance import as_head
from tests.intake.test_transfers import answer, offer
from tests.intake.test_way_to_a_plan import ADAM, PLAN, accept, ask, check, decide, propose, record
from tests.support.room import NOON, Room, problem, staff


async def duties_of(client: AsyncClient, kind: str) -> list[dict[str, Any]]:
    """Those that fall to who asks."""
    return [one for one in (await client.get("/duties")).json()["items"] if one["kind"] == kind]


async def of_case(client: AsyncClient, case_id: str, kind: str) -> list[tuple[str, str]]:
    found = (await client.get(f"/cases/{case_id}/duties")).json()["items"]
    return sorted((one["text"], one["state"]) for one in found if one["kind"] == kind)


async def called(room: Room, duty_id: str, after: timedelta) -> list[str]:
    """The steps that this duty has climbed by NOON and so long after."""
    room.clock.move(NOON + after)
    await room.fire()
    return [told.step for told in await room.told(DutyCalled) if told.duty_id == duty_id]


async def refused(client: AsyncClient, reviewer: AsyncClient, case_id: str) -> None:
    """Two people would refuse a case, so a head reviewer is asked."""
    await check(client, case_id)
    proposed = (await propose(client, case_id, "not_verified")).json()
    assert (await decide(reviewer, proposed)).status_code == 200


async def test_a_head_review_that_waits_climbs_until_somebody_decides(room: Room) -> None:
    """Everybody on the case has it for three days, reminded on the second; decided it is done and the alarm over."""
    officer, reviewer, head = staff("intake_officer"), staff("reviewer"), staff("head_reviewer")
    async with room.client(officer) as client, room.client(reviewer) as other, room.client(head) as above:
        case_id = await accept(client, await ask(client), [ADAM], [reviewer.id, head.id])
        await refused(client, other, case_id)
        (duty,) = await duties_of(above, "head_review")
        assert (duty["due_at"], duty["by_hand"]) == ("2017-04-06T12:00:00Z", False)
        assert [it["id"] for it in await duties_of(client, "head_review")] == [duty["id"]]
        assert await called(room, duty["id"], timedelta(days=2)) == ["reminder"]
        assert await called(room, duty["id"], timedelta(days=3)) == ["reminder", "overdue"]
        assert await called(room, duty["id"], timedelta(days=4)) == ["reminder", "overdue", "escalated"]
        assert (await as_head(above, case_id, 3)).status_code == 200
        assert [told.duty_id for told in await room.told(DutySettled)] == [duty["id"]]
        assert await of_case(client, case_id, "head_review") == [("head_review", "done")]
        assert await of_case(client, case_id, "sign") == [("verification", "done")]


async def test_a_head_review_about_what_is_no_longer_everything_is_not_called_for(room: Room) -> None:
    """Something new was recorded and proposed: the duty is off, and nothing calls for it later."""
    officer, reviewer = staff("intake_officer"), staff("reviewer")
    async with room.client(officer) as client, room.client(reviewer) as other:
        case_id = await accept(client, await ask(client), [ADAM], [reviewer.id])
        await refused(client, other, case_id)
        (duty,) = await duties_of(client, "head_review")
        await record(client, case_id, note="A second voice.")
        assert (await propose(client, case_id, version=4)).status_code == 201
        assert await of_case(client, case_id, "head_review") == [("head_review", "cancelled")]
        assert await of_case(client, case_id, "sign") == [("verification", "done"), ("verification", "open")]
        assert await called(room, duty["id"], timedelta(days=30)) == []


async def test_who_is_offered_a_case_has_a_duty_to_answer(room: Room) -> None:
    """Theirs alone: nobody else on the case learns of the offer by it. Reminded after a day, overdue after two,
    escalated half a day later; answered it is done, taken back or run out it is off."""
    giver, taker, colleague = staff("intake_officer"), staff("caseworker"), staff("coordinator")
    async with room.client(giver) as client, room.client(taker) as other, room.client(colleague) as third:
        (case_id,) = await cases(client, 1, [colleague.id])
        offered = (await offer(client, case_id, taker.id)).json()
        (duty,) = await duties_of(other, "answer_transfer")
        assert (duty["case_id"], duty["who_id"], duty["due_at"]) == (case_id, taker.id, "2017-04-05T12:00:00Z")
        assert (await other.get(f"/duties/{duty['id']}")).status_code == 200
        for beside in (client, third):
            assert await of_case(beside, case_id, "answer_transfer") == []
            assert problem(await beside.get(f"/duties/{duty['id']}")) == (404, "not_found")
        steps = [await called(room, duty["id"], timedelta(hours=hours)) for hours in (23, 24, 48, 60)]
        assert steps == [[], ["reminder"], ["reminder", "overdue"], ["reminder", "overdue", "escalated"]]
        assert (await answer(other, offered, accept=False)).status_code == 200
        assert await duties_of(other, "answer_transfer") == []
        assert [told.duty_id for told in await room.told(DutySettled)] == [duty["id"]]
        back = (await offer(client, case_id, taker.id)).json()
        (duty,) = await duties_of(other, "answer_transfer")
        withdrawn = await client.post(f"/transfers/{back['id']}/withdrawal", headers={"If-Match": '"1"'})
        assert withdrawn.status_code == 200
        assert (await other.get(f"/duties/{duty['id']}")).json()["state"] == "cancelled"
        await offer(client, case_id, taker.id)
        (duty,) = await duties_of(other, "answer_transfer")
        late = await called(room, duty["id"], timedelta(days=9))
        assert late == ["reminder"]
        assert (await other.get(f"/duties/{duty['id']}")).json()["state"] == "cancelled"


async def test_a_proposal_that_nobody_signs_calls_before_it_runs_out(room: Room) -> None:
    """A plan waits seven days: after six the case is called, half a day later it escalates, and run out it is off;
    proposed again and signed in time nobody is called."""
    officer, reviewer = staff("intake_officer"), Actor(staff().id, "staff", frozenset({"reviewer", "supervisor"}))
    async with room.client(officer) as client, room.client(reviewer) as other:
        case_id = await accept(client, await ask(client), [ADAM], [reviewer.id])
        await check(client, case_id)
        assert (await decide(other, (await propose(client, case_id)).json())).status_code == 200
        triage = {"codes": ["threat.hunted"], "priority": "urgent"}
        await client.post(f"/cases/{case_id}/triage", json=triage, headers={"If-Match": '"4"'})
        url = f"/cases/{case_id}/plan"
        assert (await client.post(url, json=PLAN, headers={"If-Match": '"5"'})).status_code == 201
        assert (await client.post(f"{url}/proposal", headers={"If-Match": '"6"'})).status_code == 201
        (duty,) = [one for one in await duties_of(other, "sign") if one["text"] == "case_plan"]
        assert (duty["due_at"], duty["falls_to"]) == ("2017-04-09T12:00:00Z", "case")
        steps = [await called(room, duty["id"], timedelta(hours=hours)) for hours in (143, 144, 155, 156, 168)]
        assert steps == [[], ["overdue"], ["overdue"], ["overdue", "escalated"], ["overdue", "escalated"]]
        assert (await client.get(f"/duties/{duty['id']}")).json()["state"] == "cancelled"
        assert duty["id"] in [told.duty_id for told in await room.told(DutySettled)]
        again = (await client.post(f"{url}/proposal", headers={"If-Match": '"6"'})).json()
        body = {"approval_id": again["id"], "approve": True}
        assert (await other.post(f"{url}/decision", json=body, headers={"If-Match": '"6"'})).status_code == 200
        assert await of_case(client, case_id, "sign") == [
            ("case_plan", "cancelled"),
            ("case_plan", "done"),
            ("verification", "done"),
        ]


async def test_what_custodians_and_data_protection_sign_is_their_duty(room: Room) -> None:
    """A reveal is due after one day of its two; an erasure after six of seven. Whoever is recused has none of it, and
    once rejected nothing is left to do."""
    officer, reviewer = staff("intake_officer"), staff("reviewer")
    custodian, guardian, apart = staff("custodian"), staff("data_protection"), staff("data_protection")
    async with room.client(officer) as client, room.client(custodian) as first, room.client(guardian) as second:
        case_id = await accept(client, await ask(client), [ADAM, ANNA], [reviewer.id])
        adam, _ = await members(client, case_id)
        team = {"assigned": [officer.id, reviewer.id], "recused": [apart.id]}
        assert (await client.post(f"/cases/{case_id}/team", json=team, headers={"If-Match": '"1"'})).status_code == 200
        reveal = await client.post(f"/people/{adam}/reveals", json={"reason": "Which of the two?"})
        erasure = await client.post(f"/people/{adam}/erasures", json={**WHY, "request_ids": []})
        (asked,) = await duties_of(first, "sign")
        assert (asked["text"], asked["due_at"]) == ("reveal", "2017-04-04T12:00:00Z")
        (told,) = await duties_of(second, "sign")
        assert (told["text"], told["due_at"]) == ("erasure", "2017-04-09T12:00:00Z")
        async with room.client(apart) as beside:
            assert await duties_of(beside, "sign") == []
        url = f"/reveals/{reveal.json()['id']}/signatures"
        assert (await first.post(url, json={"approve": False})).status_code == 200
        assert (await decide_erasure(room, guardian, erasure.json(), approve=False)).status_code == 200
        assert [await duties_of(one, "sign") for one in (first, second)] == [[], []]


async def test_nothing_is_signed_any_more_about_a_group_that_changed(room: Room) -> None:
    """Somebody moved: what waited about the group is proposed anew, and its duty is off on both cases."""
    officer, reviewer = staff("intake_officer"), staff("reviewer")
    async with room.client(officer) as client:
        case_id = await accept(client, await ask(client), [ADAM, ANNA], [reviewer.id])
        adam, anna = await members(client, case_id)
        await check(client, case_id)
        assert (await propose(client, case_id)).status_code == 201
        new = await split(room, Family(officer, reviewer, case_id, [adam, anna]), [anna])
        assert await of_case(client, case_id, "sign") == [
            ("family_move", "done"),
            ("verification", "cancelled"),
        ]
        assert await of_case(client, new, "sign") == []
