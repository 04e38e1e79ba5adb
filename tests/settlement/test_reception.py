"""The far end through settlement's API: arrival, hand-over, the weeks of reception, plans and needs."""

from datetime import timedelta

from sqlalchemy import select

from shared.access import Actor
from shared.audit import AUDIT
from shared.clock import new_id
from shared.contracts.settlement import OutcomeRecorded, PlanOpened, ReceptionConfirmed, ReceptionEnded
from shared.messaging.inbox_rows import PARKED
from tests.settlement.stories import (
    arrive,
    assign,
    depart,
    get,
    hand_over,
    officer,
    open_case,
    opened,
    post,
    tell_consent,
)
from tests.support.erasure import person_erased
from tests.support.room import Room, problem, staff


async def test_both_sides_confirm_with_the_head_count_of_the_manifest(room: Room) -> None:
    """The first confirmation tells nobody; the second tells intake, opens a plan for each, and counts in Canada."""
    worker, escort = staff("settlement_worker"), staff("escort")
    group = await open_case(room, worker, escort, people=2)
    journey = await depart(room, group)
    (expected,) = (await get(room, worker, f"/cases/{group.case_id}/receptions")).json()["items"]
    assert (expected["state"], expected["country"], expected["person_ids"]) == ("expected", None, [*group.person_ids])
    url = f"/receptions/{expected['id']}/handover"
    early = await post(room, escort, url, {"side": "escort", "counted": 2}, version=1)
    assert problem(early) == (409, "not_arrived")

    await arrive(room, group, journey)
    short = await post(room, escort, url, {"side": "escort", "counted": 1}, version=2)
    assert problem(short) == (409, "head_count_differs")
    wrong_side = await post(room, escort, url, {"side": "reception", "counted": 2}, version=2)
    assert problem(wrong_side) == (403, "not_permitted")
    half = await post(room, worker, url, {"side": "escort", "counted": 2}, version=2)
    assert (half.status_code, half.json()["state"], await room.told(ReceptionConfirmed)) == (200, "expected", [])
    alone = await post(room, worker, url, {"side": "reception", "counted": 2}, version=3)
    assert problem(alone) == (409, "same_person")

    other = staff("settlement_worker")
    await assign(room, group, worker, escort, other)
    stale = await post(room, other, url, {"side": "reception", "counted": 2}, version=2)
    whole = await post(room, other, url, {"side": "reception", "counted": 2}, version=3)
    assert problem(stale) == (412, "stale_version")
    assert (whole.json()["state"], whole.json()["country"]) == ("confirmed", "CA")
    again = await post(room, other, url, {"side": "reception", "counted": 2}, version=whole.json()["version"])
    assert problem(again) == (409, "already_confirmed")
    late = await post(room, other, url, {"side": "reception", "counted": 2}, version=3)
    assert problem(late) == (412, "stale_version")

    (confirmed,) = await room.told(ReceptionConfirmed)
    assert (confirmed.journey_id, [one.person_id for one in confirmed.persons]) == (journey, list(group.person_ids))
    assert {room.opened("intake", confirmed, one.view).state for one in confirmed.persons} == {"in_reception"}
    plans = await room.told(PlanOpened)
    assert [plan.person.person_id for plan in plans] == list(group.person_ids)
    assert {room.opened("intake", plan, plan.person.view).state for plan in plans} == {"in_reception"}
    figures = [room.opened("notify", told, told.outcome).figure for told in await room.told(OutcomeRecorded)]
    assert figures == ["helped_to_escape"] * 2 + ["settled_in_canada"] * 2


async def test_an_arrival_before_intakes_word_ends_the_same(room: Room) -> None:
    """Logistics' news may overtake intake's; redelivery of all of it changes nothing."""
    worker, escort = staff("settlement_worker"), staff("escort")
    group, event = opened(room)
    await arrive(room, group, await depart(room, group))
    await room.tell(event)
    await tell_consent(room, group, group.person_ids[0])
    await assign(room, group, worker, escort)
    await room.tell_again()
    assert (await hand_over(room, group, worker, escort)).json()["state"] == "confirmed"
    known = (await get(room, worker, f"/cases/{group.case_id}/newcomers")).json()
    assert known == {
        "case_id": group.case_id,
        "state": "opened",
        "newcomers": [
            {
                "id": group.person_ids[0],
                "principal": True,
                "born_on": "1990-05-01",
                "country_of_danger": "RU",
                "consents": ["share_with_government"],
            }
        ],
    }
    assert len(await room.told(OutcomeRecorded)) == 2


