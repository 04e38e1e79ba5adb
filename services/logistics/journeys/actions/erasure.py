"""How logistics forgets a person: their papers, their bed, their place on every journey, and the case with its last.

Rule: whoever stays on the case keeps their bed, their journey and their clearance; a journey that nobody is on any
more is called off, and its silence alarms nobody. Such a journey stays hidden from everybody, as does a split of
nobody: the veil that was over it is gone. Timers are left alone: they fire and find nothing.
"""

from services.logistics.documents import actions as documents
from services.logistics.journeys.actions.veiling import splits_behind
from services.logistics.journeys.store import journeys, legs, splits
from services.logistics.safe_houses.actions import stays
from services.logistics.travellers import actions as travellers
from shared.erasures import Gone
from shared.work import Work


async def forget(work: Work, gone: Gone) -> None:
    """Take a person out of all that logistics keeps, and their case when it ends."""
    person_id, case_id = gone.person_id, gone.case_id
    if case_id is not None:
        await travellers.lock_case(work, case_id)
    await stays.forget(work, person_id)
    await documents.forget(work, person_id)
    await journeys.forget(work, person_id)
    await splits.forget(work, person_id)
    veil = (await travellers.veils_of(work, [person_id])).get(person_id)
    await travellers.forget(work, person_id)
    if gone.ended_case is not None:
        await _forget_case(work, gone.ended_case)
    elif case_id is not None:
        await _call_off_empty(work, case_id)
        if veil is not None:
            await splits.empty(work, await splits_behind(work, case_id, veil))


async def case_of(work: Work, subject: str) -> str | None:
    """The case of somebody, if logistics knows them."""
    return await travellers.case_of(work, subject)


async def _call_off_empty(work: Work, case_id: str) -> None:
    for journey in await journeys.of_nobody(work, case_id):
        await work.change(journeys.JOURNEYS, journey.id, journey.version, state="cancelled")


async def _forget_case(work: Work, case_id: str) -> None:
    await legs.forget_case(work, case_id)
    await journeys.forget_case(work, case_id)
    await splits.forget_case(work, case_id)
    await stays.forget_case(work, case_id)
    await travellers.forget_case(work, case_id)
