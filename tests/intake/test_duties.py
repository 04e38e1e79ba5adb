"""What staff must do next: who has it, when it calls, and that it follows the case and survives whatever happens."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.intake.database import metadata
from services.intake.duties import actions as duties
from services.intake.duties.model import Subject, Who
from services.intake.service import blueprint
from shared.access import Actor
from shared.clock import new_id
from shared.contracts.intake import DutyCalled, DutySettled
from shared.database import Transaction
from shared.work import Batch, Cause, Work
from tests.intake.conftest import REFERRAL_KEY
from tests.intake.test_erasure import erase, family
from tests.intake.test_teams import assign, make_team
from tests.intake.test_way_to_a_plan import ADAM, accept, ask
from tests.support.erasure import cells_with
from tests.support.room import NOON, Room, open_room, problem, staff

OFFICER = staff("intake_officer")
MIRA, TOMAS = staff("caseworker"), staff("caseworker")


async def new_case(room: Room, *team: Actor) -> str:
    async with room.client(OFFICER) as client:
        return await accept(client, await ask(client), [ADAM], [who.id for who in team])


async def set_task(
    room: Room, by: Actor, case_id: str, due_at: datetime, text: str = "Call.", **to: Any
) -> dict[str, Any]:
    async with room.client(by) as client:
        body = {"text": text, "due_at": due_at.isoformat(), **to}
        made = await client.post(f"/cases/{case_id}/duties", json=body)
    assert made.status_code == 201, made.text
    return dict(made.json())


async def mine(room: Room, who: Actor) -> list[str]:
    async with room.client(who) as client:
        return [it["id"] for it in (await client.get("/duties")).json()["items"]]


async def end(room: Room, by: Actor, duty_id: str, how: str = "completion", version: int = 1) -> Any:
    async with room.client(by) as client:
        url, headers = f"/duties/{duty_id}/{how}", {"If-Match": f'"{version}"'}
        return await client.post(url, json={"note": "They picked up."}, headers=headers)


async def within(room: Room, act: Callable[[Work], Any], by: Actor = OFFICER) -> Any:
    """What another slice does about duties, in a transaction of its own."""

    async def job(tx: Transaction) -> Any:
        async with Batch.of(tx, room.tools).work(by, Cause(new_id())) as work:
            return await act(work)

    return await room.database.transact(job)


async def test_what_nobody_does_reminds_is_overdue_and_escalates(room: Room) -> None:
    """A day before, when it is due and a day after, once each, whatever is fired twice; done in the end it is over."""
    case_id = await new_case(room, MIRA)
    task = await set_task(room, OFFICER, case_id, NOON + timedelta(days=3), falls_to="person", who_id=MIRA.id)
    assert (await mine(room, MIRA), await mine(room, OFFICER)) == ([task["id"]], [])
    steps = []
    for hours in (47, 1, 23, 1, 23, 1, 240):
        room.clock.move(room.clock.now() + timedelta(hours=hours))
        await room.fire()
        steps.append([called.step for called in await room.told(DutyCalled)])
    all_steps = ["reminder", "overdue", "escalated"]
    assert steps == [[], all_steps[:1], all_steps[:1], all_steps[:2], all_steps[:2], all_steps, all_steps]
    ended = await end(room, MIRA, task["id"], version=4)
    assert (ended.json()["state"], ended.json()["ended_by"], ended.json()["note"]) == (
        "done",
        MIRA.id,
        "They picked up.",
    )
    assert [told.duty_id for told in await room.told(DutySettled)] == [task["id"]]
    assert await mine(room, MIRA) == []


async def test_duties_stand_in_the_order_in_which_they_are_due(room: Room) -> None:
    """Soonest first over all cases, in pages; a task ends once, with the version that was seen."""
    first, second = await new_case(room, MIRA), await new_case(room, MIRA)
    ids = [
        (await set_task(room, OFFICER, case_id, NOON + timedelta(days=days)))["id"]
        for case_id, days in ((first, 5), (second, 2), (first, 9), (second, 7))
    ]
    assert await mine(room, MIRA) == [ids[1], ids[0], ids[3], ids[2]]
    async with room.client(MIRA) as client:
        page = (await client.get("/duties?limit=2")).json()
        assert (await end(room, OFFICER, ids[0])).status_code == 200
        following = (await client.get(f"/duties?limit=2&after={page['next']}")).json()
        of_case = (await client.get(f"/cases/{first}/duties")).json()["items"]
        late = {"text": "Call.", "due_at": NOON.isoformat()}
        assert problem(await client.post(f"/cases/{first}/duties", json=late)) == (422, "due_in_the_past")
    assert [it["id"] for it in following["items"]] == [ids[3], ids[2]]
    assert [(it["id"], it["state"]) for it in of_case] == [(ids[0], "done"), (ids[2], "open")]
    assert problem(await end(room, MIRA, ids[0], version=2)) == (409, "ended")
    assert problem(await end(room, MIRA, ids[1], version=7)) == (412, "stale_version")
    assert problem(await end(room, MIRA, ids[1], "cancellation")) == (409, "not_yours_to_cancel")
    assert (await end(room, OFFICER, ids[1], "cancellation")).json()["state"] == "cancelled"


async def test_duties_follow_the_case_when_it_is_given_away(room: Room) -> None:
    """Who left has none of its duties: theirs, and those of a team that left, fall to everybody on it. Recusal wins."""
    night, day = await make_team(room, TOMAS), await make_team(room, MIRA)
    case_id = await new_case(room)
    assert (await assign(room, case_id, persons=(OFFICER,), teams=(night,))).status_code == 200
    his = (await set_task(room, OFFICER, case_id, NOON + timedelta(days=1), falls_to="person"))["id"]
    teams = (await set_task(room, OFFICER, case_id, NOON + timedelta(days=2), falls_to="team", who_id=night))["id"]
    assert [await mine(room, who) for who in (OFFICER, TOMAS, MIRA)] == [[his], [teams], []]
    assert (await assign(room, case_id, teams=(day,))).status_code == 200
    assert [await mine(room, who) for who in (OFFICER, TOMAS, MIRA)] == [[], [], [his, teams]]
    assert problem(await end(room, OFFICER, his)) == (404, "not_found")
    assert (await assign(room, case_id, teams=(day, night), recused=(TOMAS,))).status_code == 200
    assert [await mine(room, who) for who in (TOMAS, MIRA)] == [[], [his]]
    async with room.client(MIRA) as client:
        shown = (await client.get(f"/cases/{case_id}/duties")).json()["items"]
    assert [it["id"] for it in shown] == [his, teams]


async def test_nothing_is_left_to_do_about_who_was_erased(room: Room) -> None:
    """With its last person a case goes with its duties; what had called is over, and nothing calls later."""
    who = await family(room, (ADAM,))
    task = await set_task(room, who.officer, who.case_id, NOON + timedelta(hours=1))
    room.clock.move(NOON + timedelta(hours=1))
    await room.fire()
    await erase(room, who, who.people[0])
    assert await cells_with(room, metadata, task["id"]) == set()
    room.clock.move(NOON + timedelta(days=9))
    await room.fire()
    assert [told.step for told in await room.told(DutyCalled)] == ["overdue"]
    assert [told.duty_id for told in await room.told(DutySettled)] == [task["id"]]


async def test_a_slice_asks_once_however_often_it_is_told(room: Room) -> None:
    """The same kind, subject and cause are one duty; a later day moves it and ends the alarm; ended it stays so."""
    case_id, cause = await new_case(room), new_id()

    def asking(days: int, cause: str = cause) -> Callable[[Work], Any]:
        due = NOON + timedelta(days=days)
        about = Subject.case(case_id)
        return lambda work: duties.assign(work, "task", about, cause=cause, due_at=due, who=Who.on_case())

    first, again = await within(room, asking(2)), await within(room, asking(2))
    assert (again.id, again.version) == (first.id, 1)
    room.clock.move(NOON + timedelta(days=2))
    await room.fire()
    moved = await within(room, asking(9))
    assert (moved.id, moved.step) == (first.id, None)
    await room.fire()
    assert [told.step for told in await room.told(DutyCalled)] == ["reminder", "overdue"]
    assert len(await room.told(DutySettled)) == 1
    other = await within(room, asking(3, new_id()))
    await within(room, lambda work: duties.settle(work, "task", case_id, cause=cause))
    assert (await within(room, asking(9))).state == "done"
    assert await mine(room, OFFICER) == [other.id]
    await within(room, lambda work: duties.cancel(work, "task", case_id))
    await within(room, lambda work: duties.cancel(work, "task", case_id))
    room.clock.move(NOON + timedelta(days=99))
    await room.fire()
    assert [told.step for told in await room.told(DutyCalled)] == ["reminder", "overdue"]
    assert await mine(room, OFFICER) == []


async def test_a_duty_about_a_request_falls_to_a_role(room: Room) -> None:
    """Everybody with the role sees it and nobody else; once the request is forgotten nothing of it calls."""
    async with room.client(OFFICER) as client:
        request_id = await ask(client)
    due, about = NOON + timedelta(hours=1), Subject.request(request_id)
    other, worker = staff("intake_officer"), staff("caseworker")
    duty = await within(
        room,
        lambda work: duties.assign(work, "task", about, cause=request_id, due_at=due, who=Who.role("intake_officer")),
    )
    assert [await mine(room, who) for who in (OFFICER, other, worker)] == [[duty.id], [duty.id], []]
    async with room.client(worker) as client:
        assert (await client.get(f"/duties/{duty.id}")).status_code == 404
    room.clock.move(due)
    await room.fire()
    called = {told.duty_id: told for told in await room.told(DutyCalled)}
    assert (called[duty.id].case_id, called[duty.id].step) == (request_id, "overdue")
    await within(room, lambda work: duties.forget(work, [request_id]))
    assert await mine(room, OFFICER) == []
    # The request's language calls for a reader as well: what called is settled, and nothing else.
    assert {told.duty_id for told in await room.told(DutySettled)} == set(called)


@pytest.mark.parametrize("turn", range(2))
async def test_asked_for_at_once_it_is_one_duty(turn: int, tmp_path: Path) -> None:
    """On PostgreSQL: six transactions ask for the same, two end it at once; one duty, one end."""
    async with open_room(blueprint(REFERRAL_KEY), tmp_path, "postgresql") as room:
        case_id = await new_case(room)
        due, about = NOON + timedelta(days=2), Subject.case(case_id)
        asked = [
            within(room, lambda work: duties.assign(work, "task", about, cause="c" * 32, due_at=due, who=Who.on_case()))
            for _ in range(6)
        ]
        made = await asyncio.gather(*asked)
        assert len({duty.id for duty in made}) == 1
        both = [end(room, OFFICER, made[0].id, how) for how in ("completion", "cancellation")]
        answers = await asyncio.gather(*(reversed(both) if turn else both))
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        assert await mine(room, OFFICER) == []
