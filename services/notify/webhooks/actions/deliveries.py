"""What can be done with news of a case: queue it for the partner, hold, release or recall it as consent goes.

Rule: news is written down in the transaction of what it tells; who sends it looks at the gates once more. Whoever
queues, settles or sends news of a case locks its shared rows first, so that of two at once the second sees the first.
"""

from collections.abc import Collection
from datetime import date, datetime

from services.notify.partners.actions import sharing
from services.notify.webhooks import model
from services.notify.webhooks.actions import referrals
from services.notify.webhooks.model import SHARING_ENDED, Delivery, State
from services.notify.webhooks.store import deliveries as store
from shared.access import Resource, case_resource
from shared.clock import new_id
from shared.work import Work

WAITING = "deliveries_waiting"
"""The timer that is due at once: it wakes who sends, after the commit. Its subject is a delivery that has none yet, so
that nobody who holds a case waits for a timer."""


async def case_opened(
    work: Work, case_id: str, referral_id: str | None, person_ids: Collection[str], at: datetime
) -> None:
    """A case began; if a partner's referral began it, the partner is to learn so."""
    partner_id = None if referral_id is None else await referrals.partner_of(work, referral_id)
    if referral_id is None or partner_id is None:
        return
    await sharing.share(work, partner_id, case_id, referral_id, person_ids, at)
    await tell(work, case_id, "case.accepted", at)


async def tell(work: Work, case_id: str, kind: str, at: datetime) -> None:
    """Queue news for the partners with whom it was agreed; held while somebody on the case does not consent."""
    for shared, agreement in await sharing.recipients(work, case_id):
        if agreement.allows(kind, work.now.date()):
            state: State = "queued" if await sharing.is_open(work, case_id) else "held"
            await _add(work, shared.partner_id, case_id, kind, at, state)


async def consent_noted(work: Work, case_id: str, person_id: str, *, live: bool, expires_on: date | None) -> None:
    """A person gave or took back their consent to sharing with the partner."""
    if await sharing.note_consent(work, case_id, person_id, live=live, expires_on=expires_on):
        await settle(work, case_id)


async def people_joined(work: Work, case_id: str, from_case_id: str | None, person_ids: Collection[str]) -> None:
    """People are on a case from now on, and no longer on the one they come from: both are told of as those consent who
    are on them."""
    if from_case_id is not None:
        await sharing.recipients(work, from_case_id)
        if any([await sharing.forget(work, from_case_id, person_id) for person_id in person_ids]):
            await settle(work, from_case_id)
    await sharing.recipients(work, case_id)
    if await sharing.joined(work, case_id, person_ids):
        await settle(work, case_id)


async def settle(work: Work, case_id: str) -> None:
    """Bring what waits for a partner in line with what the people of the case consent to now."""
    recipients = await sharing.recipients(work, case_id)
    if await sharing.is_open(work, case_id):
        if released := await store.release(work, case_id):
            work.audit("release_deliveries", case_id=case_id, subjects=released)
            await work.at(work.now, WAITING, released[0])
        return
    await end_sharing(work, case_id, [shared.partner_id for shared, _ in recipients])


async def end_sharing(work: Work, case_id: str, partner_ids: Collection[str]) -> None:
    """Recall what is queued, and tell who knows of the case to forget it. The caller holds its shared rows."""
    if recalled := await store.recall(work, case_id):
        work.audit("recall_deliveries", case_id=case_id, subjects=recalled)
    for partner_id in partner_ids:
        if await store.knows(work, partner_id, case_id):
            await _add(work, partner_id, case_id, SHARING_ENDED, work.now, "queued")


async def see_of_case(work: Work, case_id: str, after: str | None, limit: int) -> list[Delivery]:
    """What left, or will, about a case. Errors: Refusal not_found for who may not see the case."""
    work.permit("see_case", await case_resource(work, work.actor, case_id), see="see_case")
    found = await store.page_of_case(work, case_id, after, limit)
    work.audit("see_deliveries", case_id=case_id, subjects=[delivery.id for delivery in found])
    return found


async def see_of_partner(work: Work, partner_id: str, after: str | None, limit: int) -> list[Delivery]:
    """What left, or will, for a partner. Errors: Refusal not_found for who may not see partners."""
    _permit(work, "see_deliveries", partner_id)
    found = await store.page_of_partner(work, partner_id, after, limit)
    work.audit("see_deliveries", subjects=[partner_id, *(delivery.id for delivery in found)])
    return found


async def see_delivery(work: Work, delivery_id: str) -> Delivery:
    """Errors: Refusal not_found for who may not see partners."""
    _permit(work, "see_deliveries", delivery_id)
    delivery = await store.load(work, delivery_id)
    work.audit("see_deliveries", case_id=delivery.case_id, subjects=[delivery_id])
    return delivery


async def retry(work: Work, delivery_id: str, version: int) -> Delivery:
    """Try anew what was given up. Errors: Refusal not_found, forbidden, stale, conflict."""
    _permit(work, "retry_delivery", delivery_id)
    delivery = await store.load(work, delivery_id)
    model.check_retry(delivery)
    anew = {"state": "queued", "first_attempt_at": None, "next_attempt_at": None}
    await work.change(store.DELIVERIES, delivery_id, version, **anew)
    work.audit("retry_delivery", case_id=delivery.case_id, subjects=[delivery_id])
    await work.at(work.now, WAITING, delivery_id)
    return await store.load(work, delivery_id)


async def _add(work: Work, partner_id: str, case_id: str, kind: str, at: datetime, state: State) -> None:
    place = await sharing.next_number(work, partner_id, case_id, "places")
    delivery = Delivery(new_id(), partner_id, case_id, place, kind, at, new_id(), None, state, 0, None, None, 1)
    await store.add(work, delivery)
    work.audit("queue_delivery", case_id=case_id, subjects=[delivery.id])
    if state == "queued":
        await work.at(work.now, WAITING, delivery.id)


def _permit(work: Work, action: str, asked_id: str) -> None:
    """asked_id: of a partner or of a delivery; whose it is makes no difference to who may know of it."""
    agreement = Resource("Agreement", asked_id, {"in_force": True, "partner": asked_id})
    work.permit(action, agreement, see="see_partners")
