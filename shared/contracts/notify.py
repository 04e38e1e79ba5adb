"""What notify promises to tell: what came in from partners, unopened."""

from shared.contracts.envelope import Event
from shared.contracts.fields import Id, Instant, Jwe


class ReferralReceived(Event, publisher="notify", key="referral_id"):
    """A partner's signed webhook brought a referral; the document is encrypted to intake's registered key."""

    referral_id: Id
    partner_id: Id
    at: Instant
    document: Jwe


EVENTS: tuple[type[Event], ...] = (ReferralReceived,)
