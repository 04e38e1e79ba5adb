"""Referrals that partners send in."""

import asyncio
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from services.notify.webhooks.signatures import NOBODY
from shared.clock import new_id
from shared.contracts.notify import ReferralReceived
from tests.notify.conftest import both
from tests.notify.story import DOCUMENT, MANAGER, REFERRAL, Ally, befriend, refer, signed
from tests.support.room import Room, problem


@both
async def test_a_signed_referral_is_passed_on_unopened(room: Room) -> None:
    """The event carries the document as it came, and the answer its receipt."""
    ally = await befriend(room)
    answer = await refer(room, ally)
    assert answer.status_code == 202, answer.text
    (told,) = await room.told(ReferralReceived)
    assert told.referral_id == answer.json()["referral_id"]
    assert (told.partner_id, told.document) == (ally.id, DOCUMENT)


@both
async def test_a_repeated_webhook_is_one_referral(room: Room) -> None:
    """The same webhook id, at once or later, gets the same receipt, and one event leaves; another id is another."""
    ally = await befriend(room)
    together = await asyncio.gather(*(refer(room, ally, webhook_id="msg_1") for _ in range(5)))
    later = await refer(room, ally, webhook_id="msg_1")
    assert {answer.status_code for answer in [*together, later]} == {202}
    assert len({answer.json()["referral_id"] for answer in [*together, later]}) == 1
    assert len(await room.told(ReferralReceived)) == 1
    other = await refer(room, ally, webhook_id="msg_2")
    assert other.json() != later.json()
    assert len(await room.told(ReferralReceived)) == 2


async def test_webhook_ids_of_two_partners_do_not_meet(room: Room) -> None:
    """Each partner counts for itself."""
    first, second = await befriend(room), await befriend(room)
    answers = [await refer(room, ally, webhook_id="msg_1") for ally in (first, second)]
    assert answers[0].json() != answers[1].json()


def _forged(ally: Ally, how: str) -> dict[str, str]:
    good, now = signed(ally, REFERRAL), datetime.now(UTC)
    forgeries: dict[str, dict[str, str]] = {
        "missing": {"content-type": "application/json"},
        "old": signed(ally, REFERRAL, at=now - timedelta(minutes=6)),
        "future": signed(ally, REFERRAL, at=now + timedelta(minutes=6)),
        "other body": signed(ally, REFERRAL + b" "),
        "other id": {**good, "webhook-id": "msg_other"},
        "malformed": {**good, "webhook-signature": "v1"},
        "not base64": {**good, "webhook-signature": "v1,%%%"},
        "other secret": signed(Ally(ally.id, ally.outbound, ""), REFERRAL),
    }
    return forgeries[how]


@pytest.mark.parametrize(
    "how", ["missing", "old", "future", "other body", "other id", "malformed", "not base64", "other secret"]
)
async def test_a_bad_signature_teaches_nothing(room: Room, how: str) -> None:
    """Whatever is wrong, and whether or not the partner exists, the answer has the same bytes, and nothing happens."""
    ally = await befriend(room)
    asked = {"x-correlation-id": "0" * 32}
    async with room.client() as client:
        known = await client.post(
            f"/partners/{ally.id}/referrals", content=REFERRAL, headers={**_forged(ally, how), **asked}
        )
        unknown = await client.post(
            f"/partners/{new_id()}/referrals", content=REFERRAL, headers={**signed(ally, REFERRAL), **asked}
        )
    assert problem(known) == (401, "signature_invalid")
    assert (known.content, known.headers) == (unknown.content, unknown.headers)
    assert await room.told() == []


async def test_nobodys_secret_opens_no_door(room: Room) -> None:
    """What stands in for the secret of an unknown partner, to take as long, never holds, though anybody may read it."""
    nobody = Ally(new_id(), NOBODY, "")
    assert problem(await refer(room, nobody)) == (401, "signature_invalid")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        orjson.dumps({"type": "referral.created", "data": {"document": "clear text"}}),
        orjson.dumps({"type": "referral.created", "data": {"document": "a.b.c"}}),
        orjson.dumps({"type": "something.else", "data": {"document": DOCUMENT}}),
    ],
)
async def test_a_signed_body_that_is_no_encrypted_referral_is_refused(room: Room, body: bytes) -> None:
    """Nothing that could be readable is passed on."""
    answer = await refer(room, await befriend(room), body=body)
    assert problem(answer) == (422, "not_a_referral")
    assert await room.told() == []


async def test_a_suspended_partner_brings_nothing(room: Room) -> None:
    """Who proved to be the partner is told that it may not; resumed, it may again."""
    ally = await befriend(room)
    async with room.client(MANAGER) as client:
        url = f"/partners/{ally.id}/state"
        await client.post(url, json={"state": "suspended"}, headers={"If-Match": '"1"'})
        refused = await refer(room, ally)
        await client.post(url, json={"state": "active"}, headers={"If-Match": '"2"'})
    assert problem(refused) == (403, "not_permitted")
    assert (await refer(room, ally)).status_code == 202


async def test_an_agreement_that_expired_opens_nothing(room: Room) -> None:
    """From the day on which it expires a referral is refused."""
    ally = await befriend(room, expires_on="2017-04-05")
    room.clock.move(datetime(2017, 4, 4, 23, 59, tzinfo=UTC))
    assert (await refer(room, ally)).status_code == 202
    room.clock.move(datetime(2017, 4, 5, tzinfo=UTC))
    assert problem(await refer(room, ally)) == (403, "not_permitted")
