"""Deliveries on their way to a real endpoint that fails, hangs, vanishes and recovers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

from prometheus_client import CollectorRegistry
from sqlalchemy import select

from services.notify.webhooks.sending import Pace, Sending
from services.notify.webhooks.store.attempts import ATTEMPTS
from shared.access import Actor
from shared.bell import Bell
from shared.clock import SystemClock, new_id
from shared.contracts.fields import Sealed
from shared.contracts.intake import CodeWordSaid, SaidWord
from tests.notify.conftest import both
from tests.notify.receiver import Receiver, receiving
from tests.notify.story import MANAGER, Ally, assign, befriend, consent, go, open_case, queue_of
from tests.notify.test_alerts import seen
from tests.support.room import Room, problem, staff

FAST = Pace(timeout_s=1.5, lease=timedelta(seconds=60), sweep_s=0.05, pauses=[timedelta(milliseconds=20)])


class Later(SystemClock):
    """The real clock, some time later."""

    def __init__(self, by: timedelta) -> None:
        self.by = by

    def now(self) -> datetime:
        return datetime.now(UTC) + self.by


@asynccontextmanager
async def sending(
    room: Room, *, replicas: int = 1, pace: Pace = FAST, later: timedelta = timedelta()
) -> AsyncIterator[None]:
    tasks = [Sending(room.database, room.tools, Bell(), pace, Later(later)) for _ in range(replicas)]
    running = [asyncio.create_task(task.run()) for task in tasks]
    try:
        yield
    finally:
        for task in tasks:
            task.stop()
        await asyncio.gather(*running)


async def shared_case(room: Room, receiver: Receiver) -> tuple[Ally, str, str]:
    """A case of one consenting person, brought by the partner behind `receiver`."""
    ally = await befriend(room, receiver.url)
    case_id, (anna,) = await open_case(room, ally)
    await consent(room, case_id, anna)
    return ally, case_id, anna


@both
async def test_news_arrives_in_order_signed_though_the_endpoint_fails_first(room: Room) -> None:
    """Errors, hangs and broken connections delay news but never reorder, lose or change it."""
    async with receiving(500, "hang", "drop", 503, 204, "drop") as receiver:
        ally, case_id, _ = await shared_case(room, receiver)
        for state in ("verified", "triaged", "planned"):
            await go(room, case_id, state)
        async with sending(room):
            await receiver.wait_for(4)
    for got in receiver.got:
        got.verify(ally.outbound)
    assert [got.news["type"] for got in receiver.answered] == [
        "case.accepted",
        "case.verified",
        "case.triaged",
        "case.planned",
    ]
    assert [got.news["sequence"] for got in receiver.answered] == [1, 2, 3, 4]
    assert [got.news["sequence"] for got in receiver.got] == [1, 1, 1, 1, 1, 2, 2, 3, 4]
    assert len({got.headers["webhook-id"] for got in receiver.answered}) == 4
    assert {state for _, state in await queue_of(room, ally)} == {"delivered"}


async def duress(room: Room, case_id: str, person_id: str, listener: Actor) -> None:
    word = Sealed.of(person_id, SaidWord(duress=True, taken_by=listener.id))
    said = CodeWordSaid(case_id=case_id, person_id=person_id, hearing_id=new_id(), at=room.clock.now(), word=word)
    assert await room.tell(said) is None


@both
async def test_after_a_word_under_duress_nothing_leaves_until_somebody_else_gives_the_all_clear(room: Room) -> None:
    """News of that case alone waits and looks as ever; looking after the alert lets nothing go, and neither does who
    took the word down."""
    listener, duty = staff("caseworker", "duty_officer"), staff("duty_officer")
    async with receiving() as receiver:
        ally, case_id, anna = await shared_case(room, receiver)
        other_ally, other_case, _ = await shared_case(room, receiver)
        await assign(room, case_id, listener.id)
        async with sending(room):
            await receiver.wait_for(2)
            await duress(room, case_id, anna, listener)
            await go(room, case_id, "verified")
            await go(room, other_case, "verified")
            await receiver.wait_for(3)
            ((alert,), mine) = (await seen(room, duty, "?kind=duress"), await seen(room, listener))
            url = f"/alerts/{alert['id']}"
            async with room.client(listener) as client:
                own = await client.post(f"{url}/all-clear", headers={"If-Match": '"1"'})
                left = (await client.get(f"/cases/{case_id}/deliveries")).json()["items"]
            async with room.client(duty) as client:
                taken = await client.post(f"{url}/acknowledgement", headers={"If-Match": '"1"'})
                await go(room, other_case, "triaged")
                await receiver.wait_for(4)
                assert await queue_of(room, ally) == [("case.accepted", "delivered"), ("case.verified", "queued")]
                clear = await client.post(f"{url}/all-clear", headers={"If-Match": taken.headers["ETag"]})
                await receiver.wait_for(5)
                late = await client.post(f"{url}/all-clear", headers={"If-Match": clear.headers["ETag"]})
    assert (mine, problem(own), problem(late)) == ([], (404, "not_found"), (409, "not_open"))
    assert {(it["kind"], it["state"]) for it in left} == {("case.accepted", "delivered"), ("case.verified", "queued")}
    assert (clear.json()["state"], [turn["what"] for turn in clear.json()["history"]]) == (
        "resolved",
        ["raised", "acknowledged", "all_clear"],
    )
    assert receiver.answered[-1].news["type"] == "case.verified"
    assert {state for _, state in [*await queue_of(room, ally), *await queue_of(room, other_ally)]} == {"delivered"}


async def test_after_a_word_under_duress_a_partner_is_still_told_to_forget(room: Room) -> None:
    """What protects is not held back; a word said again after the all-clear holds back again."""
    listener, duty = staff("caseworker"), staff("duty_officer")
    async with receiving() as receiver:
        ally, case_id, anna = await shared_case(room, receiver)
        async with sending(room):
            await receiver.wait_for(1)
            await duress(room, case_id, anna, listener)
            (alert,) = await seen(room, duty)
            async with room.client(duty) as client:
                await client.post(f"/alerts/{alert['id']}/all-clear", headers={"If-Match": '"1"'})
            await duress(room, case_id, anna, listener)
            await go(room, case_id, "verified")
            await consent(room, case_id, anna, live=False)
            await receiver.wait_for(2)
    assert [got.news["type"] for got in receiver.answered] == ["case.accepted", "case.sharing_ended"]
    assert ("case.verified", "recalled") in await queue_of(room, ally)


async def test_a_repeat_is_recognisable(room: Room) -> None:
    """Every attempt at one piece of news has the same webhook id and the same bytes, and its outcome is kept."""
    async with receiving("hang", "drop", 500) as receiver:
        await shared_case(room, receiver)
        async with sending(room):
            await receiver.wait_for(1)
    assert len(receiver.got) == 4
    assert len({got.headers["webhook-id"] for got in receiver.got}) == 1
    assert len({got.body for got in receiver.got}) == 1
    attempts = await room.rows(select(ATTEMPTS).order_by(ATTEMPTS.c.number))
    assert [(row["number"], row["outcome"]) for row in attempts] == [
        (1, "timeout"),
        (2, "unreachable"),
        (3, "http_500"),
        (4, "http_204"),
    ]


async def test_a_sender_that_dies_leaves_an_attempt_that_is_repeated_under_the_same_id(room: Room) -> None:
    """The intent is committed before sending; nobody sends while the lease runs, and somebody does after it."""
    async with receiving("hang") as receiver:
        ally, _, _ = await shared_case(room, receiver)
        dying = Sending(room.database, room.tools, Bell(), Pace(sweep_s=0.05))
        run = asyncio.create_task(dying.run())
        await receiver.wait_until_got(1)
        run.cancel()
        with suppress(asyncio.CancelledError):
            await run
        assert [row["outcome"] for row in await room.rows(select(ATTEMPTS))] == [None]
        async with sending(room):
            await asyncio.sleep(0.3)
        assert len(receiver.got) == 1
        async with sending(room, later=timedelta(seconds=61)):
            await receiver.wait_for(1)
    first, second = receiver.got
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert await queue_of(room, ally) == [("case.accepted", "delivered")]


@both
async def test_two_replicas_never_send_the_same_twice(room: Room) -> None:
    """Each piece of news is claimed by one; those of a case go one after the other, those of several at once."""
    async with receiving() as receiver:
        ally = await befriend(room, receiver.url)
        for _ in range(8):
            case_id, (anna,) = await open_case(room, ally)
            await consent(room, case_id, anna)
            await go(room, case_id, "verified")
        async with sending(room, replicas=3):
            await receiver.wait_for(16)
            await asyncio.sleep(0.2)
    assert len(receiver.got) == 16
    by_case: dict[str, list[int]] = {}
    for got in receiver.got:
        by_case.setdefault(got.news["case"], []).append(got.news["sequence"])
    assert list(by_case.values()) == [[1, 2]] * 8


async def test_a_webhook_names_nothing_internal(room: Room) -> None:
    """Kind, pseudonym, number and instant, and no id that means anything here."""
    async with receiving() as receiver:
        ally, case_id, anna = await shared_case(room, receiver)
        async with sending(room):
            await receiver.wait_for(1)
        (got,) = receiver.got
    internal = {case_id, anna, ally.id}
    for row in await room.rows(select(ATTEMPTS)):
        internal.add(row["delivery_id"])
    whole = got.body.decode() + str(got.headers)
    assert not [one for one in internal if one in whole]
    assert set(got.news) == {"type", "case", "sequence", "occurred_at"}
    assert (got.news["type"], got.news["occurred_at"]) == ("case.accepted", "2017-04-03T12:00:00Z")


async def test_two_partners_know_no_common_name_of_anything(room: Room) -> None:
    """A pseudonym belongs to one case and one partner and stays the same for both."""
    async with receiving() as receiver:
        for _ in range(2):
            _, case_id, _ = await shared_case(room, receiver)
            await go(room, case_id, "verified")
        async with sending(room):
            await receiver.wait_for(4)
    assert len({got.news["case"] for got in receiver.got}) == 2


async def test_a_partner_who_knows_is_told_when_the_sharing_ends(room: Room) -> None:
    """Withdrawal recalls what is queued and tells a partner who got something, or may have, to forget it; once."""
    async with receiving(204, "drop") as receiver:
        ally, case_id, anna = await shared_case(room, receiver)
        async with sending(room):
            await receiver.wait_for(1)
        await go(room, case_id, "verified")
        slow = Pace(timeout_s=1.5, sweep_s=0.05, pauses=[timedelta(hours=1)])
        async with sending(room, pace=slow):
            await receiver.wait_until_got(2)
        for _ in range(2):
            await consent(room, case_id, anna, live=False)
        async with sending(room):
            await receiver.wait_for(2)
    assert await queue_of(room, ally) == [
        ("case.accepted", "delivered"),
        ("case.verified", "recalled"),
        ("case.sharing_ended", "delivered"),
    ]
    assert [(got.news["type"], got.news["sequence"]) for got in receiver.answered] == [
        ("case.accepted", 1),
        ("case.sharing_ended", 3),
    ]


@both
async def test_what_is_on_its_way_is_not_overtaken_by_the_end_of_the_sharing(room: Room) -> None:
    """News recalled in flight still stands in the way: a partner told to forget hears nothing afterwards."""
    async with receiving("hang") as receiver:
        ally, case_id, anna = await shared_case(room, receiver)
        async with sending(room, replicas=2):
            await receiver.wait_until_got(1)
            await consent(room, case_id, anna, live=False)
            assert await queue_of(room, ally) == [("case.accepted", "recalled"), ("case.sharing_ended", "queued")]
            await asyncio.sleep(0.5)
            assert len(receiver.got) == 1
            await receiver.wait_for(1)
    assert [got.news["type"] for got in receiver.got] == ["case.accepted", "case.sharing_ended"]
    attempts = await room.rows(select(ATTEMPTS.c.outcome))
    assert sorted(row["outcome"] for row in attempts) == ["http_204", "timeout"]


async def test_the_end_of_the_sharing_waits_for_a_sender_that_died(room: Room) -> None:
    """Nobody knows whether its news still arrives: until its lease is over, nothing is told after it."""
    async with receiving("hang") as receiver:
        _, case_id, anna = await shared_case(room, receiver)
        run = asyncio.create_task(Sending(room.database, room.tools, Bell(), Pace(sweep_s=0.05)).run())
        await receiver.wait_until_got(1)
        run.cancel()
        with suppress(asyncio.CancelledError):
            await run
        await consent(room, case_id, anna, live=False)
        async with sending(room):
            await asyncio.sleep(0.3)
        assert len(receiver.got) == 1
        async with sending(room, later=timedelta(seconds=61)):
            await receiver.wait_for(1)
    assert [got.news["type"] for got in receiver.got] == ["case.accepted", "case.sharing_ended"]


async def test_an_attempt_changes_the_version(room: Room) -> None:
    """Attempts and numbers are shown beside the version, so it moves when they do."""
    async with receiving("hang") as receiver:
        ally, _, _ = await shared_case(room, receiver)

        async def shown() -> tuple[int, int | None, int]:
            async with room.client(MANAGER) as client:
                (item,) = (await client.get(f"/partners/{ally.id}/deliveries")).json()["items"]
            return item["attempts"], item["sequence"], item["version"]

        before = await shown()
        async with sending(room):
            await receiver.wait_until_got(1)
            begun = await shown()
            await receiver.wait_for(1)
    assert (before[:2], begun[:2]) == ((0, None), (1, 1))
    assert begun[2] == before[2] + 1


async def test_a_partner_who_knows_nothing_is_not_told_that_sharing_ended(room: Room) -> None:
    """A withdrawal before anything left leaves no trace at the partner's, not even a hole in its numbers."""
    async with receiving() as receiver:
        _, case_id, anna = await shared_case(room, receiver)
        await consent(room, case_id, anna, live=False)
        await go(room, case_id, "verified")
        async with sending(room):
            await asyncio.sleep(0.2)
            assert receiver.got == []
            await consent(room, case_id, anna)
            await receiver.wait_for(1)
    assert [(got.news["type"], got.news["sequence"]) for got in receiver.got] == [("case.verified", 1)]


