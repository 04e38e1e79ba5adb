"""What a partner can do: bring a referral.

Rule: who cannot prove to be a partner learns nothing, not even whether the partner exists. A document is never opened
here, and one webhook makes one referral however often it is sent.
"""

from collections.abc import Mapping

from services.notify.partners.actions import agreements
from services.notify.webhooks import signatures
from services.notify.webhooks.store import referrals as store
from shared.clock import new_id
from shared.contracts.notify import ReferralReceived
from shared.errors import unauthenticated
from shared.work import Work


async def prove(work: Work, partner_id: str, headers: Mapping[str, str], body: bytes) -> str:
    """The id of a webhook that the partner signed.

    Errors: Refusal unauthenticated, the same for whatever is wrong; forbidden for a partner without an agreement.
    """
    if not signatures.holds(await agreements.inbound_secrets(work, partner_id), headers, body):
        raise unauthenticated("signature_invalid", "Sign the webhook with the secret that you were given.")
    await agreements.check_may_refer(work, partner_id)
    return headers[signatures.ID]


async def receive(work: Work, partner_id: str, webhook_id: str, document: str) -> str:
    """Take a referral in and pass it on unopened; returns its id, the same for a repeat."""
    fresh = new_id()
    referral_id = await store.receipt(work, fresh, partner_id, webhook_id)
    if referral_id == fresh:
        work.emit(ReferralReceived(referral_id=referral_id, partner_id=partner_id, at=work.now, document=document))
    work.audit("receive_referral", subjects=[referral_id, partner_id])
    return referral_id


async def partner_of(work: Work, referral_id: str) -> str | None:
    """Who sent the referral; None when none came under this id."""
    return await store.partner_of(work, referral_id)
