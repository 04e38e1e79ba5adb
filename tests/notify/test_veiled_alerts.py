"""An alert about a veiled journey, and one about a word said under duress: who sees it and who does not."""

from datetime import timedelta
from typing import Any

import pytest

from services.notify.messages import store
from services.notify.messages.actions import Watched, watch
from services.notify.messages.model import Alert
from shared.access import Actor, case_resource
from shared.clock import new_id
from shared.contracts.fields import Sealed
from shared.contracts.logistics import CheckInMissed, CheckInReceived, Report
from shared.contracts.settlement import Sight, SightChanged
from shared.database import Transaction
from shared.veil import LIST
from shared.work import Batch, Cause
from tests.notify.conftest import both
from tests.notify.story import assign
from tests.notify.test_alerts import seen
from tests.support.room import Room, problem, staff

SAME = {"X-Correlation-Id": "0" * 32}


def filled(*who: Actor) -> tuple[str, ...]:
    return (*(actor.id for actor in who), *(new_id() for _ in range(LIST - len(who))))


class Trip:
    """An invented journey of one person, veiled to all but `who`."""

    def __init__(self, room: Room, *who: Actor, veiled: bool = True) -> None:
        self.room, self.who, self.veiled = room, who, veiled
        self.case_id, self.journey_id, self.check_in_id, self.person_id = (new_id() for _ in range(4))

    def _about(self, *, duress: bool, by: str) -> dict[str, Any]:
        report = Report(veiled=self.veiled, may_look=filled(*self.who), duress=duress, said_by=by)
        return {
            "case_id": self.case_id,
            "journey_id": self.journey_id,
            "check_in_id": self.check_in_id,
            "at": self.room.clock.now(),
            "person_ids": (self.person_id,),
            "report": Sealed.of(self.journey_id, report),
        }

    async def miss(self) -> None:
        assert await self.room.tell(CheckInMissed(**self._about(duress=False, by="0" * 32), step="due")) is None

    async def report(self, by: Actor, *, duress: bool = False) -> None:
        assert await self.room.tell(CheckInReceived(**self._about(duress=duress, by=by.id))) is None

    async def sight(self, *who: Actor, veiled: bool = True) -> None:
        told = Sealed.of(self.case_id, Sight(veiled=veiled, may_look=filled(*who)))
        event = SightChanged(case_id=self.case_id, at=self.room.clock.now(), person_ids=(self.person_id,), sight=told)
        assert await self.room.tell(event) is None


async def timeline(room: Room, actor: Actor, case_id: str) -> list[str]:
    async with room.client(actor) as client:
        answer = await client.get(f"/cases/{case_id}/timeline")
    return [it["what"] for it in answer.json()["happenings"]]


async def test_an_alert_about_a_veiled_journey_is_for_its_list(room: Room) -> None:
    """Assignment and duty open it to listed staff only; what is told of the list or the veil acts at once."""
    listed, outsider = staff("coordinator"), staff("coordinator")
    duty, duty_listed = staff("duty_officer"), staff("duty_officer")
    trip = Trip(room, listed, duty_listed)
    everybody = (listed, outsider, duty, duty_listed)
    await assign(room, trip.case_id, listed.id, outsider.id)
    quiet = await timeline(room, outsider, trip.case_id)
    await trip.miss()
    assert [len(await seen(room, who)) for who in everybody] == [1, 0, 0, 1]
    assert await timeline(room, outsider, trip.case_id) == quiet
    assert await timeline(room, listed, trip.case_id) == [*quiet, "raise_alert"]
    (alert,) = await seen(room, listed)
    for actor in (outsider, duty):
        async with room.client(actor) as client:
            answers = [
                await client.post(f"/alerts/{it}/acknowledgement", headers={**SAME, "If-Match": '"1"'})
                for it in (alert["id"], new_id())
            ]
        assert problem(answers[0]) == (404, "not_found")
        assert (answers[0].content, dict(answers[0].headers)) == (answers[1].content, dict(answers[1].headers))
    await trip.sight(listed, duty)
    assert [len(await seen(room, who)) for who in everybody] == [1, 0, 1, 0]
    await trip.sight(veiled=False)
    assert [len(await seen(room, who)) for who in everybody] == [1, 1, 1, 1]
    assert await timeline(room, outsider, trip.case_id) == [*quiet, "raise_alert"]