async def test_a_person_is_counted_once_and_only_out_of_danger(room: Room) -> None:
    """A second journey adds nothing; an arrival inside the country of danger, or elsewhere than Canada, counts not."""
    worker, escort = staff("settlement_worker"), staff("escort")
    group = await open_case(room, worker, escort)

    async def figures() -> list[str]:
        return [room.opened("notify", told, told.outcome).figure for told in await room.told(OutcomeRecorded)]

    await arrive(room, group, await depart(room, group), country="RU", outside=False)
    assert await figures() == []
    await arrive(room, group, await depart(room, group), country="DE")
    await hand_over(room, group, worker, escort)
    assert await figures() == ["helped_to_escape"]
    await arrive(room, group, new_id())
    receptions = (await get(room, worker, f"/cases/{group.case_id}/receptions")).json()["items"]
    (canada,) = [one for one in receptions if one["country"] == "CA"]
    url = f"/receptions/{canada['id']}/handover"
    first = await post(room, escort, url, {"side": "escort", "counted": 1}, version=canada["version"])
    await post(room, worker, url, {"side": "reception", "counted": 1}, version=first.json()["version"])
    assert await figures() == ["helped_to_escape", "settled_in_canada"]
    assert len(await room.told(PlanOpened)) == 1


async def test_a_reception_ends_by_itself_after_six_weeks(room: Room) -> None:
    """Not a minute before, and also when the clock jumps far beyond."""
    worker, escort = staff("settlement_worker"), staff("escort")
    group = await open_case(room, worker, escort)
    await arrive(room, group, await depart(room, group))
    confirmed = (await hand_over(room, group, worker, escort)).json()
    assert confirmed["ends_at"] == "2017-05-15T12:00:00Z"
    url, begun = f"/receptions/{confirmed['id']}", room.clock.now()
    room.clock.move(begun + timedelta(days=42, minutes=-1))
    assert (await room.fire(), (await get(room, worker, url)).json()["state"]) == (0, "confirmed")
    room.clock.move(begun + timedelta(days=400))
    assert (await room.fire(), (await get(room, worker, url)).json()["state"]) == (1, "ended")


async def far_end(room: Room) -> list[str | None]:
    """What intake is told of the far end, in order; of the first person named."""
    states = []
    for told in await room.told():
        if isinstance(told.event, ReceptionConfirmed | ReceptionEnded):
            states.append(room.opened("intake", told, told.persons[0].view).state)
        if isinstance(told.event, PlanOpened):
            states.append(room.opened("intake", told, told.person.view).state)
    return states


async def test_people_are_in_reception_until_it_ends_and_settle_then(room: Room) -> None:
    """The plan that is opened at the hand-over does not end the reception; six weeks later all of them settle."""
    worker, escort = staff("settlement_worker"), staff("escort")
    group = await open_case(room, worker, escort, people=2)
    journey = await depart(room, group)
    await arrive(room, group, journey)
    await hand_over(room, group, worker, escort)
    assert await far_end(room) == ["in_reception"] * 3
    assert await room.told(ReceptionEnded) == []
    room.clock.move(room.clock.now() + timedelta(days=42))
    assert await room.fire() == 1
    (ended,) = await room.told(ReceptionEnded)
    assert (ended.case_id, ended.journey_id, ended.at) == (group.case_id, journey, room.clock.now())
    assert [(one.person_id, room.opened("intake", ended, one.view).state) for one in ended.persons] == [
        (person_id, "settling") for person_id in group.person_ids
    ]


async def test_who_is_received_again_settles_when_the_last_reception_ends(room: Room) -> None:
    """Also with a plan that stayed open all the time, for which nothing is told a second time."""
    worker, escort = staff("settlement_worker"), staff("escort")
    group = await open_case(room, worker, escort)
    begun = room.clock.now()
    for days, country in ((0, "DE"), (20, "CA")):
        room.clock.move(begun + timedelta(days=days))
        await arrive(room, group, await depart(room, group), country)
        await hand_over(room, group, worker, escort)
    for days in (42, 62):
        room.clock.move(begun + timedelta(days=days))
        assert await room.fire() == 1
    assert len(await room.told(PlanOpened)) == 1
    assert await far_end(room) == ["in_reception"] * 4 + ["settling"]


