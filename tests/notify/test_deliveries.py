"""What news is queued for a partner, held back, released, recalled."""

import asyncio
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select, update

from services.notify.partners.store.sharing import SHARING_CONSENTS
from services.notify.webhooks.actions.deliveries import settle
from services.notify.webhooks.store.deliveries import DELIVERIES
from shared.access import system_actor
from shared.clock import new_id
from shared.contracts.intake import CaseOpened
from shared.database import Transaction
from shared.work import Batch, Cause
from tests.notify.conftest import both
from tests.notify.story import MANAGER, assign, befriend, consent, go, open_case, queue_of
from tests.support.room import Room, problem, staff


@both
async def test_news_waits_for_everybodys_consent(room: Room) -> None:
    """Nothing may leave before each person of the case consents to share with the partner; then all of it may."""
    ally = await befriend(room)
    case_id, (anna, boris) = await open_case(room, ally, people=2)
    await go(room, case_id, "verified")
    assert await queue_of(room, ally) == [("case.accepted", "held"), ("case.verified", "held")]
    await consent(room, case_id, anna)
    await consent(room, case_id, boris, to="share_with_government")
    assert await queue_of(room, ally) == [("case.accepted", "held"), ("case.verified", "held")]
    await consent(room, case_id, boris)
    await go(room, case_id, "triaged")
    assert await queue_of(room, ally) == [
        ("case.accepted", "queued"),
        ("case.verified", "queued"),
        ("case.triaged", "queued"),
    ]