async def test_a_word_said_under_duress_is_for_who_is_assigned_or_on_duty_and_not_for_who_said_it(room: Room) -> None:
    """A critical alert, each time that it is said; the screens of everybody else are those after any report."""
    escort, duty = staff("coordinator", "duty_officer"), staff("duty_officer")
    assigned, rescuer = staff("coordinator"), staff("coordinator")
    forced, free = Trip(room, veiled=False), Trip(room, veiled=False)
    for trip in (forced, free):
        await assign(room, trip.case_id, escort.id, assigned.id)
        await trip.miss()
        async with room.client(rescuer) as client:
            broken = await client.post(f"/cases/{trip.case_id}/break-glass", json={"reason": "Nobody answers."})
        assert broken.status_code == 201, broken.text
    await forced.report(escort, duress=True)
    await free.report(escort)
    (alert,) = [it for it in await seen(room, duty) if it["kind"] == "duress"]
    assert [it["id"] for it in await seen(room, assigned) if it["kind"] == "duress"] == [alert["id"]]
    assert (alert["severity"], alert["state"], alert["about_id"]) == ("critical", "open", forced.check_in_id)
    for actor in (escort, rescuer):
        shown = [it for it in await seen(room, actor) if it["kind"] != "glass_broken"]
        assert [(it["kind"], it["state"]) for it in shown] == [("check_in_missed", "resolved")] * 2
        assert await timeline(room, actor, forced.case_id) == await timeline(room, actor, free.case_id)
        async with room.client(actor) as client:
            answer = await client.post(f"/alerts/{alert['id']}/acknowledgement", headers={"If-Match": '"1"'})
        assert problem(answer) == (404, "not_found")
    async with room.client(duty) as client:
        taken = await client.post(f"/alerts/{alert['id']}/acknowledgement", headers={"If-Match": '"1"'})
    assert taken.json()["state"] == "acknowledged"
    await forced.report(escort, duress=True)
    (again,) = [it for it in await seen(room, duty) if it["kind"] == "duress"]
    assert (again["id"], again["state"]) == (alert["id"], "open")


async def test_a_word_said_on_a_veiled_journey_reaches_the_list_when_nobody_on_duty_is_on_it(room: Room) -> None:
    """Who is assigned and on the list looks after it; who said it, who is not on the list or not assigned does not."""
    forced, listed, outsider = staff("coordinator"), staff("programme_officer"), staff("coordinator")
    stranger, duty, recused = staff("coordinator"), staff("duty_officer"), staff("coordinator")
    trip = Trip(room, forced, listed, stranger, recused)
    await assign(room, trip.case_id, forced.id, listed.id, outsider.id, recused.id, recused=(recused.id,))
    await trip.report(forced, duress=True)
    others = (forced, outsider, stranger, duty, recused)
    assert [len(await seen(room, who)) for who in (listed, *others)] == [1, 0, 0, 0, 0, 0]
    assert await timeline(room, forced, trip.case_id) == await timeline(room, outsider, trip.case_id)
    (alert,) = await seen(room, listed)
    url, version = f"/alerts/{alert['id']}/acknowledgement", {"If-Match": '"1"'}
    for who in others:
        async with room.client(who) as client:
            assert problem(await client.post(url, headers=version)) == (404, "not_found")
    async with room.client(listed) as client:
        assert (await client.post(url, headers=version)).json()["acknowledged_by"] == listed.id


@pytest.mark.parametrize("on_duty", [False, True])
async def test_the_list_shows_exactly_what_the_policies_allow(room: Room, on_duty: bool) -> None:
    """For every alert of a small world: veiled or open, listed or not, assigned, recused or neither."""
    actor = staff("duty_officer") if on_duty else staff("coordinator")
    other, kept, cases = staff("escort"), [], {}
    for veiled in (False, True):
        for listed in (False, True):
            for relation in ("assigned", "recused", "none"):
                trip = Trip(room, *([actor] if listed else []), veiled=veiled)
                assigned = (actor.id,) if relation == "assigned" else (other.id,)
                await assign(room, trip.case_id, *assigned, recused=(actor.id,) if relation == "recused" else ())
                await trip.miss()
                await trip.report(other, duress=True)
                kept.append((trip.case_id, veiled and not listed))
                cases[trip.case_id] = trip

    async def permitted(tx: Transaction) -> set[tuple[str, str]]:
        found = set()
        async with Batch.of(tx, room.tools).work(actor, Cause(new_id())) as work:
            for case_id, hidden in kept:
                for kind in ("check_in_missed", "duress"):
                    resource = await case_resource(
                        work, actor, case_id, hidden=hidden, duress=kind == "duress", said_by=other.id
                    )
                    if room.tools.policies.allows(actor, "see_alert", resource):
                        found.add((case_id, kind))
        return found

    shown = {(it["case_id"], it["kind"]) for it in await seen(room, actor, "?limit=200")}
    assert shown == await room.database.transact(permitted)
    assert len(shown) == (12 if on_duty else 6)


