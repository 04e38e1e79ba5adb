"""The beginning of an erasure in a service: by decision, by the word of intake, or by a destroyed key.

Rule: the ledger and the timer of the first step are one transaction with whatever caused them.
"""

from typing import Any

from shared import erasures
from shared.erasures import Gone
from shared.work import Work

ERASE = "erase"


async def begin(work: Work, gone: Gone, *, found: bool = False) -> None:
    """From now on this person is in the ledger, and what is known of them goes; a second time changes nothing."""
    if await erasures.enter(work.tx, gone, work.now, found=found):
        await work.at(work.now, ERASE, gone.person_id)
        work.audit("begin_erasure", case_id=gone.case_id, subjects=[gone.person_id])


async def hear_erasure(work: Work, event: Any) -> None:
    """Intake says that two people decided to erase somebody."""
    ended = event.case_id if event.case == "ends" else None
    await begin(work, Gone(event.person_id, event.case_id, ended, (), event.referral_ids, event.former_case_ids))
