"""The linker: gives every row of the audit log its link, and tells the others how far the chain has come.

Rule: whatever was committed is linked within a second, by one process of a service at a time; a killed one leaves
nothing half done, because links, places in the index and the word to the others are one transaction.
"""

import asyncio
import logging
from dataclasses import dataclass
from time import monotonic

from shared.audit import link_rows
from shared.contracts.topology import Topology
from shared.database import Database, Transaction
from shared.probes import reach
from shared.witnessing import head_event, tell_head
from shared.work import Tools

log = logging.getLogger(__name__)

TAKE = 500
GATHER_S = 0.2
SWEEP_S = 5.0
WHOLE_LOG_EVERY_S = 600.0
RETRY_S = 0.5
"""Also after finding that another replica is linking."""


@dataclass(frozen=True)
class Round:
    """What one transaction did: how many rows it linked, None when another replica was linking, and when to come back
    at the latest."""

    linked: int | None
    again_s: float

    @property
    def more(self) -> bool:
        return self.linked == TAKE


class Linker:
    """Links one service's audit log while it runs.

    every_s: how many real seconds lie between two heads that are told.
    """

    def __init__(self, database: Database, tools: Tools, topology: Topology, every_s: float) -> None:
        self._database = database
        self._tools = tools
        self._event = head_event(topology, tools.service)
        self._every_s = every_s
        self._looked_everywhere = -WHOLE_LOG_EVERY_S
        self._stopping = False

    async def run(self) -> None:
        """Link until `stop`; a sweep every five seconds finds what a lost wake-up left."""
        while not self._stopping:
            try:
                done = await self.link()
            except Exception as error:
                # Whatever it was, rows wait without a link until this runs again.
                log.warning("linker waits: %s", type(error).__name__)
                done = Round(None, RETRY_S)
            if not done.more:
                await self._tools.audit_bell.wait(done.again_s)
                await asyncio.sleep(0 if self._stopping else GATHER_S)
        await self._last_rounds()

    def stop(self) -> None:
        """Link what is there and tell the head, then end."""
        self._stopping = True
        self._tools.audit_bell.ring()

    async def link(self) -> Round:
        """One transaction. Errors: whatever the database raises; then nothing was linked."""
        everywhere = monotonic() - self._looked_everywhere >= WHOLE_LOG_EVERY_S

        async def job(tx: Transaction) -> Round:
            linked = await link_rows(tx, TAKE, everywhere=everywhere)
            reach("linker.linked")
            if linked is None:
                return Round(None, RETRY_S)
            due = None
            if linked < TAKE and self._event is not None:
                due = await tell_head(tx, self._tools, self._event, 0 if self._stopping else self._every_s)
            return Round(linked, SWEEP_S if due is None else min(due, SWEEP_S))

        done = await self._database.transact(job)
        if everywhere and done.linked is not None and not done.more:
            self._looked_everywhere = monotonic()
        return done

    async def _last_rounds(self) -> None:
        try:
            while (await self.link()).more:
                continue
        except Exception as error:
            log.warning("the last rows have no link yet: %s", type(error).__name__)
