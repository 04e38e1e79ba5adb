"""The steps of sending one delivery; between them, outside any transaction, the webhook is on its way.

Rule: the attempt is committed before anything leaves, so a crash leaves an attempt of unknown outcome, and the next
one carries the same webhook id. The gates are looked at once more at this last moment.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.notify.messages import actions as messages
from services.notify.partners.actions import agreements, sharing
from services.notify.webhooks import model
from services.notify.webhooks.actions import deliveries
from services.notify.webhooks.model import SHARING_ENDED, Delivery
from services.notify.webhooks.store import attempts
from services.notify.webhooks.store import deliveries as store
from shared.clock import new_id
from shared.work import Work


@dataclass(frozen=True)
class Attempt:
    """The right to send a delivery once, until `until` in real time."""

    delivery_id: str
    partner_id: str
    number: int
    lease: str
    first_at: datetime


@dataclass(frozen=True)
class Letter:
    """What leaves, and where to."""

    url: str
    secrets: tuple[str, ...]
    webhook_id: str
    body: bytes


async def claim(work: Work, real_now: datetime, lease: timedelta, full: Collection[str]) -> Attempt | None:
    """Begin an attempt at a delivery whose turn it is; None when there is none. full: partners to leave out."""
    gates = sharing.locks(), agreements.active_ids(), messages.frozen_cases()
    while delivery := await store.next_due(work, real_now, *gates, full):
        if await _may_leave(work, delivery):
            return await _begin(work, delivery, real_now, lease)
    return None


async def compose(work: Work, attempt: Attempt) -> Letter:
    """What to send. Errors: Refusal not_found when the partner's key was destroyed."""
    delivery = await store.load(work, attempt.delivery_id)
    url, secrets = await agreements.way_out(work, delivery.partner_id)
    pseudonym = await sharing.pseudonym_of(work, delivery.partner_id, delivery.case_id)
    body = model.payload(delivery.kind, pseudonym, delivery.sequence or 0, delivery.occurred_at)
    return Letter(url, secrets, delivery.webhook_id, body)


async def delivered(work: Work, attempt: Attempt, outcome: str) -> None:
    """The partner has it, even if it was recalled while it was on its way."""
    await attempts.end(work, attempt.delivery_id, attempt.number, outcome)
    if await store.arrived(work, attempt.delivery_id):
        delivery = await store.load(work, attempt.delivery_id)
        work.audit("deliver_webhook", case_id=delivery.case_id, subjects=[delivery.id])


async def failed(work: Work, attempt: Attempt, outcome: str, real_now: datetime, pauses: Sequence[timedelta]) -> None:
    """Try again after a pause, or give up when it failed for days: then somebody must look at it."""
    await attempts.end(work, attempt.delivery_id, attempt.number, outcome)
    again = model.next_attempt(attempt.number, attempt.first_at, real_now, pauses)
    state = "undeliverable" if again is None else "queued"
    changed = await store.change_leased(work, attempt.delivery_id, attempt.lease, state=state, next_attempt_at=again)
    if changed and again is None:
        delivery = await store.load(work, attempt.delivery_id)
        work.audit("give_up_delivery", case_id=delivery.case_id, subjects=[delivery.id])


async def gone(work: Work, attempt: Attempt, outcome: str) -> None:
    """The endpoint is there no longer: the partner is suspended, and its deliveries wait for it."""
    await attempts.end(work, attempt.delivery_id, attempt.number, outcome)
    await store.change_leased(work, attempt.delivery_id, attempt.lease, next_attempt_at=None)
    await agreements.endpoint_is_gone(work, attempt.partner_id)


async def _may_leave(work: Work, delivery: Delivery) -> bool:
    if delivery.kind == SHARING_ENDED:
        return True
    if not await sharing.is_open(work, delivery.case_id):
        await deliveries.settle(work, delivery.case_id)
        return False
    if await agreements.allows(work, delivery.partner_id, delivery.kind):
        return True
    await store.recall_one(work, delivery.id)
    work.audit("recall_deliveries", case_id=delivery.case_id, subjects=[delivery.id])
    return False


async def _begin(work: Work, delivery: Delivery, real_now: datetime, lease: timedelta) -> Attempt:
    sequence = delivery.sequence or await sharing.next_number(work, delivery.partner_id, delivery.case_id, "sequences")
    attempt = Attempt(
        delivery.id, delivery.partner_id, delivery.attempts + 1, new_id(), delivery.first_attempt_at or real_now
    )
    await store.begin(work, delivery, sequence, attempt.lease, real_now, real_now + lease)
    await attempts.begin(work, delivery.id, attempt.number, real_now)
    work.audit("send_webhook", case_id=delivery.case_id, subjects=[delivery.id])
    return attempt
