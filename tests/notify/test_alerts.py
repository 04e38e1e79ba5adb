"""Alerts to staff when a check-in is missed."""

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.access import Actor, case_resource
from shared.clock import new_id
from shared.contracts.logistics import CheckInMissed, CheckInReceived
from shared.database import Transaction
from shared.work import Batch, Cause
from tests.notify.conftest import both
from tests.notify.story import assign
from tests.support.room import Room, problem, staff

STEPS = ("due", "after_15_minutes", "after_30_minutes", "after_60_minutes")


async def miss(room: Room, case_id: str, check_in_id: str, step: Any, journey_id: str = "0" * 32) -> None:
    at = room.clock.now()
    missed = CheckInMissed(case_id=case_id, journey_id=journey_id, check_in_id=check_in_id, at=at, step=step)
    assert await room.tell(missed) is None


async def report(room: Room, case_id: str, check_in_id: str) -> None:
    at = room.clock.now()
    assert (
        await room.tell(CheckInReceived(case_id=case_id, journey_id="0" * 32, check_in_id=check_in_id, at=at)) is None
    )


async def seen(room: Room, actor: Actor, query: str = "") -> list[dict[str, Any]]:
    async with room.client(actor) as client:
        answer = await client.get(f"/alerts{query}")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


@both
async def test_one_alert_climbs_with_the_silence(room: Room) -> None:
    """Four missed steps are one alert whose severity rises, with each step in its history."""
    officer, case_id, check_in = staff("coordinator"), new_id(), new_id()
    await assign(room, case_id, officer.id)
    severities = []
    for step in STEPS:
        await miss(room, case_id, check_in, step)
        (alert,) = await seen(room, officer)
        severities.append(alert["severity"])
        room.clock.move(room.clock.now() + timedelta(minutes=15))
    assert severities == ["notice", "warning", "urgent", "critical"]
    assert [turn["what"] for turn in alert["history"]] == list(STEPS)
    assert (alert["kind"], alert["state"], alert["raised_at"]) == ("check_in_missed", "open", "2017-04-03T12:00:00Z")


async def test_a_report_resolves_the_alert(room: Room) -> None:
    """The alert ends; a report without an alert raises none; a report told twice changes nothing."""
    officer, case_id, check_in = staff("coordinator"), new_id(), new_id()
    await assign(room, case_id, officer.id)
    await report(room, case_id, new_id())
    assert await seen(room, officer) == []
    await miss(room, case_id, check_in, "due")
    await report(room, case_id, check_in)
    await room.tell_again()
    (alert,) = await seen(room, officer)
    assert (alert["state"], alert["resolved_at"]) == ("resolved", "2017-04-03T12:00:00Z")
    assert [turn["what"] for turn in alert["history"]] == ["due", "resolved"]
    assert await seen(room, officer, "?state=open") == []


async def test_alerts_may_come_before_intake_said_who_may_see_them(room: Room) -> None:
    """The publishers have no common order: the alert is there, and visible as soon as access is known."""
    officer, case_id, check_in = staff("coordinator"), new_id(), new_id()
    await miss(room, case_id, check_in, "due")
    assert await seen(room, officer) == []
    await assign(room, case_id, officer.id)
    assert len(await seen(room, officer)) == 1


async def test_an_acknowledged_alert_that_climbs_is_open_again(room: Room) -> None:
    """Who acknowledged a step has not seen the next; a stale, repeated or late acknowledgement is refused."""
    officer, case_id, check_in = staff("coordinator"), new_id(), new_id()
    await assign(room, case_id, officer.id)
    await miss(room, case_id, check_in, "due")
    (alert,) = await seen(room, officer)
    url = f"/alerts/{alert['id']}/acknowledgement"
    async with room.client(officer) as client:
        first = await client.post(url, headers={"If-Match": '"1"'})
        again = await client.post(url, headers={"If-Match": first.headers["ETag"]})
        await miss(room, case_id, check_in, "after_15_minutes")
        (climbed,) = await seen(room, officer)
        stale = await client.post(url, headers={"If-Match": first.headers["ETag"]})
        await report(room, case_id, check_in)
        late = await client.post(url, headers={"If-Match": '"4"'})
    assert (first.json()["state"], first.json()["acknowledged_by"]) == ("acknowledged", officer.id)
    assert problem(again) == (409, "not_open")
    assert (climbed["state"], climbed["acknowledged_by"], climbed["version"]) == ("open", None, 3)
    assert problem(stale) == (412, "stale_version")
    assert problem(late) == (409, "not_open")


async def test_who_sees_an_alert(room: Room) -> None:
    """Assigned staff and the duty officer do; a recused one does not even on duty, and a stranger learns nothing."""
    assigned, recused, duty, stranger = staff(), staff("duty_officer"), staff("duty_officer"), staff("coordinator")
    case_id, check_in = new_id(), new_id()
    await assign(room, case_id, assigned.id, recused.id, recused=(recused.id,))
    await miss(room, case_id, check_in, "due")
    assert [len(await seen(room, who)) for who in (assigned, recused, duty, stranger)] == [1, 0, 1, 0]
    (alert,) = await seen(room, duty)
    for other in (recused, stranger):
        async with room.client(other) as client:
            refused = await client.post(f"/alerts/{alert['id']}/acknowledgement", headers={"If-Match": '"1"'})
        assert problem(refused) == (404, "not_found")
    async with room.client(Actor(new_id(), "partner")) as client:
        assert (await client.get("/alerts")).status_code == 404


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(relations=st.lists(st.sampled_from(["none", "assigned", "recused", "both"]), min_size=1, max_size=5))
async def test_the_list_agrees_with_the_policies_row_by_row(room: Room, relations: list[str]) -> None:
    """What the query shows is what the policy `see_alert` permits, on duty and off it."""
    for actor in (staff(), staff("duty_officer")):
        cases = [new_id() for _ in relations]
        for case_id, relation in zip(cases, relations, strict=True):
            listed = (actor.id,) if relation in ("assigned", "both") else ()
            await assign(room, case_id, *listed, recused=(actor.id,) if relation in ("recused", "both") else ())
            await miss(room, case_id, new_id(), "due")
        shown = {alert["case_id"] for alert in await seen(room, actor, "?limit=200")} & set(cases)

        async def permitted(tx: Transaction, actor: Actor = actor, cases: list[str] = cases) -> set[str]:
            async with Batch.of(tx, room.tools).work(actor, Cause(new_id())) as work:
                resources = [await case_resource(work, actor, case_id) for case_id in cases]
            return {one.id for one in resources if room.tools.policies.allows(actor, "see_alert", one)}

        assert shown == await room.database.transact(permitted)
