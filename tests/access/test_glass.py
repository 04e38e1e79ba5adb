"""Breaking the glass, in every service."""

import asyncio
import re
from datetime import timedelta
from pathlib import Path

import httpx
from sqlalchemy import select

from shared.access import Actor, Resource
from shared.access.grants import glass
from shared.audit import AUDIT
from shared.clock import new_id
from shared.contracts import intake, logistics, settlement
from shared.messaging.outbox import OUTBOX
from shared.web.glass import BREAKINGS
from tests.access.rooms import BLUEPRINTS, LOOKS, assign, open_case
from tests.support.room import NOON, Room, open_room, problem, staff

REASON = "His brother rang: the police are at the door, and nobody assigned answers."
BROKEN = {"intake": intake.GlassBroken, "logistics": logistics.GlassBroken, "settlement": settlement.GlassBroken}
MINUTE = timedelta(minutes=1)
SERVICES = Path(__file__).parents[2] / "services"
ROLES = (
    *("intake_officer", "caseworker", "reviewer", "manager", "analyst", "coordinator", "escort", "keeper"),
    *("programme_manager", "programme_officer", "settlement_worker", "spokesperson"),
    *("duty_officer", "partner_manager", "operator", "access_manager", "auditor", "custodian", "data_importer"),
    *("data_protection", "head_reviewer", "interpreter", "supervisor"),
)
"""Every role that a policy of ours knows; `test_no_role_is_missing_here` holds it."""
OPENED = {
    "intake": {"see_case", "see_people", "see_request", "see_thread"},
    "logistics": {"see_case", "see_papers", "see_scan"},
    "settlement": {"see_case", "see_submission", "see_reception"},
    "notify": {"see_case", "see_alert"},
}
"""All that broken glass opens."""


def rescuer(room: Room) -> Actor:
    """Somebody invented who may break the glass, and has no other right that matters here."""
    return staff({"intake": "reviewer"}.get(room.blueprint.name, "coordinator"))


async def break_glass(room: Room, actor: Actor, case_id: str, reason: str = REASON) -> httpx.Response:
    async with room.client(actor) as client:
        return await client.post(f"/cases/{case_id}/break-glass", json={"reason": reason})


async def looked(room: Room, actor: Actor, case_id: str) -> list[int]:
    """Statuses of looking at a case and at what happened to it."""
    paths = (LOOKS[room.blueprint.name].format(case_id), f"/cases/{case_id}/timeline")
    async with room.client(actor) as client:
        return [(await client.get(path)).status_code for path in paths]


async def test_broken_glass_shows_the_case_for_an_hour(room: Room) -> None:
    """Not before, up to the last minute, and no longer, without any job having run."""
    me, case_id = rescuer(room), await open_case(room)
    before = await looked(room, me, case_id)
    answer = await break_glass(room, me, case_id)
    within = await looked(room, me, case_id)
    room.clock.move(NOON + 59 * MINUTE)
    late = await looked(room, me, case_id)
    room.clock.move(NOON + 60 * MINUTE)
    after = await looked(room, me, case_id)
    assert (answer.status_code, answer.json()["until"]) == (201, "2017-04-03T13:00:00Z")
    assert [before, within, late, after] == [[404, 404], [200, 200], [200, 200], [404, 404]]


async def test_a_case_that_one_may_not_know_answers_like_one_that_is_not(room: Room) -> None:
    """Recused, without a role, or no case at all: one status and the same bytes, and nothing is told."""
    case_id, recused, keeper = await open_case(room), staff("duty_officer"), staff("keeper")
    await assign(room, case_id, staff(), recused=(recused,))
    events = len(await room.told())
    bodies = []
    for who, asked in ((recused, case_id), (recused, new_id()), (keeper, case_id), (keeper, new_id())):
        async with room.client(who) as client:
            headers = {"X-Correlation-Id": "0" * 32}
            given = await client.post(f"/cases/{asked}/break-glass", json={"reason": REASON}, headers=headers)
            read = await client.get(f"/cases/{asked}/break-glass", headers=headers)
        assert (problem(given), problem(read)) == ((404, "not_found"), (404, "not_found"))
        bodies += [given.content, read.content]
    assert len(set(bodies)) == 1
    assert len(await room.told()) == events
    assert await room.rows(select(glass)) == []


async def test_a_recusal_ends_the_look_at_once(room: Room) -> None:
    """Recusal beats broken glass, and from then on breaking it is refused as if the case were not there."""
    me, case_id = rescuer(room), await open_case(room)
    await break_glass(room, me, case_id)
    await assign(room, case_id, staff(), recused=(me,))
    assert await looked(room, me, case_id) == [404, 404]
    assert problem(await break_glass(room, me, case_id)) == (404, "not_found")


