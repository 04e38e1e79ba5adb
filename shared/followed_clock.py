"""A process follows the movable clock of its installation.

Rule: only outside production. A move is announced on the bus; who missed it asks every two seconds.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from shared.clock import MovedClock
from shared.contracts.topology import CLOCK_MOVED, CLOCK_NOW

log = logging.getLogger(__name__)

ASK_EVERY_S = 2.0


async def follow(clock: MovedClock, client: Callable[[], Client]) -> None:
    """Keep `clock` where the installation's clock is, until cancelled."""

    async def moved(message: Msg) -> None:
        clock.move(datetime.fromisoformat(message.data.decode()))

    await client().subscribe(CLOCK_MOVED, cb=moved)
    while True:
        with suppress(NatsError, TimeoutError, ValueError):
            await ask(clock, client())
        await asyncio.sleep(ASK_EVERY_S)


async def ask(clock: MovedClock, client: Client) -> None:
    """Move `clock` to where the installation's clock is now."""
    answer = await client.request(CLOCK_NOW, b"", timeout=1.0)
    clock.move(datetime.fromisoformat(answer.data.decode()))
