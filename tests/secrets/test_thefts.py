"""Each thing that can be stolen is stolen, and tried: it opens what docs/security.md says, and nothing else."""

import asyncio
import json
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nats
import pytest
from nats.aio.client import Client
from typer.testing import CliRunner, Result

from deploy import bus
from deploy.cli import app
from deploy.commands.folder import remember
from deploy.local.house import SERVICES, Plan
from deploy.local.keys import DevelopmentIssuer, seed_path
from deploy.local.nats_server import find_binary
from deploy.local.story.cast import NAMES, STAFF, staff_id
from shared.contracts.fields import SealedPart
from shared.contracts.topology import LODESTAR, inbox_of, stream_of
from shared.database import opened
from shared.erasing.steps import REMEMBERED
from shared.errors import Refusal
from shared.messaging.outbox import reopen_published
from shared.vault import MasterKeys
from shared.vault.sealing import open_part
from tests.secrets.canaries import found_in
from tests.secrets.conftest import ToldHouse
from tests.secrets.thieves import Loot
from tests.support.bus import free_port
from tests.support.consents import spoken
from tests.system.order import disorder, unrest

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(600)]

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)

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


async def test_a_database_that_can_be_written_to_cannot_hide_what_was_seen(house: ToldHouse, tmp_path: Path) -> None:
    """A thief changes what stands on a stolen log, or cuts its end off: the others heard of it."""
    remember(house.plan)
    whole = await lodestar(house, "audit", "verify")
    assert whole.exit_code == 0, whole.output
    assert whole.output.count("rows hold together") == whole.output.count("the others heard of") == len(SERVICES)
    tamper = {
        "changed": "UPDATE audit SET actor_id = correlation_id WHERE seq = 40",
        "cut": "DELETE FROM audit WHERE seq > 40; DELETE FROM audit_links WHERE seq > 40;"
        "DELETE FROM audit_about WHERE seq > 40",
    }
    told = {
        "changed": "intake: link 40: its row is not the one that was written",
        "cut": "intake: the log ends at link 40, but ",
    }
    for name, statements in tamper.items():
        loot = Loot.taken(house.plan, "intake", tmp_path / name)
        with closing(sqlite3.connect(loot.database)) as stolen:
            stolen.executescript(statements)
        given = [
            f"--database={one}=sqlite:///{house.plan.state.database_of(one)}" for one in SERVICES if one != "intake"
        ]
        found = await lodestar(
            house, "audit", "verify", "intake", f"--database=intake=sqlite:///{loot.database}", *given
        )
        assert found.exit_code == 1
        (line,) = found.output.splitlines()
        assert line.startswith(told[name])


async def test_who_saw_a_case_is_told_by_all_services(house: ToldHouse) -> None:
    """Also who looked and was refused; the question itself stands on the log afterwards, and nothing personal does."""
    remember(house.plan)
    with closing(sqlite3.connect(house.plan.state.database_of("intake"))) as intake:
        ((case_id,),) = intake.execute("SELECT id FROM cases ORDER BY id LIMIT 1")
    token = DevelopmentIssuer.open(house.plan.state.keys).sign(
        staff_id("analyst"), "staff", STAFF["analyst"], "intake", 60
    )
    url, curious = f"{house.plan.url('intake')}/cases/{case_id}", {"Authorization": f"Bearer {token}"}
    assert (await house.stage.http.get(url, headers=curious)).status_code == 404
    await asyncio.sleep(2)
    first = (await lodestar(house, "audit", "who-saw", case_id)).output
    assert [name for name in SERVICES if f" {name} " not in first] == []
    (refused,) = [line for line in first.splitlines() if "(denied)" in line and staff_id("analyst") in line]
    assert "see_case" in refused
    assert "see_audit" not in first
    await asyncio.sleep(2)
    since = "2017-04-01T00:00:00"
    second = (await lodestar(house, "audit", "who-saw", case_id, "--since", since)).output
    assert second.count("see_audit") == len(SERVICES)
    exported = await lodestar(house, "audit", "export", "--since", since)
    lines = [json.loads(line) for line in exported.output.splitlines()]
    assert {line["service"] for line in lines} == set(SERVICES)
    links = [line["link"] for line in lines if line["service"] == "intake"]
    assert links == list(range(1, len(links) + 1))
    assert list(found_in(exported.output.encode(), house.canaries.forms())) == []


