"""An open stream of alerts is asked for anew with every beat."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import orjson
import pytest
from sqlalchemy import select

from shared.access import Actor
from shared.audit import AUDIT
from shared.clock import new_id
from shared.contracts.intake import TokensRevoked
from shared.contracts.logistics import CheckInMissed, CheckInReceived
from shared.settings import Limits
from tests.access.rooms import BLUEPRINTS, assign, open_case
from tests.support.room import NOON, Room, open_room, problem, staff
from tests.support.served import served

PATIENCE_S = 30


class Stream:
    """An open stream, read line by line."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self._lines = answer.aiter_lines()

    async def next(self) -> dict[str, str] | None:
        """The next event; None when the stream has ended."""
        async with asyncio.timeout(PATIENCE_S):
            async for line in self._lines:
                if line.startswith("data: "):
                    return dict(orjson.loads(line.removeprefix("data: ")))
        return None


@asynccontextmanager
async def opened(url: str, token: str) -> AsyncIterator[Stream]:
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        httpx.AsyncClient(base_url=url, trust_env=False, timeout=PATIENCE_S) as client,
        client.stream("GET", "/alerts/stream", headers=headers) as answer,
    ):
        yield Stream(answer)


@pytest.fixture
async def notify(tmp_path: Path) -> AsyncIterator[Room]:
    async with open_room(BLUEPRINTS["notify"](), tmp_path) as room:
        yield room


async def miss(room: Room, case_id: str, check_in_id: str) -> None:
    missed = CheckInMissed(case_id=case_id, journey_id="0" * 32, check_in_id=check_in_id, at=NOON, step="due")
    assert await room.tell(missed) is None


async def alert_id(room: Room, actor: Actor) -> str:
    async with room.client(actor) as client:
        return str((await client.get("/alerts")).json()["items"][0]["id"])


async def test_a_stream_tells_what_the_caller_may_see(notify: Room) -> None:
    """What is open when it opens, what is new, what ends, each by id and kind; nothing of cases that are not theirs."""
    me = staff("coordinator")
    mine, foreign, check_in = await open_case(notify, me), await open_case(notify), new_id()
    await miss(notify, mine, check_in)
    first = {"id": await alert_id(notify, me), "kind": "check_in_missed"}
    async with served(notify) as url, opened(url, notify.token(me)) as stream:
        assert stream.answer.headers["content-type"].startswith("text/event-stream")
        assert await stream.next() == first
        await miss(notify, foreign, new_id())
        await notify.tell(CheckInReceived(case_id=mine, journey_id="0" * 32, check_in_id=check_in, at=NOON))
        assert await stream.next() == first
        await miss(notify, mine, new_id())
        assert (await stream.next() or first)["id"] != first["id"]
    verbs = [row["verb"] for row in await notify.rows(select(AUDIT.c.verb).where(AUDIT.c.actor_id == me.id))]
    assert verbs.count("open_alert_stream") == 1
    assert verbs.count("see_alerts") == 4


async def test_a_revocation_ends_an_open_stream(notify: Room) -> None:
    """It was open and beating; nothing more is told, and the connection is closed."""
    me = staff("coordinator")
    case_id = await open_case(notify, me)
    await miss(notify, case_id, new_id())
    async with served(notify) as url, opened(url, notify.token(me)) as stream:
        assert await stream.next() is not None
        await notify.tell(TokensRevoked(actor_id=me.id, at=NOON, before=datetime.now(UTC) + timedelta(seconds=1)))
        await miss(notify, case_id, new_id())
        assert await stream.next() is None


async def test_a_stream_ends_with_its_token(notify: Room) -> None:
    """Without a revocation it lives no longer than the token, with the leeway that every token has."""
    me = staff("coordinator")
    token = notify.token(me, issued_s_ago=60, lifetime_s=32)
    async with served(notify) as url, opened(url, token) as stream:
        assert stream.answer.status_code == 200
        assert await stream.next() is None


async def test_a_recusal_silences_an_open_stream(notify: Room) -> None:
    """The rows are asked for anew: what is no longer theirs is told no more."""
    me = staff("coordinator")
    lost, kept = await open_case(notify, me), await open_case(notify, me)
    async with served(notify) as url, opened(url, notify.token(me)) as stream:
        await assign(notify, lost, staff(), recused=(me,))
        await miss(notify, lost, new_id())
        await miss(notify, kept, new_id())
        told = await stream.next()
    assert told == {"id": await alert_id(notify, me), "kind": "check_in_missed"}


async def test_open_streams_take_no_place_from_other_calls_and_are_few_for_each(tmp_path: Path) -> None:
    """With room for one call, open streams leave it free; the third of one actor is 429 until another has ended."""
    me, other = staff("coordinator"), staff("coordinator")
    async with (
        open_room(BLUEPRINTS["notify"](), tmp_path, limits=Limits(at_once=1, streams=2)) as notify,
        served(notify) as url,
        opened(url, notify.token(me)) as one,
        opened(url, notify.token(other)) as theirs,
        httpx.AsyncClient(base_url=url, trust_env=False) as client,
    ):
        async with opened(url, notify.token(me)) as two, opened(url, notify.token(me)) as three:
            await three.answer.aread()
            called = await client.get("/alerts", headers={"Authorization": f"Bearer {notify.token(me)}"})
            held = [stream.answer.status_code for stream in (one, theirs, two)]
        assert (held, problem(three.answer)) == ([200] * 3, (429, "too_many_streams"))
        assert called.status_code == 200
        async with asyncio.timeout(PATIENCE_S):
            while await status_of_stream(url, notify.token(me)) != 200:
                await asyncio.sleep(0.05)


async def status_of_stream(url: str, token: str) -> int:
    """What one more is answered; it is closed again."""
    async with opened(url, token) as stream:
        return stream.answer.status_code


async def test_who_is_no_staff_gets_no_stream(notify: Room) -> None:
    """The first beat's refusal is an ordinary answer."""
    async with served(notify) as url:
        async with opened(url, notify.token(Actor(new_id(), "partner"))) as stream:
            assert stream.answer.status_code == 404
        async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
            assert (await client.get("/alerts/stream")).status_code == 401


async def test_a_stream_tells_of_an_alert_that_becomes_theirs(notify: Room) -> None:
    """It was raised long ago, when the case was nobody's; with the assignment it is news."""
    me = staff("coordinator")
    case_id = await open_case(notify)
    await miss(notify, case_id, new_id())
    notify.clock.move(NOON + timedelta(days=1))
    async with served(notify) as url, opened(url, notify.token(me)) as stream:
        await assign(notify, case_id, me)
        told = await stream.next()
    assert told == {"id": await alert_id(notify, me), "kind": "check_in_missed"}
