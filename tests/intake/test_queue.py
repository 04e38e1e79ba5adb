"""The queue: the most urgent first, nobody starving; one works on a request at a time, and hands it on."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from services.intake.requests.model.asking import Urgency
from services.intake.requests.model.urgency import PATIENCE, in_order
from services.intake.requests.store.history import HANDOVERS
from services.intake.requests.store.requests import REQUESTS, Queued
from services.intake.service import blueprint
from services.intake.staff.store import SHIFTS
from shared.access import Actor
from shared.clock import new_id
from shared.contracts.intake import DutyCalled, DutySettled
from tests.intake.conftest import REFERRAL_KEY
from tests.intake.test_way_to_a_plan import ask
from tests.support.room import NOON, Room, open_room, problem, staff

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def post(client: httpx.AsyncClient, path: str, version: int = 1, **body: Any) -> httpx.Response:
    return await client.post(path, json=body or None, headers={"If-Match": f'"{version}"'})


async def queue(client: httpx.AsyncClient, **asked: Any) -> list[str]:
    answer = await client.get("/queue", params=asked)
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["items"]]


async def on_duty(room: Room, who: Actor, *languages: str, begins: datetime | None = None, hours: int = 8) -> str:
    """A shift that a manager plans."""
    begins = begins or room.clock.now()
    shift = {"actor_id": who.id, "begins_at": begins.isoformat(), "ends_at": (begins + hours * HOUR).isoformat()}
    async with room.client(staff("manager")) as client:
        answer = await client.post("/shifts", json={**shift, "languages": languages})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_the_most_urgent_come_first_and_waiting_makes_urgent(room: Room) -> None:
    """An emergency passes what waited for 29 days, and what waited for a month passes the next emergency; an urgent
    one has a week. Paging goes on behind the last of a page."""
    async with room.client(staff("intake_officer")) as client:
        first = await ask(client)
        room.clock.move(NOON + 29 * DAY)
        emergency = await ask(client, urgency="emergency")
        room.clock.move(NOON + 29 * DAY + HOUR)
        urgent = await ask(client, urgency="urgent")
        assert await queue(client) == [emergency, first, urgent]
        room.clock.move(NOON + 31 * DAY)
        later = await ask(client, urgency="emergency")
        assert await queue(client) == [emergency, first, later, urgent]
        page = (await client.get("/queue?limit=2")).json()
        assert [one["id"] for one in page["items"]] == [emergency, first]
        assert await queue(client, limit=2, after=page["next"]) == [later, urgent]
        assert (await post(client, f"/requests/{urgent}/urgency", urgency="emergency")).json()["version"] == 2
        assert (
            await post(client, f"/requests/{later}/screening", in_scope=False, ends_as="spam", reason="Ads.")
        ).is_success
        assert await queue(client) == [emergency, urgent, first]
        await post(client, f"/requests/{emergency}/screening", in_scope=True, urgency="emergency")
        assert await queue(client, state="new") == [urgent, first]
        assert await queue(client, state="in_scope") == [emergency]
        assert await queue(client, state="spam") == []


async def test_the_database_tells_nothing_of_urgency_or_language(room: Room) -> None:
    """Boxes of one size, and equal clear columns, whatever was said."""
    async with room.client(staff("intake_officer")) as client:
        for urgency, language in (("emergency", "ru"), ("normal", "che"), ("urgent", "ar")):
            await ask(client, urgency=urgency, language=language)
    rows = await room.rows(select(REQUESTS))
    assert len({len(row["urgency"].box) for row in rows}) == 1
    clear = ("state", "channel", "claimed_by", "claimed_until", "received_at", "version")
    assert len({tuple(row[name] for name in clear) for row in rows}) == 1


class _Queue:
    """Requests that arrive while the first of the queue is taken at every step."""

    def __init__(self) -> None:
        self.waiting: list[Queued] = []

    def arrive(self, urgency: Urgency, at: datetime) -> Queued:
        self.waiting.append(Queued(new_id(), "new", urgency, "ru", at, None, None))
        return self.waiting[-1]

    def take(self) -> Queued:
        first = in_order(self.waiting)[0]
        self.waiting.remove(first)
        return first


@given(
    st.lists(st.sampled_from(sorted(PATIENCE)), max_size=8),
    st.sampled_from(sorted(PATIENCE)),
    st.lists(st.sampled_from(sorted(PATIENCE)), min_size=1, max_size=3),
    st.integers(1, 100),
)
def test_every_request_is_eventually_first(
    before: list[Urgency], mine: Urgency, stream: list[Urgency], hours: int
) -> None:
    """However urgent everything is that comes, one for each that is taken: nothing that comes a month later passes."""
    at, queue = NOON, _Queue()
    for urgency in before:
        queue.arrive(urgency, at)
    asked = queue.arrive(mine, at)
    taken = 0
    while queue.take() is not asked:
        at += hours * HOUR
        queue.arrive(stream[taken % len(stream)], at)
        taken += 1
        assert taken <= len(before) + 30 * 24 // hours + 1


async def test_a_claim_is_a_lease_that_ends(room: Room) -> None:
    """While it holds nobody else claims, screens or merges; it is renewed and given back; the clock ends it."""
    mira, tom = staff("intake_officer"), staff("intake_officer")
    async with room.client(mira) as mine, room.client(tom) as his:
        request_id = await ask(mine)
        url = f"/requests/{request_id}"
        claimed = await post(mine, f"{url}/claim")
        assert (claimed.json()["claimed_by"], claimed.json()["version"]) == (mira.id, 2)
        assert problem(await post(his, f"{url}/claim", 2)) == (409, "claimed")
        assert problem(await post(his, f"{url}/screening", 2, in_scope=True)) == (409, "claimed")
        assert problem(await post(his, f"{url}/release", 2)) == (409, "not_claimed")
        room.clock.move(NOON + HOUR / 2)
        assert (await post(mine, f"{url}/claim", 2)).json()["version"] == 3
        room.clock.move(NOON + HOUR + HOUR / 4)
        assert await room.fire() == 0
        assert problem(await post(his, f"{url}/claim", 3)) == (409, "claimed")
        room.clock.move(NOON + 2 * HOUR)
        stolen = await post(his, f"{url}/claim", 3)
        assert (stolen.json()["claimed_by"], stolen.json()["version"]) == (tom.id, 4)
        assert (await post(his, f"{url}/release", 4)).json()["claimed_by"] is None
        assert (await post(mine, f"{url}/claim", 5)).is_success
        room.clock.move(NOON + 4 * HOUR)
        await room.fire()
        seen = (await his.get(url)).json()
        assert (seen["claimed_by"], seen["version"]) == (None, 7)


async def test_of_twenty_who_claim_at_once_one_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On PostgreSQL, each in a transaction of its own."""
    monkeypatch.setattr("shared.database.engine.GROUP", 1)
    async with open_room(blueprint(REFERRAL_KEY), tmp_path, "postgresql") as room:
        async with room.client(staff("intake_officer")) as client:
            request_id = await ask(client)

        async def claim(who: Actor) -> tuple[int, str]:
            async with room.client(who) as client:
                answer = await post(client, f"/requests/{request_id}/claim")
            return answer.status_code, who.id

        answers = await asyncio.gather(*(claim(staff("intake_officer")) for _ in range(20)))
        (row,) = await room.rows(select(REQUESTS.c.claimed_by, REQUESTS.c.version))
    winners = [who for status, who in answers if status == 200]
    assert winners == [row["claimed_by"]]
    assert row["version"] == 2
    assert {status for status, _ in answers} == {200, 409}


