"""The movable clock, over a running server."""

import asyncio
import os
import signal
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from nats.aio.msg import Msg

from deploy.local.clock_moves import advance_clock, read_clock, target
from deploy.local.clock_server import ClockServer
from deploy.local.errors import LocalError
from shared.contracts.topology import CLOCK_MOVED, CLOCK_NOW
from shared.errors import Refusal

START = datetime(2031, 3, 1, 8, tzinfo=UTC)


def clock_of(bus: Any, starts_at: datetime = START) -> ClockServer:
    return ClockServer(bus.url, bus.seed("clock"), bus.state.clock, starts_at)


async def test_a_move_reaches_whoever_listens(bus: Any) -> None:
    """The clock stands still, is read by every service, and a move of the operator reaches them all."""
    async with clock_of(bus):
        service = await bus.connect("notify")
        heard: asyncio.Queue[bytes] = asyncio.Queue()

        async def hear(message: Msg) -> None:
            await heard.put(message.data)

        await service.subscribe(CLOCK_MOVED, cb=hear)
        await service.flush()
        assert (await service.request(CLOCK_NOW, timeout=2)).data == b"2031-03-01T08:00:00Z"
        moved = await advance_clock(bus.url, bus.seed("operator"), "86400")
        assert moved == START + timedelta(days=1)
        assert await asyncio.wait_for(heard.get(), 2) == b"2031-03-02T08:00:00Z"
        await advance_clock(bus.url, bus.seed("operator"), "2031-04-01T10:00:00+02:00")
        assert await asyncio.wait_for(heard.get(), 2) == b"2031-04-01T08:00:00Z"
        assert (await service.request(CLOCK_NOW, timeout=2)).data == b"2031-04-01T08:00:00Z"


async def test_it_survives_a_restart(bus: Any) -> None:
    """A clock that is started again stands where it stood, whatever start it is given, unless that is later."""
    async with clock_of(bus):
        await advance_clock(bus.url, bus.seed("operator"), "3600")
    async with clock_of(bus) as again:
        assert again.now == START + timedelta(hours=1)
        assert await read_clock(bus.url, bus.seed("operator")) == again.now
    async with clock_of(bus, START + timedelta(days=2)) as later:
        assert later.now == START + timedelta(days=2)


async def test_it_outlives_the_bus(bus: Any) -> None:
    """When the bus is killed and comes back, the clock answers again and tells where it stands."""
    async with clock_of(bus):
        os.kill(bus.supervisor.children["nats"].pid, signal.SIGKILL)
        assert await read_patiently(bus) == START


async def read_patiently(bus: Any) -> datetime:
    async with asyncio.timeout(10):
        while True:
            try:
                return await read_clock(bus.url, bus.seed("operator"))
            except Refusal as refused:
                if refused.kind != "unavailable":
                    raise
                await asyncio.sleep(0.05)


async def test_a_service_cannot_move_it(bus: Any) -> None:
    """A service that asks for a move is denied, and the clock stands."""
    async with clock_of(bus) as clock:
        service = await bus.connect("intake")
        await service.publish("clock.advance", b"60", reply=service.new_inbox())
        await service.publish("clock.moved", b"2040-01-01T00:00:00Z")
        await service.flush()
        assert await read_clock(bus.url, bus.seed("operator")) == START
        assert clock.now == START
        async with asyncio.timeout(2):
            while not ("clock.advance" in bus.errors_text and "clock.moved" in bus.errors_text):
                await asyncio.sleep(0.02)


@pytest.mark.parametrize("move", ["-1", "2031-02-28T08:00:00Z", "2031-04-01", "2031-04-01T08:00:00", "tomorrow", "NaN"])
async def test_what_is_no_move_is_refused(bus: Any, move: str) -> None:
    """A move backwards, an instant without offset and any other text are refused, and the clock stands."""
    async with clock_of(bus):
        with pytest.raises(Refusal, match="clock_move"):
            await advance_clock(bus.url, bus.seed("operator"), move)
        assert await read_clock(bus.url, bus.seed("operator")) == START


@pytest.mark.parametrize("move", ["Infinity", "1e30", "9999999999999"])
def test_a_move_beyond_the_calendar_is_refused(move: str) -> None:
    """A move that no calendar reaches is refused in words."""
    with pytest.raises(ValueError, match="beyond the calendar"):
        target(START, move)


async def test_no_clock_is_said_in_one_line(bus: Any, free_port: Any) -> None:
    """Reading a clock that does not run is `unavailable`; a clock without a bus says so."""
    with pytest.raises(Refusal, match="unavailable"):
        await read_clock(bus.url, bus.seed("operator"))
    elsewhere = f"nats://127.0.0.1:{free_port()}"
    clock = ClockServer(elsewhere, bus.seed("clock"), bus.state.clock, START, patience_s=0.3)
    with pytest.raises(LocalError, match="the clock finds no bus"):
        await clock.start()