async def test_each_time_is_announced_and_nothing_is_extended_in_silence(room: Room) -> None:
    """Two breakings: one row that ends an hour after the second, two on the log, two announced."""
    me, case_id = rescuer(room), await open_case(room)
    first = (await break_glass(room, me, case_id)).json()
    room.clock.move(NOON + 30 * MINUTE)
    second = (await break_glass(room, me, case_id, "Still nobody answers.")).json()
    (row,) = await room.rows(select(glass))
    assert row == {"case_id": case_id, "actor_id": me.id, "until": NOON + 90 * MINUTE}
    logged = await room.rows(select(AUDIT.c.case_id, AUDIT.c.actor_id).where(AUDIT.c.verb == "break_glass"))
    assert logged == [{"case_id": case_id, "actor_id": me.id}] * 2
    if room.blueprint.name == "notify":
        return
    told = [(it.breaking_id, it.case_id, it.actor_id, it.at) for it in await room.told(BROKEN[room.blueprint.name])]
    at = NOON + 30 * MINUTE
    assert told == [(first["id"], case_id, me.id, NOON), (second["id"], case_id, me.id, at)]


async def test_a_repeated_request_breaks_it_once(room: Room) -> None:
    """The same Idempotency-Key gets the first answer and makes no second breaking."""
    me, case_id = rescuer(room), await open_case(room)
    async with room.client(me) as client:
        url, headers = f"/cases/{case_id}/break-glass", {"Idempotency-Key": "the-same-key"}
        answers = [await client.post(url, json={"reason": REASON}, headers=headers) for _ in range(2)]
    assert answers[0].content == answers[1].content
    assert len(await room.rows(select(BREAKINGS))) == 1


async def test_the_reason_is_read_here_by_those_who_must_judge_it(room: Room) -> None:
    """Assigned staff and the duty officer read it; the bus, the table and everybody else do not have it."""
    assigned, duty, me, stranger = staff("caseworker"), staff("duty_officer"), rescuer(room), staff("analyst")
    case_id = await open_case(room, assigned)
    made = (await break_glass(room, me, case_id)).json()["id"]
    for who in (assigned, duty):
        async with room.client(who) as client:
            items = (await client.get(f"/cases/{case_id}/break-glass")).json()["items"]
        assert items == [{"id": made, "actor_id": me.id, "at": "2017-04-03T12:00:00Z", "reason": REASON}]
    async with room.client(stranger) as client:
        assert problem(await client.get(f"/cases/{case_id}/break-glass")) == (404, "not_found")
    (kept,) = await room.rows(select(BREAKINGS.c.reason))
    sent = [row["body"] for row in await room.rows(select(OUTBOX.c.body))]
    assert not any(b"police" in bytes_ for bytes_ in (kept["reason"].box, *sent))


async def test_who_is_assigned_has_no_need_of_it(room: Room) -> None:
    """No alarm is raised by somebody who may see the case anyway; a reason has to be given."""
    me = rescuer(room)
    case_id = await open_case(room, me)
    assert problem(await break_glass(room, me, case_id)) == (409, "glass_not_needed")
    assert problem(await break_glass(room, me, case_id, "  ")) == (422, "invalid_input")


def test_no_role_is_missing_here() -> None:
    """The policies name these roles, and no others."""
    said = "".join(path.read_text() for path in SERVICES.glob("*/policies.cedar"))
    asked = re.findall(r"roles\.contains(?:Any)?\((.*?)\)", said, re.S)
    assert {role for roles in asked for role in re.findall(r'"(\w+)"', roles)} == set(ROLES)


async def test_broken_glass_opens_these_looks_and_nothing_else(room: Room) -> None:
    """Of all that any role, or all roles together, may do, only the looks named here follow from broken glass."""
    policies, opened = room.tools.policies, set()
    facts = {"known": True, "open": True, "listed": False, "hidden": False, "is_case": True}
    standing = {"assigned": False, "recused": False}
    for roles in (ROLES, *((role,) for role in ROLES)):
        actor = staff(*roles)
        for kind in ("Case", "Request", "Submission", "Reception", "Plan"):
            whole, broken = (
                Resource(kind, "c" * 32, {**facts, **standing, "glass_broken": state}) for state in (False, True)
            )
            for action in policies.actions():
                if policies.allows(actor, action, whole) != policies.allows(actor, action, broken):
                    opened.add(action)
    assert opened == OPENED[room.blueprint.name]


async def test_breaking_it_often_at_the_same_moment_is_one_row(tmp_path: Path) -> None:
    """Ten at once on PostgreSQL: all are answered, all are on the log, and there is one row."""
    async with open_room(BLUEPRINTS["logistics"](), tmp_path, "postgresql") as room:
        me, case_id = rescuer(room), await open_case(room)
        answers = await asyncio.gather(*(break_glass(room, me, case_id) for _ in range(10)))
        assert [answer.status_code for answer in answers] == [201] * 10
        assert len(await room.rows(select(glass))) == 1
        assert len(await room.rows(select(BREAKINGS))) == 10
        assert await looked(room, me, case_id) == [200, 200]
