"""Ports for a whole installation.

Rule: a block is free when it is handed out, and lies below the ports that the system gives to outgoing connections.
"""

import random
from socket import SO_REUSEADDR, SOL_SOCKET, socket

SIZE = 45
"""From the bus at the first to the second replica of the last service, with room for one more."""


def free_block(size: int = SIZE) -> int:
    """The first of `size` adjoining free ports of loopback."""
    while True:
        first = random.SystemRandom().randrange(12_000, 30_000)
        if all(_free(port) for port in range(first, first + size)):
            return first


def _free(port: int) -> bool:
    with socket() as probe:
        probe.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
