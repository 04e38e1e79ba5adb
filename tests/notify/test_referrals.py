"""Referrals that partners send in."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from sqlalchemy import select
from standardwebhooks.webhooks import WebhookVerificationError

from services.notify.partners.store.agreements import PARTNERS
from services.notify.webhooks.signatures import NOBODY
from shared.clock import new_id
from shared.contracts.notify import ReferralReceived
from shared.vault.masters import MasterFile
from shared.vault.renewing import renew_blind
from shared.vault.rotation import add_key, drop_older, use_newest
from tests.notify.conftest import both
from tests.notify.receiver import receiving
from tests.notify.story import DOCUMENT, MANAGER, REFERRAL, Ally, befriend, consent, go, open_case, refer, signed
from tests.notify.test_sending import sending
from tests.support.room import NOON, Room, problem, staff


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
async def test_new_secrets_take_over_while_the_former_ones_still_hold(room: Room) -> None:
    """Both hold until the hour that was named, in either direction; then the former are gone from the database too."""
    async with receiving() as receiver:
        ally = await befriend(room, receiver.url)
        renewed = await renew(room, ally, 1, 24)
        assert {renewed.inbound, renewed.outbound}.isdisjoint({ally.inbound, ally.outbound})
        assert [(await refer(room, it)).status_code for it in (ally, renewed)] == [202, 202]
        case_id, (anna,) = await open_case(room, renewed)
        await consent(room, case_id, anna)
        async with sending(room):
            await receiver.wait_for(1)
            room.clock.move(room.clock.now() + timedelta(hours=24))
            await room.fire()
            await go(room, case_id, "verified")
            await receiver.wait_for(2)
    for known in (ally, renewed):
        receiver.answered[0].verify(known.outbound)
    receiver.answered[1].verify(renewed.outbound)
    with pytest.raises(WebhookVerificationError):
        receiver.answered[1].verify(ally.outbound)
    assert problem(await refer(room, ally)) == (401, "signature_invalid")
    assert (await refer(room, renewed)).status_code == 202
    (row,) = await room.rows(select(PARTNERS))
    assert (row["former_secrets"], row["former_until"]) == (None, None)


async def test_a_secret_that_somebody_else_knows_ends_at_once(room: Room) -> None:
    """Without hours beside each other; of three the oldest ends as the newest begins; stale and foreign are refused."""
    ally = await befriend(room)
    second = await renew(room, ally, 1, 0)
    assert [(await refer(room, it)).status_code for it in (ally, second)] == [401, 202]
    third = await renew(room, ally, 2, 24)
    fourth = await renew(room, ally, 3, 24)
    assert [(await refer(room, it)).status_code for it in (second, third, fourth)] == [401, 202, 202]
    url, body = f"/partners/{ally.id}/secrets", {"both_for_hours": 24}
    async with room.client(MANAGER) as client:
        stale = await client.post(url, json=body, headers={"If-Match": '"1"'})
        long = await client.post(url, json={"both_for_hours": 337}, headers={"If-Match": '"4"'})
    async with room.client(staff("coordinator")) as client:
        foreign = await client.post(url, json=body, headers={"If-Match": '"4"'})
    assert (problem(stale)[0], long.status_code, problem(foreign)) == (412, 422, (404, "not_found"))


async def renew(room: Room, ally: Ally, version: int, hours: int) -> Ally:
    async with room.client(MANAGER) as client:
        answer = await client.post(
            f"/partners/{ally.id}/secrets", json={"both_for_hours": hours}, headers={"If-Match": f'"{version}"'}
        )
    assert answer.status_code == 200, answer.text
    return Ally(ally.id, answer.json()["inbound_secret"], answer.json()["outbound_secret"])


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


async def test_a_repeat_is_recognised_while_the_blind_key_turns(room: Room, tmp_path: Path) -> None:
    """Sent again after each step of a rotation, and when the receipts were blinded anew, it is the same referral."""
    ally, file = await befriend(room), MasterFile(tmp_path / "notify.master.json")
    first = (await refer(room, ally, webhook_id="msg_1")).json()
    add_key(file, "blind")
    room.vault.renew(file.load(), room._publics)
    meanwhile = (await refer(room, ally, webhook_id="msg_1")).json()
    use_newest(file, "blind", NOON)
    room.vault.renew(file.load(), room._publics)
    used = (await refer(room, ally, webhook_id="msg_1")).json()
    await renew_blind(room.database, room.vault, room.blueprint.blinds)
    drop_older(file, "blind", file.load().generation)
    room.vault.renew(file.load(), room._publics)
    assert [meanwhile, used, (await refer(room, ally, webhook_id="msg_1")).json()] == [first] * 3
    assert (await refer(room, ally, webhook_id="msg_2")).json() != first
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
        b"{}",
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