async def test_a_consent_of_nobody_whom_intake_told_of_is_parked(room: Room) -> None:
    """News of a case come in order, so no later one can make the person known: trying again would not help."""
    group, _ = opened(room)
    assert await tell_consent(room, group, group.person_ids[0]) is None
    (parked,) = await room.rows(select(PARKED.c.reason, PARKED.c.key))
    assert parked == {"reason": "not_found:person_not_known", "key": group.case_id}


async def test_needs_are_referred_settled_and_the_plan_is_closed(room: Room) -> None:
    """A need ends once; a plan closes only when nothing is left open, and then takes no more."""
    worker, escort = staff("settlement_worker"), staff("escort")
    group = await open_case(room, worker, escort)
    await arrive(room, group, await depart(room, group))
    await hand_over(room, group, worker, escort)
    (plan,) = (await get(room, worker, f"/cases/{group.case_id}/plans")).json()["items"]
    assert (plan["person_id"], plan["state"], plan["needs"]) == (group.person_ids[0], "open", [])

    added = await post(room, worker, f"/plans/{plan['id']}/needs", {"kind": "language", "note": "CLB 2"})
    need = added.json()
    assert (added.status_code, need["state"], need["kind"], need["note"]) == (201, "open", "language", "CLB 2")
    url = f"/needs/{need['id']}"
    referred = await post(room, worker, f"{url}/referral", {"service": "Evening school"}, version=1)
    assert (referred.json()["state"], referred.json()["service"]) == ("referred", "Evening school")
    closure = f"/plans/{plan['id']}/closure"
    assert problem(await post(room, worker, closure, version=1)) == (412, "stale_version")
    (seen,) = (await get(room, worker, f"/cases/{group.case_id}/plans")).json()["items"]
    assert (seen["version"], seen["needs"]) == (3, [referred.json()])
    assert problem(await post(room, worker, closure, version=3)) == (409, "needs_open")
    body = {"outcome": "met", "note": "Passed CLB 4"}
    assert problem(await post(room, worker, f"{url}/outcome", body, version=1)) == (412, "stale_version")
    met = await post(room, worker, f"{url}/outcome", body, version=2)
    assert (met.json()["state"], met.json()["outcome_note"]) == ("met", "Passed CLB 4")
    assert problem(await post(room, worker, f"{url}/outcome", body, version=3)) == (409, "need_settled")
    late = await post(room, worker, f"{url}/referral", {"service": "Evening school"}, version=2)
    assert problem(late) == (412, "stale_version")
    closed = await post(room, worker, closure, version=4)
    assert (closed.json()["state"], closed.json()["version"]) == ("closed", 5)
    assert problem(await post(room, worker, closure, version=4)) == (412, "stale_version")
    late = await post(room, worker, f"/plans/{plan['id']}/needs", {"kind": "income"})
    assert problem(late) == (409, "plan_closed")
    happened = (await get(room, worker, f"/cases/{group.case_id}/timeline")).json()["happenings"]
    assert [one["what"] for one in happened][-9:] == [
        "expect_group",
        "note_arrival",
        "confirm_as_escort",
        "confirm_as_reception",
        "open_plan",
        "add_need",
        "refer_need",
        "settle_need",
        "close_plan",
    ]


async def test_the_timeline_tells_of_plans_and_needs_to_settlement_workers_only(room: Room) -> None:
    """A caseworker, or who broke the glass, reads of a case with needs what they read before, also once erased."""
    worker, escort, caseworker = staff("settlement_worker"), staff("escort"), staff("caseworker")
    rescuer = staff("settlement_worker", "duty_officer")
    group = await open_case(room, worker, escort, caseworker)
    broken = await post(room, rescuer, f"/cases/{group.case_id}/break-glass", {"reason": "Nobody answers."})
    assert broken.status_code == 201, broken.text
    await arrive(room, group, await depart(room, group))
    await hand_over(room, group, worker, escort)
    (plan,) = (await get(room, worker, f"/cases/{group.case_id}/plans")).json()["items"]
    need = (await post(room, worker, f"/plans/{plan['id']}/needs", {"kind": "employment"})).json()
    await post(room, worker, f"/needs/{need['id']}/referral", {"service": "Clinic"}, version=1)
    await post(room, worker, f"/needs/{need['id']}/outcome", {"outcome": "met"}, version=2)
    await post(room, worker, f"/plans/{plan['id']}/closure", version=4)
    about_plans = ["open_plan", "add_need", "refer_need", "settle_need", "close_plan"]

    async def told(actor: Actor) -> list[str]:
        answer = await get(room, actor, f"/cases/{group.case_id}/timeline")
        assert plan["id"] not in answer.text or actor is worker
        return [one["what"] for one in answer.json()["happenings"]]

    whole = await told(worker)
    assert whole[-5:] == about_plans
    for actor in (caseworker, rescuer, escort):
        assert await told(actor) == whole[:-5]
    await room.tell(person_erased(room, group.case_id, group.person_ids[0]))
    await room.fire()
    assert not set(await told(caseworker)) & set(about_plans)