async def test_what_is_handed_over_is_taken_over_with_its_note(room: Room) -> None:
    """The note is encrypted, the claim is free at once, and whoever takes it over has the request."""
    mira, tom = staff("intake_officer"), staff("intake_officer")
    async with room.client(mira) as mine, room.client(tom) as his:
        url = f"/requests/{await ask(mine)}"
        assert problem(await post(mine, f"{url}/handover", note="Call at six.")) == (409, "not_claimed")
        await post(mine, f"{url}/claim")
        handed = await post(mine, f"{url}/handover", 2, note="Call at six, ask for the blue door.")
        assert handed.status_code == 201, handed.text
        taking = f"/handovers/{handed.json()['id']}/taking"
        assert problem(await post(mine, taking)) == (409, "your_own")
        (waiting,) = (await his.get("/handovers")).json()["items"]
        assert waiting["note"] == "Call at six, ask for the blue door."
        taken = await post(his, taking)
        assert (taken.json()["taken_by"], (await his.get(url)).json()["claimed_by"]) == (tom.id, tom.id)
        assert problem(await post(his, taking, 2)) == (409, "taken")
        assert (await his.get("/handovers")).json()["items"] == []
    (row,) = await room.rows(select(HANDOVERS))
    assert b"blue door" not in row["note"].box


