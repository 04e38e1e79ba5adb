"""What can be done with a case that a partner brought: share it under a pseudonym, note who consents to that."""

from collections.abc import Collection
from datetime import UTC, date, datetime, time
from typing import Literal

from sqlalchemy import Table

from services.notify.partners import model
from services.notify.partners.model import Agreement, Consent
from services.notify.partners.store import agreements
from services.notify.partners.store import sharing as store
from services.notify.partners.store.sharing import SharedCase
from shared.clock import new_id
from shared.work import Work

ENDS = "sharing_ends"
"""The timer that fires on the first day on which a consent of the case has expired."""


async def share(
    work: Work, partner_id: str, case_id: str, referral_id: str, person_ids: Collection[str], at: datetime
) -> None:
    """A partner's referral became this case; nothing is told before these people consent."""
    await store.add(work, SharedCase(partner_id, case_id, new_id()), referral_id, at)
    await store.add_people(work, case_id, person_ids)
    work.audit("share_case_with_partner", case_id=case_id, subjects=[partner_id])


async def note_consent(work: Work, case_id: str, person_id: str, *, live: bool, expires_on: date | None) -> bool:
    """Keep what a person said about sharing with the partner; False when no partner brought the case."""
    if not await store.of_case(work, case_id):
        return False
    await store.set_consent(work, case_id, person_id, Consent(live, expires_on or date.max))
    work.audit("note_sharing_consent", case_id=case_id, subjects=[person_id])
    await _watch(work, case_id)
    return True


async def joined(work: Work, case_id: str, person_ids: Collection[str]) -> bool:
    """These are on the case from now on, and nothing is told before they consent; False when no partner brought it."""
    if not await store.of_case(work, case_id):
        return False
    await store.add_people(work, case_id, set(person_ids) - await store.people_of(work, case_id))
    await _watch(work, case_id)
    return True


async def is_open(work: Work, case_id: str) -> bool:
    """Whether everybody on the case consents at this moment."""
    return model.is_open(await store.consents_of(work, case_id), work.now.date())


async def recipients(work: Work, case_id: str) -> list[tuple[SharedCase, Agreement]]:
    """The partners who know the case, with what was agreed with each.

    Nobody else queues, settles or sends news of the case until this transaction ends.
    """
    shared = await store.of_case(work, case_id, lock=True)
    partners = await agreements.states(work, [one.partner_id for one in shared])
    return [(one, partners[one.partner_id].agreement) for one in shared]


async def forget(work: Work, case_id: str, person_id: str) -> bool:
    """The person is nobody on the case any more; returns whether they were. The caller holds the shared rows."""
    if not await store.forget(work, case_id, person_id):
        return False
    await _watch(work, case_id)
    return True


async def case_of(work: Work, person_id: str) -> str | None:
    """The case of somebody whom a partner brought."""
    return await store.case_of(work, person_id)


def locks() -> Table:
    """The rows, one per partner and case, that whoever sends news locks together with it."""
    return store.SHARED_CASES


async def pseudonym_of(work: Work, partner_id: str, case_id: str) -> str:
    """Under which name the partner knows the case."""
    return await store.pseudonym_of(work, partner_id, case_id)


async def next_number(work: Work, partner_id: str, case_id: str, counter: Literal["places", "sequences"]) -> int:
    """The next place among all news of the case for the partner, or the next sequence among what left."""
    return await store.next_number(work, partner_id, case_id, counter)


async def _watch(work: Work, case_id: str) -> None:
    ends = model.closes_on(await store.consents_of(work, case_id))
    if ends is None:
        await work.cancel(ENDS, case_id)
    else:
        await work.at(datetime.combine(ends, time(), UTC), ENDS, case_id)