@pytest.mark.parametrize("room", ["postgresql"], indirect=True)
async def test_the_end_of_the_sharing_is_queued_once(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """A withdrawal and a consent that expires, noticed at the same moment, tell the partner once."""
    monkeypatch.setattr("shared.database.engine.GROUP", 1)
    ally = await befriend(room)
    case_id, (anna,) = await open_case(room, ally)
    await consent(room, case_id, anna, until=date(2017, 4, 10))
    await room.rows(update(DELIVERIES).values(state="delivered", attempts=1).returning(DELIVERIES.c.id))
    room.clock.move(datetime(2017, 4, 10, tzinfo=UTC))
    together = asyncio.Barrier(2)

    async def settle_at_once(tx: Transaction) -> None:
        async with Batch.of(tx, room.tools).work(system_actor("notify"), Cause(new_id())) as work:
            await tx.execute(select(DELIVERIES.c.id))
            await together.wait()
            await settle(work, case_id)

    await asyncio.gather(*(room.database.transact(settle_at_once) for _ in range(2)))
    assert await queue_of(room, ally) == [("case.accepted", "delivered"), ("case.sharing_ended", "queued")]


@both
async def test_withdrawal_recalls_what_is_queued(room: Room) -> None:
    """One person's withdrawal is enough; what was recalled stays so, and later news is held until all consent again."""
    ally = await befriend(room)
    case_id, (anna, boris) = await open_case(room, ally, people=2)
    for person in (anna, boris):
        await consent(room, case_id, person)
    await consent(room, case_id, boris, live=False)
    await go(room, case_id, "verified")
    assert await queue_of(room, ally) == [("case.accepted", "recalled"), ("case.verified", "held")]
    await consent(room, case_id, boris)
    assert await queue_of(room, ally) == [("case.accepted", "recalled"), ("case.verified", "queued")]


async def test_a_consent_that_expires_recalls_as_a_withdrawal_does(room: Room) -> None:
    """On the day on which it expires, and not before."""
    ally = await befriend(room)
    case_id, (anna, boris) = await open_case(room, ally, people=2)
    await consent(room, case_id, anna, until=date(2017, 4, 10))
    await consent(room, case_id, boris, until=date(2017, 6, 1))
    room.clock.move(datetime(2017, 4, 9, 23, 59, tzinfo=UTC))
    await room.fire()
    assert await queue_of(room, ally) == [("case.accepted", "queued")]
    room.clock.move(datetime(2017, 4, 10, tzinfo=UTC))
    await room.fire()
    assert await queue_of(room, ally) == [("case.accepted", "recalled")]


async def test_only_what_was_agreed_is_told(room: Room) -> None:
    """Other kinds of news, and news after the agreement expired, make no delivery at all."""
    ally = await befriend(room, kinds=["case.verified"], expires_on="2017-05-01")
    case_id, (anna,) = await open_case(room, ally)
    await consent(room, case_id, anna)
    for state in ("verifying", "verified"):
        await go(room, case_id, state)
    room.clock.move(datetime(2017, 5, 1, tzinfo=UTC))
    await go(room, case_id, "verified")
    assert await queue_of(room, ally) == [("case.verified", "queued")]


async def test_cases_of_nobody_and_of_others_are_not_told(room: Room) -> None:
    """A partner learns only of cases that it brought; who brought none, nothing."""
    ally, other = await befriend(room), await befriend(room)
    for bringer in (None, other):
        case_id, (anna,) = await open_case(room, bringer)
        await consent(room, case_id, anna)
        await go(room, case_id, "verified")
    stray = CaseOpened(case_id=new_id(), at=room.clock.now(), members=(), referral_id=new_id())
    assert await room.tell(stray) is None
    assert await queue_of(room, ally) == []
    assert [kind for kind, _ in await queue_of(room, other)] == ["case.accepted", "case.verified"]


async def test_redelivery_changes_nothing(room: Room) -> None:
    """All events once more, in reverse order, leave the same queue."""
    ally = await befriend(room)
    case_id, (anna,) = await open_case(room, ally)
    await consent(room, case_id, anna)
    await go(room, case_id, "verified")
    await consent(room, case_id, anna, live=False)
    before = await queue_of(room, ally)
    await room.tell_again()
    assert await queue_of(room, ally) == before


async def test_a_stored_consent_shows_nothing(room: Room) -> None:
    """Given, withdrawn, expiring, never said: in the database all are ciphertext of one length."""
    ally = await befriend(room)
    case_id, (given, withdrawn, expiring, _) = await open_case(room, ally, people=4)
    await consent(room, case_id, given)
    await consent(room, case_id, withdrawn, live=False)
    await consent(room, case_id, expiring, until=date(2017, 4, 10))
    terms = [bytes(row["terms"].box) for row in await room.rows(select(SHARING_CONSENTS))]
    assert len({len(box) for box in terms}) == 1
    assert all(b"2017" not in box for box in terms)


async def test_assigned_staff_see_what_left_about_their_case(room: Room) -> None:
    """Who is not assigned, or recused, does not learn that there is a case."""
    ally = await befriend(room)
    case_id, (anna,) = await open_case(room, ally)
    await consent(room, case_id, anna)
    officer, recused, stranger = staff("caseworker"), staff("caseworker"), staff("caseworker")
    await assign(room, case_id, officer.id, recused.id, recused=(recused.id,))
    async with room.client(officer) as client:
        seen = await client.get(f"/cases/{case_id}/deliveries")
        timeline = await client.get(f"/cases/{case_id}/timeline")
    (item,) = seen.json()["items"]
    assert (item["kind"], item["state"], item["sequence"]) == ("case.accepted", "queued", None)
    assert "release_deliveries" in [happening["what"] for happening in timeline.json()["happenings"]]
    for other in (recused, stranger):
        async with room.client(other) as client:
            assert problem(await client.get(f"/cases/{case_id}/deliveries")) == (404, "not_found")


async def test_partner_managers_see_what_waits_for_a_partner_without_the_case(room: Room) -> None:
    """They see kinds and states, never which case; others see nothing."""
    ally = await befriend(room)
    case_id, _ = await open_case(room, ally)
    async with room.client(MANAGER) as client:
        seen = await client.get(f"/partners/{ally.id}/deliveries")
    async with room.client(staff("caseworker")) as client:
        refused = await client.get(f"/partners/{ally.id}/deliveries")
    assert [(item["kind"], item["state"]) for item in seen.json()["items"]] == [("case.accepted", "held")]
    assert case_id not in seen.text
    assert problem(refused) == (404, "not_found")