async def test_requests_are_offered_to_who_is_on_duty_and_reads_them(room: Room) -> None:
    """Each sees what they read and nobody else has; off duty, nothing is offered."""
    mira, tom = staff("intake_officer"), staff("intake_officer")
    await on_duty(room, mira, "ru", "che")
    await on_duty(room, tom, "ar", "ru", begins=NOON + HOUR)
    async with room.client(mira) as mine, room.client(tom) as his:
        russian, arabic = await ask(mine), await ask(mine, language="ar", urgency="emergency")
        assert await queue(mine, for_me=True) == [russian]
        assert await queue(his, for_me=True) == []
        room.clock.move(NOON + HOUR)
        assert await queue(his, for_me=True) == [arabic, russian]
        await post(mine, f"/requests/{russian}/claim")
        assert await queue(his, for_me=True) == [arabic]
        room.clock.move(NOON + 8 * HOUR)
        await room.fire()
        assert await queue(mine, for_me=True) == []
        assert await queue(mine) == [arabic, russian]


async def test_a_language_that_nobody_on_duty_reads_calls_for_somebody(room: Room) -> None:
    """Once per language; it ends when somebody who reads it comes on duty, comes back when they go, and goes on to the
    next who waits when the first is taken up."""
    officer, reader = staff("intake_officer"), staff("intake_officer")
    await on_duty(room, officer, "ru", hours=24)
    await on_duty(room, reader, "che", begins=NOON + HOUR / 2, hours=2)
    async with room.client(officer) as client:
        await ask(client)
        first = await ask(client, language="che")
        room.clock.move(NOON + HOUR / 60)
        second = await ask(client, language="che")
        await room.fire()
        (called,) = await room.told(DutyCalled)
        assert (called.case_id, called.step) == (first, "overdue")
        assert await room.told(DutySettled) == []
        async with room.client(staff("duty_officer")) as other:
            (duty,) = (await other.get("/duties")).json()["items"]
        assert (duty["kind"], duty["text"]) == ("no_reader", "che")
        room.clock.move(NOON + HOUR / 2)
        await room.fire()
        assert [told.case_id for told in await room.told(DutySettled)] == [first]
        room.clock.move(NOON + 3 * HOUR)
        await room.fire()
        assert [told.case_id for told in await room.told(DutyCalled)] == [first, first]
        await post(client, f"/requests/{first}/claim")
        await room.fire()
        assert [told.case_id for told in await room.told(DutySettled)] == [first, first]
        assert [told.case_id for told in await room.told(DutyCalled)] == [first, first, second]


async def test_who_plans_shifts(room: Room) -> None:
    """Managers for everybody, officers for themselves; languages are encrypted; a shift ends early."""
    officer, other = staff("intake_officer"), staff("intake_officer")
    shift = {"begins_at": NOON.isoformat(), "ends_at": (NOON + HOUR).isoformat(), "languages": ["che"]}
    async with room.client(officer) as client:
        assert problem(await client.post("/shifts", json={**shift, "actor_id": other.id})) == (403, "not_permitted")
        own = await client.post("/shifts", json={**shift, "actor_id": officer.id})
        assert own.status_code == 201
        over = {**shift, "actor_id": officer.id, "ends_at": NOON.isoformat()}
        assert problem(await client.post("/shifts", json=over)) == (422, "shift_over")
        long = {**shift, "actor_id": officer.id, "ends_at": (NOON + 25 * HOUR).isoformat()}
        assert problem(await client.post("/shifts", json=long)) == (422, "shift_too_long")
        assert [one["languages"] for one in (await client.get("/shifts")).json()["items"]] == [["che"]]
        ended = await post(client, f"/shifts/{own.json()['id']}/end")
        assert (ended.status_code, (await client.get("/shifts")).json()["items"]) == (200, [])
        assert problem(await post(client, f"/shifts/{own.json()['id']}/end", 2)) == (409, "shift_over")
    (row,) = await room.rows(select(SHIFTS.c.reads))
    assert b"che" not in row["reads"].box