async def test_the_gates_are_looked_at_once_more_at_the_last_moment(room: Room) -> None:
    """What was queued in time does not leave once the agreement has expired, nor once a consent has."""
    async with receiving() as receiver:
        ally = await befriend(room, receiver.url, expires_on="2017-05-01")
        other = await befriend(room, receiver.url)
        for bringer, until in ((ally, None), (other, datetime(2017, 5, 1).date())):
            case_id, (anna,) = await open_case(room, bringer)
            await consent(room, case_id, anna, until=until)
        room.clock.move(datetime(2017, 5, 1, tzinfo=UTC))
        async with sending(room):
            await asyncio.sleep(0.3)
    assert receiver.got == []
    for bringer in (ally, other):
        assert await queue_of(room, bringer) == [("case.accepted", "recalled")]


async def test_an_endpoint_that_is_gone_suspends_the_partner(room: Room) -> None:
    """410 stops everything for this partner until somebody resumes it; nothing is lost."""
    async with receiving(410) as receiver:
        ally, case_id, _ = await shared_case(room, receiver)
        await go(room, case_id, "verified")
        async with sending(room):
            await receiver.wait_until_got(1)
            await asyncio.sleep(0.3)
            async with room.client(MANAGER) as client:
                (partner,) = (await client.get("/partners")).json()["items"]
                assert (partner["state"], len(receiver.got)) == ("suspended", 1)
                await client.post(f"/partners/{ally.id}/state", json={"state": "active"}, headers={"If-Match": '"2"'})
            await receiver.wait_for(2)
    assert [got.news["type"] for got in receiver.answered] == ["case.accepted", "case.verified"]


