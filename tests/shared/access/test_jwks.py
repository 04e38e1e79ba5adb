"""How the issuer's keys are fetched: rarely, together, and never believed for too long."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from joserfc.jwk import KeySet, OKPKey

from shared.access.jwks import UrlKeys
from shared.errors import Refusal


class Issuer:
    """A small real HTTP server that counts who asks."""

    def __init__(self) -> None:
        self.asked = 0
        self.was_asked = asyncio.Event()
        self.fails = False
        self.kids = ["spring"]

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.asked += 1
        self.was_asked.set()
        await asyncio.sleep(0.05)
        keys = KeySet([OKPKey.generate_key("Ed25519", {"kid": kid}, private=False) for kid in self.kids])
        body = json.dumps(keys.as_dict()).encode()
        status = b"503 Down" if self.fails else b"200 OK"
        writer.write(b"HTTP/1.1 %s\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%s" % (status, len(body), body))
        await writer.drain()
        writer.close()


class Watch:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
async def keys(issuer: Issuer, watch: Watch) -> AsyncIterator[UrlKeys]:
    server = await asyncio.start_server(issuer.answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    yield UrlKeys(f"http://127.0.0.1:{port}/keys", watch)
    server.close()
    await server.wait_closed()


def kids(found: KeySet) -> list[str | None]:
    return [key.kid for key in found]


async def test_keys_are_fetched_once_for_everybody(keys: UrlKeys, issuer: Issuer) -> None:
    """Thirty first requests at the same moment share one question to the issuer."""
    found = await asyncio.gather(*(keys("spring") for _ in range(30)))
    assert [kids(each) for each in found] == [["spring"]] * 30
    assert issuer.asked == 1


async def test_known_keys_are_kept_for_five_minutes(keys: UrlKeys, issuer: Issuer, watch: Watch) -> None:
    """Nothing is asked within five minutes, and after them a removed key is gone."""
    await keys("spring")
    issuer.kids = ["autumn"]
    watch.seconds += 300
    assert kids(await keys("spring")) == ["spring"]
    watch.seconds += 1
    assert kids(await keys("spring")) == ["autumn"]
    assert issuer.asked == 2


async def test_an_unknown_key_is_asked_about_at_most_every_ten_seconds(
    keys: UrlKeys, issuer: Issuer, watch: Watch
) -> None:
    """A new key is found at once, but invented key ids cannot make us flood the issuer."""
    await keys("spring")
    issuer.kids = ["spring", "autumn"]
    watch.seconds += 9
    assert kids(await keys("autumn")) == ["spring"]
    watch.seconds += 1
    assert kids(await keys("autumn")) == ["spring", "autumn"]
    for number in range(50):
        await keys(f"invented {number}")
    assert issuer.asked == 2


async def test_a_failing_issuer_is_survived_for_a_while(keys: UrlKeys, issuer: Issuer, watch: Watch) -> None:
    """Keys stay usable for ten minutes when the issuer is down; after that nobody is known until it is back."""
    await keys("spring")
    issuer.fails = True
    watch.seconds += 600
    assert kids(await keys("spring")) == ["spring"]
    watch.seconds += 11
    with pytest.raises(Refusal, match="unavailable:issuer_unreachable"):
        await keys("spring")
    issuer.fails = False
    watch.seconds += 10
    assert kids(await keys("spring")) == ["spring"]


async def test_who_has_a_known_key_does_not_wait_for_a_refresh(keys: UrlKeys, issuer: Issuer, watch: Watch) -> None:
    """While one request refreshes old keys the others go on with those at hand."""
    await keys("spring")
    watch.seconds += 301
    issuer.was_asked.clear()
    refreshing = asyncio.create_task(keys("spring"))
    await issuer.was_asked.wait()
    await asyncio.wait_for(keys("spring"), 0.02)
    assert not refreshing.done()
    await refreshing


async def test_an_address_where_nobody_answers_is_unavailable() -> None:
    """Without an issuer nobody is known, and the refusal says that it may heal."""
    with pytest.raises(Refusal, match="unavailable:issuer_unreachable"):
        await UrlKeys("http://127.0.0.1:9/keys")("spring")


async def test_no_proxy_of_the_environment_hands_out_keys(keys: UrlKeys, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever sets a variable decides nothing about whose tokens are believed."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    assert kids(await keys("spring")) == ["spring"]