async def test_birth_dates_are_for_who_works_with_the_people(room: Room) -> None:
    """Everybody else who sees the case sees none: by assignment without such a role, or by the glass."""
    roles = ("coordinator", "caseworker", "settlement_worker", "programme_officer", "escort", "intake_officer")
    team = {role: staff(role) for role in roles}
    group = await open_case(room, *team.values())
    rescuer = staff("settlement_worker", "duty_officer")
    broken = await post(room, rescuer, f"/cases/{group.case_id}/break-glass", {"reason": "Nobody answers."})
    assert broken.status_code == 201, broken.text
    seen = {}
    for name, actor in {**team, "rescuer": rescuer}.items():
        (person,) = (await get(room, actor, f"/cases/{group.case_id}/newcomers")).json()["newcomers"]
        seen[name] = person["born_on"]
    assert seen == {
        **dict.fromkeys(roles[:4], "1990-05-01"),
        **dict.fromkeys(["escort", "intake_officer", "rescuer"], None),
    }


async def test_needs_are_for_assigned_settlement_workers_only(room: Room) -> None:
    """Nobody else learns what somebody needs, nor that there is a plan; strangers not even of the case."""
    worker, escort = staff("settlement_worker"), staff("escort")
    triage, stranger = staff("intake_officer", "coordinator", "programme_officer"), officer()
    group = await open_case(room, worker, escort, triage)
    await arrive(room, group, await depart(room, group))
    await hand_over(room, group, worker, escort)
    (plan,) = (await get(room, worker, f"/cases/{group.case_id}/plans")).json()["items"]
    need = (await post(room, worker, f"/plans/{plan['id']}/needs", {"kind": "employment"})).json()
    assert problem(await get(room, triage, f"/cases/{group.case_id}/plans")) == (403, "not_permitted")
    assert problem(await get(room, stranger, f"/cases/{group.case_id}/plans")) == (404, "not_found")
    for actor in (triage, stranger):
        for url, body in (
            (f"/plans/{plan['id']}/needs", {"kind": "health"}),
            (f"/needs/{need['id']}/referral", {"service": "Clinic"}),
            (f"/needs/{need['id']}/outcome", {"outcome": "met"}),
            (f"/plans/{plan['id']}/closure", {}),
        ):
            assert problem(await post(room, actor, url, body, version=1)) == (404, "not_found")


async def test_only_who_is_assigned_knows_the_newcomers(room: Room) -> None:
    """A case is known to its staff, and gone for who is recused from it later."""
    worker, stranger = staff("settlement_worker"), officer()
    group = await open_case(room, worker)
    url = f"/cases/{group.case_id}/newcomers"
    assert (await get(room, worker, url)).status_code == 200
    assert problem(await get(room, stranger, url)) == (404, "not_found")
    await assign(room, group, worker, recused=(worker,))
    for what in ("newcomers", "receptions", "plans", "submissions", "pathways", "timeline"):
        assert problem(await get(room, worker, f"/cases/{group.case_id}/{what}")) == (404, "not_found")


async def test_every_look_and_change_is_on_the_audit_log(room: Room) -> None:
    """Also who only looked, and who was refused."""
    worker, stranger = staff("settlement_worker"), officer()
    group = await open_case(room, worker)
    await get(room, worker, f"/cases/{group.case_id}/receptions")
    await get(room, stranger, f"/cases/{group.case_id}/receptions")
    rows = await room.rows(select(AUDIT.c.verb, AUDIT.c.actor_id, AUDIT.c.denied).order_by(AUDIT.c.seq))
    assert [tuple(row.values()) for row in rows][-2:] == [
        ("see_receptions", worker.id, False),
        ("see_case", stranger.id, True),
    ]
