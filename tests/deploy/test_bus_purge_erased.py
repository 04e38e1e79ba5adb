"""`bus purge --erased`: what was said under the case of an erased person leaves the streams, and nothing else does."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from deploy import bus as operations
from deploy.bus import operating, purge_erased
from deploy.local.house import SERVICES
from shared.contracts.topology import LODESTAR
from shared.database import Database, opened
from shared.database.migrations import migrate
from shared.erasures import ERASURE_STEPS, ERASURES, PURGED, Gone, enter, note_step
from shared.messaging.inbox_rows import CURSORS
from shared.messaging.outbox import HEADS, OUTBOX
from shared.timers import TIMERS
from tests.architecture.tree import home
from tests.support.world import read

CASE, OTHER, PERSON, FORMER, FIRST = "a" * 32, "b" * 32, "c" * 32, "d" * 32, "e" * 32
AT = datetime(2017, 4, 3, 12, 0, tzinfo=UTC)
SENT = ("case_opened", "case_state_changed", "consent_changed", "person_erased")
READERS = ("logistics", "settlement", "notify")


@pytest.fixture
async def databases(tmp_path: Path) -> AsyncIterator[Mapping[str, Database]]:
    """Intake sent four events of the case and erased the person; everybody has applied all but the last."""
    async with AsyncExitStack() as stack:
        made = {}
        for service in SERVICES:
            url = f"sqlite:///{tmp_path / service}.db"
            await migrate(url, home(service) / "migrations")
            made[service] = await stack.enter_async_context(opened(url))
        await made["intake"].transact(lambda tx: enter(tx, Gone(PERSON, CASE), AT))
        for step in ("rows", "swept"):
            await made["intake"].transact(lambda tx, step=step: note_step(tx, PERSON, "intake", step, AT))
        await do(made["intake"], insert(HEADS).values(key=CASE, revision=4))
        for reader in READERS:
            place = {"publisher": "intake", "key": CASE, "revision": 3, "waiting": 0, "parked": False}
            await do(made[reader], insert(CURSORS).values(place))
        yield made


async def do(database: Database, statement: Any) -> None:
    await database.transact(lambda tx: tx.execute(statement))


async def publish(bus: Any) -> None:
    await operations.apply(bus.url, bus.seed("operator"), LODESTAR, monitoring_urls=bus.monitoring)
    stream = (await bus.connect("intake")).jetstream()
    for name in SENT:
        for key in (CASE, OTHER):
            await stream.publish(f"intake.{name}.v1.{key}", b"{}")


async def held(bus: Any) -> dict[str, int]:
    async with operating(bus.url, bus.seed("operator")) as client:
        info = await client.jsm().stream_info("INTAKE", subjects_filter="intake.>")
    return dict(info.state.subjects or {})


async def purge(bus: Any, databases: Mapping[str, Database]) -> list[tuple[str, str, tuple[str, ...]]]:
    urls = {service: database.url for service, database in databases.items()}
    found = await purge_erased(bus.url, bus.seed("operator"), urls, LODESTAR)
    return [(one.publisher, one.key, one.waits_for) for one in found]


async def test_it_waits_for_every_consumer_and_then_takes_this_case_only(
    bus: Any, databases: Mapping[str, Database]
) -> None:
    """While anybody is behind nothing goes; then all of the case goes but the word of the erasure; once."""
    await publish(bus)
    before = await held(bus)
    assert await purge(bus, databases) == [("intake", CASE, READERS)]
    for reader in READERS[:2]:
        await do(databases[reader], update(CURSORS).values(revision=4))
    assert await purge(bus, databases) == [("intake", CASE, ("notify",))]
    await do(databases["notify"], update(CURSORS).values(revision=4, parked=True))
    assert await purge(bus, databases) == [("intake", CASE, ("notify",))]
    assert await held(bus) == before
    await do(databases["notify"], update(CURSORS).values(parked=False))
    assert await purge(bus, databases) == [("intake", CASE, ())]
    gone = {f"intake.{name}.v1.{CASE}" for name in SENT[:3]}
    assert set(await held(bus)) == set(before) - gone
    assert await purge(bus, databases) == []


async def test_former_cases_go_first_and_the_last_when_they_are_gone(
    bus: Any, databases: Mapping[str, Database]
) -> None:
    """Whoever moved is taken out of every case on which they had been; each waits for its own readers, and the last for
    the former ones; of two who were on one case the second takes nothing anew."""
    intake = databases["intake"]
    await intake.transact(lambda tx: enter(tx, Gone(PERSON, CASE, former_cases=(FORMER, FIRST)), AT))
    await publish(bus)
    stream = (await bus.connect("intake")).jetstream()
    for key in (FORMER, FIRST):
        await stream.publish(f"intake.case_opened.v1.{key}", b"{}")
        await do(intake, insert(HEADS).values(key=key, revision=1))
    for reader in READERS:
        await do(databases[reader], update(CURSORS).values(revision=4))
        place = {"publisher": "intake", "key": FIRST, "revision": 1, "waiting": 0, "parked": False}
        await do(databases[reader], insert(CURSORS).values(place))
    before = await held(bus)
    assert sorted(await purge(bus, databases)) == [("intake", FORMER, READERS), ("intake", FIRST, ())]
    assert set(before) - set(await held(bus)) == {f"intake.case_opened.v1.{FIRST}"}
    for reader in READERS:
        place = {"publisher": "intake", "key": FORMER, "revision": 1, "waiting": 0, "parked": False}
        await do(databases[reader], insert(CURSORS).values(place))
    assert await purge(bus, databases) == [("intake", FORMER, ()), ("intake", CASE, ())]
    gone = {f"intake.case_opened.v1.{FIRST}", f"intake.case_opened.v1.{FORMER}"}
    assert set(await held(bus)) == set(before) - gone - {f"intake.{name}.v1.{CASE}" for name in SENT[:3]}
    timers = await read(databases["intake"], select(TIMERS.c.subject).where(TIMERS.c.kind == PURGED))
    assert {timer["subject"] for timer in timers} == {CASE, FORMER, FIRST}
    assert await purge(bus, databases) == []


async def test_it_waits_for_the_second_clearing(bus: Any, databases: Mapping[str, Database]) -> None:
    """As long as a process may remember a destroyed key it could send under it: until the rows were cleared again."""
    await publish(bus)
    before = await held(bus)
    for reader in READERS:
        await do(databases[reader], update(CURSORS).values(revision=4))
    again = (ERASURE_STEPS.c.step == "swept") & (ERASURE_STEPS.c.person_id == PERSON)
    await do(databases["intake"], delete(ERASURE_STEPS).where(again))
    assert await purge(bus, databases) == []
    assert await held(bus) == before
    await databases["intake"].transact(lambda tx: note_step(tx, PERSON, "intake", "swept", AT))
    assert await purge(bus, databases) == [("intake", CASE, ())]


async def test_what_is_not_yet_published_is_waited_for(bus: Any, databases: Mapping[str, Database]) -> None:
    """An event that would come into the stream afterwards holds the purge back."""
    await publish(bus)
    for reader in READERS:
        await do(databases[reader], update(CURSORS).values(revision=4))
    row = {"event_id": "d" * 32, "subject": "x", "key": CASE, "revision": 4, "body": b"", "correlation_id": "e" * 32}
    await do(databases["intake"], insert(OUTBOX).values(row))
    assert await purge(bus, databases) == [("intake", CASE, ("intake",))]
    await do(databases["intake"], update(OUTBOX).values(published_at=AT))
    assert await purge(bus, databases) == [("intake", CASE, ())]


async def test_the_publisher_is_left_word_of_it(bus: Any, databases: Mapping[str, Database]) -> None:
    """The ledger says up to where, and a timer that is due has the service tell the others where to go on."""
    await publish(bus)
    for reader in READERS:
        await do(databases[reader], update(CURSORS).values(revision=4))
    await purge(bus, databases)
    (row,) = await read(databases["intake"], select(ERASURES))
    assert row["purged_through"] == 4
    timers = await read(databases["intake"], select(TIMERS).where(TIMERS.c.kind == PURGED))
    assert [(timer["subject"], timer["due_at"]) for timer in timers] == [(CASE, AT)]
