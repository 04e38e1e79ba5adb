"""Alerts to staff when a check-in is missed."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.access import Actor, case_resource
from shared.clock import new_id
from shared.contracts import intake, logistics, settlement
from shared.contracts.fields import Sealed
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


async def test_a_duty_that_nobody_does_becomes_an_alert(room: Room) -> None:
    """A reminder is for who is assigned; overdue it is for duty officers too; done it is over, moved it climbs anew."""
    worker, duty_officer, case_id, duty_id = staff("caseworker"), staff("duty_officer"), new_id(), new_id()
    await assign(room, case_id, worker.id)
    shown = []

    async def call(step: Any) -> None:
        called = intake.DutyCalled(case_id=case_id, duty_id=duty_id, at=room.clock.now(), step=step)
        assert await room.tell(called) is None
        shown.append([[it["severity"] for it in await seen(room, who)] for who in (worker, duty_officer)])

    for step in ("reminder", "overdue", "escalated"):
        await call(step)
    assert shown == [[["notice"], []], [["warning"], ["warning"]], [["urgent"], ["urgent"]]]
    assert await room.tell(intake.DutySettled(case_id=case_id, duty_id=duty_id, at=room.clock.now())) is None
    await room.tell_again()
    (alert,) = await seen(room, worker)
    assert (alert["kind"], alert["about_id"], alert["state"]) == ("duty", duty_id, "resolved")
    assert [turn["what"] for turn in alert["history"]] == ["reminder", "overdue", "escalated", "resolved"]
    await call("reminder")
    assert shown[-1] == [["notice"], []]
    (again,) = await seen(room, worker)
    async with room.client(duty_officer) as client:
        refused = await client.post(f"/alerts/{again['id']}/acknowledgement", headers={"If-Match": '"5"'})
    assert (again["state"], problem(refused)) == ("open", (404, "not_found"))


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


@pytest.mark.parametrize("contract", [intake, logistics, settlement])
async def test_broken_glass_raises_an_alert_each_time(room: Room, contract: Any) -> None:
    """Assigned staff and whoever is on duty see who broke it and where; told twice it is one alert."""
    assigned, duty, stranger, rescuer, case_id = staff(), staff("duty_officer"), staff("coordinator"), staff(), new_id()
    await assign(room, case_id, assigned.id)
    at = room.clock.now()
    for _ in range(2):
        broken = {"breaking_id": new_id(), "actor_id": rescuer.id, "at": at, "until": at + timedelta(hours=1)}
        assert await room.tell(contract.GlassBroken(case_id=case_id, **broken)) is None
    await room.tell_again()
    for who in (assigned, duty):
        alerts = await seen(room, who)
        told = {(it["kind"], it["severity"], it["service"], it["raised_by"], it["state"]) for it in alerts}
        assert told == {("glass_broken", "urgent", contract.__name__.split(".")[-1], rescuer.id, "open")}
        assert len(alerts) == 2
        assert [[turn["what"] for turn in it["history"]] for it in alerts] == [["raised"], ["raised"]]
    assert await seen(room, stranger) == []


async def test_broken_glass_at_notify_raises_its_alert_at_once(room: Room) -> None:
    """In the same transaction, without the bus; whoever did it cannot settle it, somebody else can."""
    assigned, rescuer, case_id = staff(), staff("duty_officer"), new_id()
    await assign(room, case_id, assigned.id)
    async with room.client(rescuer) as client:
        made = await client.post(f"/cases/{case_id}/break-glass", json={"reason": "Nobody answers."})
        (alert,) = await seen(room, rescuer)
        url, version = f"/alerts/{alert['id']}/acknowledgement", {"If-Match": '"1"'}
        own = await client.post(url, headers=version)
    async with room.client(assigned) as client:
        other = await client.post(url, headers=version)
    assert (alert["about_id"], alert["service"], alert["raised_by"]) == (made.json()["id"], "notify", rescuer.id)
    assert problem(own) == (409, "own_alert")
    assert (other.status_code, other.json()["acknowledged_by"]) == (200, assigned.id)


async def test_a_duress_word_in_a_call_alerts_everybody_but_who_took_it_down(room: Room) -> None:
    """Critical for who is assigned or on duty; nothing for who may be read along with, and nothing for a code word."""
    colleague, listener, duty, case_id = staff("caseworker"), staff("caseworker"), staff("duty_officer"), new_id()
    await assign(room, case_id, colleague.id, listener.id)
    person_id, hearing_id = new_id(), new_id()
    for duress, hearing in ((False, new_id()), (True, hearing_id)):
        word = Sealed.of(person_id, intake.SaidWord(duress=duress, taken_by=listener.id))
        said = intake.CodeWordSaid(
            case_id=case_id, person_id=person_id, hearing_id=hearing, at=room.clock.now(), word=word
        )
        assert await room.tell(said) is None
    for actor in (colleague, duty):
        (alert,) = await seen(room, actor)
        assert (alert["kind"], alert["severity"], alert["service"]) == ("duress", "critical", "intake")
        assert (alert["about_id"], alert["journey_id"]) == (hearing_id, None)
    assert await seen(room, listener) == []