async def test_an_alert_asked_for_by_its_id_is_no_more_open_than_in_the_list(room: Room) -> None:
    """Behind a veil, or said under duress: who does not find it in the list gets what an unknown id gets."""
    listed, outsider, duty = staff("coordinator"), staff("coordinator"), staff("duty_officer")
    veiled, forced = Trip(room, listed), Trip(room, veiled=False)
    for trip in (veiled, forced):
        await assign(room, trip.case_id, listed.id, outsider.id)
    await veiled.miss()
    await forced.report(listed, duress=True)
    (hidden,), (said,) = await seen(room, listed), await seen(room, duty)
    answers = {}
    for name, who in (("listed", listed), ("outsider", outsider), ("duty", duty)):
        async with room.client(who) as client:
            asked = [await client.get(f"/alerts/{one}", headers=SAME) for one in (hidden["id"], said["id"], new_id())]
        answers[name] = [answer.status_code for answer in asked]
        assert len({answer.content for answer in asked if answer.status_code == 404}) == 1
    assert answers == {"listed": [200, 404, 404], "outsider": [404, 200, 404], "duty": [404, 200, 404]}


@both
async def test_pages_are_full_whatever_lies_behind_a_veil(room: Room) -> None:
    """Of five open alerts among six veiled ones: two, two and the last, in one order, nothing twice."""
    actor = staff("duty_officer")
    open_ones = []
    for number in range(11):
        trip = Trip(room, veiled=number % 2 == 0)
        await trip.miss()
        open_ones += [] if trip.veiled else [trip.case_id]
    pages, after = [], ""
    async with room.client(actor) as client:
        while after is not None:
            page = (await client.get(f"/alerts?limit=2{after and '&after=' + after}")).json()
            pages.append([it["case_id"] for it in page["items"]])
            after = page["next"]
    assert [len(page) for page in pages] == [2, 2, 1]
    assert sorted(it for page in pages for it in page) == sorted(open_ones)


@pytest.mark.parametrize("over", [False, True])
async def test_looking_costs_no_more_the_more_alerts_there_ever_were(
    room: Room, monkeypatch: pytest.MonkeyPatch, over: bool
) -> None:
    """A page of ten reads fifty at most; a beat opens the veils of what changed since the one before, and no other."""
    duty, opened = staff("duty_officer"), []
    trips = [Trip(room, veiled=False) for _ in range(60)]
    for trip in trips:
        await trip.miss()
        if over:
            await trip.report(duty)
    decide = store._shown
    monkeypatch.setattr(store, "_shown", lambda *row: opened.append(row) or decide(*row))
    assert len(await seen(room, duty, "?limit=10")) == 10
    assert len(opened) == 50

    async def beat(before: Watched | None) -> tuple[int, int, Watched]:
        opened.clear()

        async def job(tx: Transaction) -> tuple[list[Alert], Watched]:
            async with Batch.of(tx, room.tools).work(duty, Cause(new_id())) as work:
                return await watch(work, before)

        found, watched = await room.database.transact(job)
        return len(found), len(opened), watched

    room.clock.move(room.clock.now() + timedelta(hours=1))
    first = await beat(None)
    assert first[:2] == ((0, 0) if over else (60, 60))
    second = await beat(first[2])
    assert second[:2] == (0, 0)
    await trips[0].miss()
    third = await beat(second[2])
    assert third[:2] == (1, 1)
    await trips[0].report(duty)
    fourth = await beat(third[2])
    assert fourth[:2] == (1, 1)
    assert (await beat(fourth[2]))[:2] == (0, 0)
