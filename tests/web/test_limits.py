"""How often somebody may call, and who is not punished for whom."""

import pytest

from shared.clock import new_id
from shared.settings import Limits
from shared.web import limits as module
from shared.web.limits import Buckets, Callers
from tests.support.room import problem
from tests.web.hall import Hall, statuses

SLOW = 1e-6
"""So slow that nothing comes back while a test runs."""


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    """Three at once at two a second: the fourth waits half a second, and a silent second brings two back."""
    at = 100.0
    bucket = Buckets(2.0, 3, lambda: at)
    assert [bucket.take("one") for _ in range(4)] == [0, 0, 0, pytest.approx(0.5)]
    assert bucket.take("another") == 0
    at += 0.5
    assert [bucket.take("one"), bucket.take("one")] == [0, pytest.approx(0.5)]
    at += 1.0
    assert [bucket.take("one") == 0 for _ in range(3)] == [True, True, False]
    at += 3600
    assert [bucket.take("one") == 0 for _ in range(4)] == [True, True, True, False]


def test_as_many_callers_are_remembered_as_are_meant_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever was not seen for longest is forgotten; a flood of addresses does not fill the memory."""
    monkeypatch.setattr(module, "REMEMBERED", 10)
    bucket = Buckets(SLOW, 1)
    for caller in range(50):
        bucket.take(caller)
    assert len(bucket) == 10
    assert (bucket.take(49) > 0, bucket.take(0)) == (True, 0)


async def test_an_actor_has_their_own_bucket_wherever_they_call_from() -> None:
    """The third call of two is 429 and says when to come back; somebody else at the same address is not held up."""
    hall = Hall(Limits(actor_per_s=0.1, actor_burst=2))
    me, other = new_id(), new_id()
    async with hall.client(hall.token(me)) as here, hall.client(hall.token(me), "192.0.2.9") as there:
        assert await statuses(here, "/private/x", 2) == [200, 200]
        late = await there.get("/private/x")
    assert problem(late) == (429, "too_many_requests")
    assert late.headers["retry-after"] == "10"
    async with hall.client(hall.token(other)) as client:
        assert await statuses(client, "/private/x", 1) == [200]


async def test_who_has_no_token_shares_the_bucket_of_their_address() -> None:
    """Whatever they ask for; health and other addresses are answered, and a made-up token does not get around it."""
    hall = Hall(Limits(public_per_s=SLOW, public_burst=3))
    async with hall.client() as client:
        assert [(await client.get(path)).status_code for path in ("/public", "/nowhere", "/private/x")] == [
            200,
            404,
            401,
        ]
        assert await statuses(client, "/public", 1) == [429]
        assert await statuses(client, "/health/live", 1) == [200]
    async with hall.client("made.up.token") as client:
        assert await statuses(client, "/public", 1) == [429]
    async with hall.client(address="192.0.2.2") as client:
        assert await statuses(client, "/public", 1) == [200]


async def test_a_made_up_token_spares_nobody_and_a_good_one_is_never_held_up() -> None:
    """Whatever is asked before a token was looked at counts for the address; who has a good one goes on, and counts."""
    hall = Hall(Limits(public_per_s=SLOW, public_burst=3, actor_per_s=SLOW, actor_burst=4))
    async with hall.client("made.up.token") as bad, hall.client(hall.token()) as good:
        asked = [await bad.get("/nowhere"), await bad.post("/notes", content=b"{"), await bad.get("/openapi.json")]
        assert 429 not in [answer.status_code for answer in asked]
        assert await statuses(bad, "/nowhere", 1) == [429]
        found = [(await good.get(path)).status_code for path in ("/private/x", "/nowhere", "/public")]
        assert found == [200, 404, 200]
        assert (await good.post("/notes", content=b"{")).status_code == 415
        assert await statuses(good, "/nowhere", 1) == [429]
        late = await bad.get("/private/x")
    assert problem(late) == (429, "too_many_requests")


async def test_a_good_token_takes_nothing_from_its_address() -> None:
    """Ten calls of staff leave the three that others there have."""
    hall = Hall(Limits(public_per_s=SLOW, public_burst=3))
    async with hall.client(hall.token()) as good, hall.client() as nobody:
        assert await statuses(good, "/private/x", 10) == [200] * 10
        assert await statuses(nobody, "/public", 4) == [200, 200, 200, 429]


async def test_failed_tokens_are_limited_and_good_ones_are_not_held_up_by_them() -> None:
    """After two tokens that do not hold the third is 429, at the same address as somebody whose token does."""
    hall = Hall(Limits(failed_per_s=SLOW, failed_burst=2))
    async with hall.client("not.a.token") as bad, hall.client(hall.token()) as good:
        assert await statuses(bad, "/private/x", 3) == [401, 401, 429]
        assert await statuses(good, "/private/x", 3) == [200, 200, 200]


async def test_a_site_of_ipv6_is_one_caller() -> None:
    """Whoever owns a /64 does not get a bucket for each address in it."""
    hall = Hall(Limits(public_per_s=SLOW, public_burst=1))
    found = []
    for address in ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1"):
        async with hall.client(address=address) as client:
            found += await statuses(client, "/public", 1)
    assert found == [200, 429, 200]


def test_no_address_is_kept() -> None:
    """What is remembered does not hold the address, and another process remembers something else."""
    first, second = Callers(Limits()), Callers(Limits())
    for callers in (first, second):
        callers.public({"client": ("192.0.2.77", 1)})
    (one,), (other,) = first._public._full_at, second._public._full_at
    assert one != other
    for kept in (one, other):
        assert b"192.0.2.77" not in repr(kept).encode()
        assert bytes([192, 0, 2, 77]) not in kept
