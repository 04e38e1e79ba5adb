"""A service whose bus delivers everything at least three times and in shuffled order.

`python -m tests.system.unruly services.NAME serve` runs the service as it is, but for the door by which events come
in: of each first and second delivery some are given back unread, others are applied and given back all the same.
What comes early is noted as a line on the output, so that it can be counted.

Rule: the inbox and everything behind it are the real ones.
"""

import os
import random
import runpy
import sys
from typing import Any

from nats.aio.msg import Msg

from shared.messaging import consumer, inbox_rows
from shared.messaging.inbox import Inbox
from shared.messaging.verdicts import Incoming

TIMES = 3
LONGEST_DELAY_S = 0.3
EARLY = "unruly: early"
APPLIED_AGAIN = "unruly: applied and given back"


class Unruly:
    """Settles messages as nobody should. seed: which are given back unread, in which order, and for how long."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)

    async def settle(self, publisher: str, inbox: Inbox, messages: list[Msg]) -> None:
        """Apply some, acknowledge none before its third delivery."""
        shuffled = self._dice.sample(messages, len(messages))
        chosen = [message for message in shuffled if _deliveries(message) >= TIMES or self._dice.random() < 0.5]
        for message in shuffled:
            if message not in chosen:
                await self._give_back(message)
        if not chosen:
            return
        incoming = [Incoming(message.subject, message.data, _deliveries(message)) for message in chosen]
        verdicts = await inbox.receive(publisher, incoming)
        for message, verdict in zip(chosen, verdicts, strict=True):
            if verdict is not None:
                await message.nak(delay=verdict.after_s)
            elif _deliveries(message) < TIMES:
                sys.stdout.write(f"{APPLIED_AGAIN}\n")
                await self._give_back(message)
            else:
                await message.ack()
        sys.stdout.flush()

    async def _give_back(self, message: Msg) -> None:
        await message.nak(delay=self._dice.uniform(0.01, LONGEST_DELAY_S))


def _deliveries(message: Msg) -> int:
    """How often the bus has delivered it, this time included."""
    return int(message.metadata.num_delivered)


def shuffle_deliveries(seed: int) -> None:
    """From now on this process is unruly, and says what came early."""
    write_waiting = inbox_rows.write_waiting

    async def noted(*where: Any) -> int:
        sys.stdout.write(f"{EARLY}\n")
        return await write_waiting(*where)

    inbox_rows.write_waiting = noted  # type: ignore[assignment]
    consumer.settle = Unruly(seed).settle


if __name__ == "__main__":
    module, command = sys.argv[1:3]
    shuffle_deliveries(int(os.environ["LODESTAR_SEED"]))
    sys.argv = [module, command]
    runpy.run_module(module, run_name="__main__")
