"""Taking somebody's tokens back: refused in every service, and no other way of answering."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from shared.access import Actor
from shared.access.revocations import Revocations, revocations
from shared.audit import AUDIT
from shared.clock import new_id
from shared.contracts.intake import TokensRevoked
from tests.access.rooms import BLUEPRINTS
from tests.support.room import NOON, Room, open_room, problem, staff

SAME = {"X-Correlation-Id": "0" * 32}


async def asked(room: Room, token: str) -> tuple[int, bytes]:
    """What a call with this token is answered."""
    async with room.client() as client:
        answer = await client.get("/parked", headers={**SAME, "Authorization": f"Bearer {token}"})
    return answer.status_code, answer.content


@pytest.fixture
async def far(request: pytest.FixtureRequest, tmp_path: Path) -> Room:
    async with open_room(BLUEPRINTS[request.param](), tmp_path) as opened:
        yield opened  # type: ignore[misc]


@pytest.mark.parametrize("far", ["logistics", "settlement", "notify"], indirect=True)
async def test_a_service_that_hears_of_it_refuses_at_once(far: Room) -> None:
    """Old tokens get the bytes that an expired one gets; later ones and everybody else's go on; the log has it."""
    thief, other = staff("operator"), staff("operator")
    old = far.token(thief, issued_s_ago=60)
    expired = far.token(thief, issued_s_ago=600, lifetime_s=10)
    assert (await asked(far, old))[0] == 200
    before = datetime.now(UTC) - timedelta(seconds=40)
    assert await far.tell(TokensRevoked(actor_id=thief.id, at=NOON, before=before)) is None
    refused = await asked(far, old)
    assert refused[0] == 401
    assert b"token_invalid" in refused[1]
    assert refused == await asked(far, expired)
    assert [(await asked(far, far.token(who)))[0] for who in (thief, other)] == [200, 200]
    logged = await far.rows(select(AUDIT.c.subjects).where(AUDIT.c.verb == "revoke_tokens"))
    assert logged == [{"subjects": f'["{thief.id}"]'}]


@pytest.mark.parametrize("far", ["notify"], indirect=True)
async def test_an_issuer_whose_clock_is_ahead_does_not_save_a_token(far: Room) -> None:
    """Issued before the revocation by a clock 20 seconds ahead: believed until then, and refused from then on."""
    thief = staff("operator")
    ahead = far.token(thief, issued_s_ago=-20)
    assert (await asked(far, ahead))[0] == 200
    await far.tell(TokensRevoked(actor_id=thief.id, at=NOON, before=datetime.now(UTC)))
    assert (await asked(far, ahead))[0] == 401


@pytest.mark.parametrize("far", ["notify"], indirect=True)
async def test_a_replica_that_did_not_hear_of_it_reads_it(far: Room) -> None:
    """Another process, or one that starts later, knows it from the table; an earlier instant changes nothing."""
    thief, before = staff("operator"), datetime.now(UTC)
    await far.tell(TokensRevoked(actor_id=thief.id, at=NOON, before=before))
    await far.tell(TokensRevoked(actor_id=thief.id, at=NOON, before=before - timedelta(days=1)))
    replica = Revocations()
    assert not replica.refuse(thief.id, before.timestamp())
    await far.database.transact(replica.refresh)
    assert replica.refuse(thief.id, before.timestamp())
    assert replica.refuse(thief.id, before.timestamp() + 29.9)
    assert not replica.refuse(thief.id, before.timestamp() + 30.1)
    assert await far.rows(select(revocations)) == [{"actor_id": thief.id, "before": before}]


@pytest.mark.parametrize("far", ["intake"], indirect=True)
async def test_who_may_take_tokens_back(far: Room) -> None:
    """Managers and access managers, their own too; it is told once, and nobody else learns whether there is anybody."""
    thief = staff("intake_officer", "operator")
    for who, may in ((staff("manager"), True), (staff("access_manager"), True), (staff("intake_officer"), False)):
        async with far.client(who) as client:
            answer = await client.post(f"/staff/{thief.id}/revocation")
        assert answer.status_code == (200 if may else 403)
    assert [told.actor_id for told in await far.told(TokensRevoked)] == [thief.id, thief.id]
    assert problem(answer) == (403, "not_permitted")
    assert (await asked(far, far.token(thief, issued_s_ago=1)))[0] == 401
    manager = staff("manager")
    async with far.client(Actor(manager.id, "staff", manager.roles)) as client:
        assert (await client.post(f"/staff/{manager.id}/revocation")).status_code == 200
        assert (await client.post(f"/staff/{new_id()}/revocation")).status_code == 401