async def lodestar(house: ToldHouse, *arguments: str) -> Result:
    """The program, as an operator runs it on this house."""
    return await asyncio.to_thread(CliRunner().invoke, app, [*arguments, "--dir", str(house.plan.state.path)])


async def test_of_an_erased_person_nothing_opens_anywhere(house: ToldHouse, tmp_path: Path) -> None:
    """One of a family is erased on the running house and purged, and everything is sent again: every database with
    every present key says nothing of them, no stream or outbox has a part about them, and the family goes on."""
    erased, stays, case_id = await erase_adam(house)
    plan = house.plan
    urls = {service: plan.environment(service)["LODESTAR_DATABASE_URL"] for service in SERVICES}
    operator = seed_path(plan.state.keys, bus.OPERATOR)
    await quiet(plan)
    purges = await bus.purge_erased(plan.nats.url, operator, urls, LODESTAR)
    assert {(purge.publisher, purge.waits_for) for purge in purges} == {(service, ()) for service in SERVICES}
    await quiet(plan)
    of_case = [event for event in await stolen_events(house, tmp_path) if event["subject"] == case_id]
    kinds = {event["type"].split(".")[1] for event in of_case}
    assert kinds == {"person_erased", "erasure_completed", "events_purged"}
    for url in urls.values():
        async with opened(url) as database:
            await database.transact(lambda tx: reopen_published(tx, BEGINNING))
    await quiet(plan)
    for service in SERVICES:
        loot = Loot.taken(plan, service, tmp_path / service)
        assert "Adam Birch" not in " ".join(await loot.open_with(plan.master(service)))
        assert loot.tables_naming(erased) <= {"erasure_proposals"}
        assert not [part for body in loot.outbox() for part in parts_of(body["data"]) if part[0] == erased]
    assert [one for one in await disorder(plan) if " holds " not in one] == []
    officer = house.stage.as_("officer")
    consent = spoken("share_for_protection", "Spoken again.")
    await officer.post("intake", f"/people/{stays}/consents", consent)
    await quiet(plan)
    assert [one for one in await disorder(plan) if " holds " not in one] == []


async def quiet(plan: Plan) -> None:
    """At rest, but for the word to the partner to forget: its endpoint ended with the story."""
    calm = 0
    for _ in range(400):
        calm = calm + 1 if set(await unrest(plan)) <= {"notify queued"} else 0
        if calm == 2:
            return
        await asyncio.sleep(0.3)
    raise AssertionError(f"still under way: {await unrest(plan)}")


async def erase_adam(house: ToldHouse) -> tuple[str, str, str]:
    """Two people decide it; returns who is erased, who stays, and their case, once it is time to clear twice."""
    officer, reviewer = house.stage.as_("officer"), house.stage.as_("reviewer")
    (case,) = [one for one in await officer.every("intake", "/cases") if one["code_name"] == "Kestrel 01"]
    people = (await officer.get("intake", f"/cases/{case['id']}/people"))["people"]
    (adam,) = [one["id"] for one in people if one["name_in_use"] == "Adam"]
    asked = [one["id"] for one in await officer.every("intake", "/requests") if one["case_id"] == case["id"]]
    body = {"reason": "Asked for it in person.", "request_ids": asked}
    proposed = await officer.post("intake", f"/people/{adam}/erasures", body)
    await reviewer.post("intake", f"/erasures/{proposed['id']}/decision", {"approve": True}, version=1)
    path = f"/erasures/{proposed['id']}"
    seen = await officer.until("intake", path, lambda seen: seen["done_at"] is not None)
    await house.stage.advance((datetime.fromisoformat(seen["done_at"]) + REMEMBERED).isoformat())
    return adam, next(one["id"] for one in people if one["id"] != adam), case["id"]


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
