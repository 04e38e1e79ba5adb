"""Taking tokens back: written down, known in this process at once, and in every other one within a second.

Rule: the table is the truth and every process reads it every second; so a replica that did not apply the revocation
refuses the same tokens, and one that starts knows all of them before it serves.
"""

import asyncio
import logging
from datetime import datetime
from typing import Any

from shared.access.revocations import write_revocation
from shared.database import Database
from shared.work import Tools, Work

log = logging.getLogger(__name__)

EVERY_S = 1.0


async def revoke(work: Work, actor_id: str, before: datetime) -> None:
    """Whatever was issued to the actor up to `before`, an instant of real time, is refused from the commit on."""
    await write_revocation(work, work.dialect, actor_id, before)
    work.tx.after_commit.append(lambda: work.tools.revocations.note(actor_id, before))
    work.audit("revoke_tokens", subjects=[actor_id])


async def hear_revocation(work: Work, event: Any) -> None:
    """Intake took somebody's tokens back."""
    await revoke(work, event.actor_id, event.before)


async def follow_revocations(database: Database, tools: Tools) -> None:
    """Learn every second what other processes wrote down; runs until it is cancelled."""
    while True:
        try:
            await database.transact(tools.revocations.refresh)
        except Exception as error:
            log.warning("revocations wait: %s", type(error).__name__)
        await asyncio.sleep(EVERY_S)
