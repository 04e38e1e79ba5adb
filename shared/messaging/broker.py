"""The connection to NATS: one broker per process, made in the composition root.

Rule: it never gives up reconnecting; should the client close for good, the process ends and is started anew, because
a consumer on a closed connection would look alive and do nothing. Nothing is acknowledged by default.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import cast

from faststream import AckPolicy
from faststream.nats import NatsBroker
from faststream.nats.security import NatsNKey

from shared.contracts.topology import inbox_of

log = logging.getLogger(__name__)


def make_broker(url: str, seed: str, service: str, on_closed: Callable[[], Awaitable[None]]) -> NatsBroker:
    """A broker for `service` with its own nkey and reply subjects.

    seed: the nkey seed as text. on_closed: called when the connection is closed for good.
    """

    async def complain(error: Exception) -> None:
        log.warning("bus: %s", type(error).__name__)

    return NatsBroker(
        url,
        security=NatsNKey.from_seed(seed),
        name=service,
        inbox_prefix=inbox_of(service),
        ack_policy=AckPolicy.MANUAL,
        max_reconnect_attempts=-1,
        reconnect_time_wait=cast(int, 0.25),
        connect_timeout=2,
        ping_interval=10,
        error_cb=complain,
        closed_cb=on_closed,
        logger=None,
    )
