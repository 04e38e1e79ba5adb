"""The thread of a trace: from a request to its events, and through a consumer to what that tells."""

from pathlib import Path
from typing import Any

from sqlalchemy import select

from services.logistics.service import blueprint
from shared.clock import new_id
from shared.contracts.envelope import decode, encode, subject_of, with_revision
from shared.contracts.fields import Sealed
from shared.contracts.settlement import ClearedPerson, EntryClearance, EntryCleared
from shared.messaging.outbox import OUTBOX
from shared.messaging.verdicts import Incoming
from shared.vault import KeyStore
from tests.logistics import scene
from tests.support.room import NOON, Room, open_room

TRACE = "00-" + "4b" * 16 + "-" + "00f067aa0ba902b7" + "-01"


async def told_under_a_trace(room: Room, event: Any) -> None:
    event_id, sealing = new_id(), room._vault(event.publisher, KeyStore(room.keys))
    body = encode(
        event,
        event_id=event_id,
        at=NOON,
        correlation_id=new_id(),
        causation_id=None,
        seal=lambda request: sealing.seal(event_id, request),
        traceparent=TRACE,
    )
    verdicts = await room.inbox.receive(event.publisher, [Incoming(subject_of(event), with_revision(body, 1), 1)])
    assert verdicts == [None]


async def test_a_trace_goes_through_the_outbox_and_a_consumer(tmp_path: Path) -> None:
    """A hold under a trace tells it, one without tells none; what a consumer tells of an event under it, tells it."""
    async with open_room(blueprint(), tmp_path) as room:
        group = await scene.open_group(room)
        async with room.client(group.coordinator) as client:
            house = await scene.active_house(client)
            client.headers["traceparent"] = TRACE
            stay = (await scene.hold(client, house, group)).json()
            client.headers["traceparent"] = "not a trace"
            await scene.change(client, "stays", stay, "release")
            await scene.record_passports(client, group.people)
        cleared = ClearedPerson(
            person_id=group.people[0],
            clearance=Sealed.of(group.people[0], EntryClearance(country="CA", from_date=NOON.date(), veiled=False)),
        )
        await told_under_a_trace(room, EntryCleared(case_id=group.case_id, at=NOON, persons=(cleared,)))
        rows = await room.rows(select(OUTBOX.c.body, OUTBOX.c.traceparent).order_by(OUTBOX.c.seq))
    told = [(envelope.type, envelope.traceparent) for envelope in (decode(row["body"]) for row in rows)]
    assert told == [
        ("logistics.stay_changed.v1", TRACE),
        ("logistics.stay_changed.v1", None),
        ("logistics.person_cleared.v1", TRACE),
    ]
    assert [row["traceparent"] for row in rows] == [TRACE, None, TRACE]