async def test_what_failed_for_days_is_given_up_and_holds_its_case_until_somebody_retries(room: Room) -> None:
    """It neither vanishes nor is overtaken; a partner manager has it tried anew."""
    async with receiving(500) as receiver:
        ally, case_id, _ = await shared_case(room, receiver)
        await go(room, case_id, "verified")
        async with sending(room, pace=Pace(sweep_s=0.05, pauses=[timedelta(days=4)])):
            await receiver.wait_until_got(1)
            await asyncio.sleep(0.3)
        assert await queue_of(room, ally) == [("case.accepted", "undeliverable"), ("case.verified", "queued")]
        async with room.client(MANAGER) as client:
            items = (await client.get(f"/partners/{ally.id}/deliveries")).json()["items"]
            version_of = {item["state"]: (item["id"], f'"{item["version"]}"') for item in items}
            stuck, waiting = version_of["undeliverable"], version_of["queued"]
            refused = await client.post(f"/deliveries/{waiting[0]}/retry", headers={"If-Match": waiting[1]})
            retried = await client.post(f"/deliveries/{stuck[0]}/retry", headers={"If-Match": stuck[1]})
        assert problem(refused) == (409, "not_undeliverable")
        assert retried.json()["state"] == "queued"
        async with sending(room):
            await receiver.wait_for(2)
    assert [got.news["sequence"] for got in receiver.answered] == [1, 2]


