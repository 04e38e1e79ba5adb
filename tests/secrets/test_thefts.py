"""Each thing that can be stolen is stolen, and tried: it opens what docs/security.md says, and nothing else."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import nats
import pytest
from nats.aio.client import Client

from deploy.local.house import SERVICES
from deploy.local.keys import DevelopmentIssuer, seed_path
from deploy.local.nats_server import find_binary
from deploy.local.story.cast import NAMES, staff_id
from shared.contracts.fields import SealedPart
from shared.contracts.topology import LODESTAR, inbox_of, stream_of
from shared.errors import Refusal
from shared.vault import MasterKeys
from shared.vault.sealing import open_part
from tests.secrets.conftest import ToldHouse
from tests.secrets.thieves import Loot
from tests.support.bus import free_port

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(600)]

HOLDS_NAMES = {"intake"}
"""Services that know names."""


@pytest.mark.parametrize("service", SERVICES)
async def test_a_database_with_its_disk_opens_nothing(house: ToldHouse, tmp_path: Path, service: str) -> None:
    """Database and key store of one service, without its master key: no cell opens, with no other service's key."""
    loot = Loot.taken(house.plan, service, tmp_path / service)
    assert len(loot.cells()) > 10
    for other in SERVICES:
        if other != service:
            assert await loot.open_with(house.plan.master(other)) == []


async def test_a_whole_service_opens_what_that_service_holds(house: ToldHouse, tmp_path: Path) -> None:
    """With its master key all its cells open; intake's tell names, and those of the others tell none."""
    for service in SERVICES:
        loot = Loot.taken(house.plan, service, tmp_path / service)
        said = await loot.open_with(house.plan.master(service))
        assert len(said) == len(loot.cells())
        assert any(name in text for name in NAMES for text in said) == (service in HOLDS_NAMES)


@pytest.mark.parametrize("service", SERVICES)
async def test_a_bus_credential_reads_only_its_own_durables(house: ToldHouse, service: str) -> None:
    """Whoever holds one service's credential hears no subject, reads no stream and pulls from no foreign durable."""
    async with intruding(house, service) as thief:
        for subject in (">", "$JS.>", *(f"{other}.>" for other in SERVICES)):
            assert await denied(thief, thief.client.subscribe(subject))
        for publisher in SERVICES:
            stream = stream_of(publisher)
            for call in (f"STREAM.INFO.{stream}", f"STREAM.MSG.GET.{stream}", f"DIRECT.GET.{stream}"):
                assert await denied(thief, thief.client.publish(f"$JS.API.{call}", b'{"seq":1}', reply="_INBOX.x"))
            if publisher != service:
                assert await denied(thief, thief.client.publish(f"{publisher}.case_opened.v1.{'0' * 32}", b"{}"))
        for durable in LODESTAR.durables:
            call = f"$JS.API.CONSUMER.MSG.NEXT.{durable.stream}.{durable.name}"
            if durable.consumer != service:
                assert await denied(thief, thief.client.publish(call, b"1", reply=f"{inbox_of(service)}.x"))


async def test_the_store_of_the_bus_opens_nothing(house: ToldHouse, tmp_path: Path) -> None:
    """A copied store, read by a server of the thief's own: every event is there, and no sealed part opens without the
    private key of the service that it names; with it, only that service's parts do."""
    events = await stolen_events(house, tmp_path)
    assert not [name for name in NAMES if name in json.dumps(events)]
    parts = [(event["id"], *part) for event in events for part in parts_of(event["data"])]
    assert {recipient for _, _, recipient, _ in parts} == set(SERVICES)
    for service in SERVICES:
        masters = MasterKeys.load(house.plan.master(service))
        opened = [part for part in parts if _opens(masters, *part)]
        assert opened == [part for part in parts if part[2] == service]


def _opens(masters: MasterKeys, event_id: str, about: str, recipient: str, part: SealedPart) -> bool:
    with suppress(Refusal):
        return bool(open_part(masters, recipient, event_id, about, part))
    return False


async def test_a_staff_token_opens_one_service(house: ToldHouse) -> None:
    """A token for logistics is nobody's at the other services, and one that ended is nobody's anywhere."""
    issuer = DevelopmentIssuer.open(house.plan.state.keys)
    stolen = issuer.sign(staff_id("coordinator"), "staff", ["coordinator"], "logistics", 300)
    ended = issuer.sign(staff_id("coordinator"), "staff", ["coordinator"], "logistics", -3600)
    answers = {}
    for service, path in (("intake", "/cases"), ("logistics", "/houses"), ("notify", "/alerts")):
        for name, token in (("stolen", stolen), ("ended", ended)):
            headers = {"Authorization": f"Bearer {token}"}
            answer = await house.stage.http.get(house.plan.url(service) + path, headers=headers)
            answers[service, name] = answer.status_code
    assert answers == {
        ("intake", "stolen"): 401,
        ("intake", "ended"): 401,
        ("logistics", "stolen"): 200,
        ("logistics", "ended"): 401,
        ("notify", "stolen"): 401,
        ("notify", "ended"): 401,
    }


class Intruder:
    """A connection with a stolen credential; errors: what the server refused."""

    def __init__(self) -> None:
        self.client = Client()
        self.errors: list[str] = []

    async def note(self, error: Exception) -> None:
        self.errors.append(str(error).lower())


@asynccontextmanager
async def intruding(house: ToldHouse, service: str) -> AsyncIterator[Intruder]:
    thief = Intruder()
    seed = str(seed_path(house.plan.state.keys, service))
    await thief.client.connect(house.plan.nats.url, nkeys_seed=seed, error_cb=thief.note, allow_reconnect=False)
    try:
        yield thief
    finally:
        await thief.client.close()


async def denied(thief: Intruder, attempt: Any) -> bool:
    """Whether the server refuses it."""
    before = len(thief.errors)
    await attempt
    await thief.client.flush()
    await asyncio.sleep(0.05)
    return any("permissions violation" in error for error in thief.errors[before:])


async def stolen_events(house: ToldHouse, folder: Path) -> list[dict[str, Any]]:
    """All events of a copied store, read through a server without locks."""
    store = folder / "store"
    shutil.copytree(house.plan.state.nats, store, ignore=shutil.ignore_patterns("*.conf"))
    port = free_port()
    server = await asyncio.create_subprocess_exec(
        str(find_binary()),
        "-a",
        "127.0.0.1",
        "-p",
        str(port),
        "-js",
        "-sd",
        str(store),
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        client = await nats.connect(f"nats://127.0.0.1:{port}", max_reconnect_attempts=-1, connect_timeout=10)
        stream = client.jetstream()
        events = []
        for publisher in SERVICES:
            subscription = await stream.subscribe(f"{publisher}.>", stream=stream_of(publisher), ordered_consumer=True)
            held = (await stream.stream_info(stream_of(publisher))).state.messages
            events += [json.loads((await subscription.next_msg(timeout=10)).data) for _ in range(held)]
        await client.close()
        return events
    finally:
        server.terminate()
        await server.wait()


def parts_of(data: Any) -> list[tuple[str, str, SealedPart]]:
    """Every sealed part in an event's data: whom it is about, who may read it, the part."""
    if isinstance(data, list):
        return [found for one in data for found in parts_of(one)]
    if not isinstance(data, dict):
        return []
    if "parts" in data and "about" in data:
        return [(data["about"], name, SealedPart(**part)) for name, part in data["parts"].items()]
    return [found for one in data.values() for found in parts_of(one)]
