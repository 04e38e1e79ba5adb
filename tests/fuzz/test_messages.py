"""Whatever comes on the bus, nobody falls: it is applied once, waits for its turn, or stands parked with its reason."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from services.logistics.service import blueprint
from shared.clock import new_id
from shared.contracts.envelope import encode, with_revision
from shared.contracts.fields import Sealed
from shared.contracts.intake import CaseMember, CaseOpened, ConsentChanged, ConsentTerms, MemberFacts
from shared.messaging.inbox import RETRY_S
from shared.messaging.inbox_rows import INBOX, PARKED, WAITING
from shared.messaging.verdicts import Incoming
from shared.vault import Ciphertext, KeyStore, context_of
from tests.fuzz.mutants import spoiled_bytes, spoiled_json
from tests.logistics.scene import ADULT
from tests.support.room import NOON, Room, open_room

LAST = len(RETRY_S) + 1
"""A delivery after which a handler that falls is not tried again."""


class Named(NamedTuple):
    """A row, as far as its context needs it."""

    id: str


@pytest.fixture(params=["sqlite", "postgresql"])
async def room(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Room]:
    async with open_room(blueprint(), tmp_path, request.param) as opened:
        yield opened


def good_message(room: Room, opened: bool) -> tuple[str, bytes]:
    """Subject and body of an event as intake publishes it, about a case that nobody has heard of."""
    case_id, person_id, event_id = new_id(), new_id(), new_id()
    facts = MemberFacts(principal=True, born_on=ADULT, country_of_danger="RU")
    terms = ConsentTerms(purpose="share_with_partner", live=True, expires_on=None)
    event: Any = (
        CaseOpened(
            case_id=case_id, at=NOON, members=(CaseMember(person_id=person_id, facts=Sealed.of(person_id, facts)),)
        )
        if opened
        else ConsentChanged(case_id=case_id, person_id=person_id, at=NOON, terms=Sealed.of(person_id, terms))
    )
    sealing = room._vault("intake", KeyStore(room.keys))
    body = encode(
        event,
        event_id=event_id,
        at=NOON,
        correlation_id=new_id(),
        causation_id=None,
        seal=lambda request: sealing.seal(event_id, request),
    )
    return f"{event.type}.{case_id}", with_revision(body, 1)


async def standing(room: Room) -> tuple[set[str], set[str], dict[str, tuple[str, Ciphertext]]]:
    """The ids of what was applied and of what waits, and of what is parked its reason and its box."""
    applied = {row["event_id"] for row in await room.rows(select(INBOX.c.event_id))}
    waiting = {row["event_id"] for row in await room.rows(select(WAITING.c.event_id))}
    parked = await room.rows(select(PARKED.c.id, PARKED.c.reason, PARKED.c.body))
    return applied, waiting, {row["id"]: (row["reason"], row["body"]) for row in parked}


@settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
async def test_no_message_falls_or_vanishes(room: Room, data: st.DataObject) -> None:
    """Spoiled in its bytes or in its values, under its own subject or another: one place more, and none when it comes
    again. What is parked is encrypted, and opens to what came."""
    subject, body = good_message(room, data.draw(st.booleans()))
    kind = data.draw(st.sampled_from(["bytes", "values", "good"]))
    if kind == "bytes":
        body = data.draw(spoiled_bytes(body))
    elif kind == "values":
        spoiled = data.draw(spoiled_json(orjson.loads(body)))
        body = orjson.dumps(spoiled, option=orjson.OPT_NON_STR_KEYS, default=str) if _plain(spoiled) else b"{}"
    if data.draw(st.integers(0, 9)) == 0:
        subject = f"intake.{data.draw(st.sampled_from(['case_opened.v2', 'nothing.v1', 'case_opened.v1']))}.{new_id()}"
    before = await standing(room)
    for _ in range(2):
        assert await room.inbox.receive("intake", [Incoming(subject, body, LAST)]) == [None]
        after = await standing(room)
        new = [now_there - there for now_there, there in zip(map(set, after), map(set, before), strict=True)]
        assert sum(map(len, new)) == 1, (new, body)
    if kind == "good" and subject.endswith(orjson.loads(body)["subject"]):
        assert len(new[0]) == 1
    for parked_id in new[2]:
        reason, box = after[2][parked_id]
        assert reason
        assert not body or (len(body) < 8 or body not in box.box)
        assert room.vault.own().decrypt(context_of(PARKED.c.body, Named(parked_id)), box) == body


def _plain(value: Any) -> bool:
    """orjson writes it: integers of 64 bits, and keys that are text."""
    try:
        orjson.dumps(value)
    except TypeError:
        return False
    return True