async def test_a_silent_partner_holds_up_no_other(room: Room) -> None:
    """News for others arrives while one endpoint hangs, and never more than four wait for one partner."""
    async with receiving(*["hang"] * 12) as silent, receiving() as lively:
        mute, ally = await befriend(room, silent.url), await befriend(room, lively.url)
        for bringer in [mute] * 12 + [ally]:
            case_id, (anna,) = await open_case(room, bringer)
            await consent(room, case_id, anna)
        async with sending(room, pace=Pace(timeout_s=1.5, sweep_s=0.05, pauses=[timedelta(hours=1)])):
            await lively.wait_for(1)
            assert len(silent.got) <= 4
            await silent.wait_until_got(8)
        assert silent.most_at_once <= 4


async def test_a_commit_wakes_the_sender(room: Room) -> None:
    """Nobody polls for news: the timer due at once rings the bell of the blueprint's own sender."""
    async with receiving() as receiver:
        (own,) = room.blueprint.background(room.database, room.tools, CollectorRegistry())
        run = asyncio.create_task(own.run())
        await asyncio.sleep(0.2)
        await shared_case(room, receiver)
        assert receiver.got == []
        await room.fire()
        async with asyncio.timeout(2):
            await receiver.wait_for(1)
        own.stop()
        await run
