"""What notify promises to tell: what came in from partners, unopened."""

from typing import Annotated

from shared.contracts.audit import AuditHead
from shared.contracts.envelope import Event
from shared.contracts.fields import Id, Instant, Jwe, Sealed, To
from shared.contracts.heeding import Heeding


class ReferralReceived(Event, publisher="notify", key="referral_id"):
    """A partner's signed webhook brought a referral; the document is encrypted to intake's registered key."""

    referral_id: Id
    partner_id: Id
    at: Instant
    document: Jwe


class AuditHeadReached(Event, publisher="notify", key="chain_id"):
    """The audit log has come this far; who hears it keeps it, so that a log cut off or rewritten later is found out."""

    chain_id: Id
    at: Instant
    head: Annotated[Sealed[AuditHead], To("intake")]


class ConsentAcknowledged(Heeding, Event, publisher="notify", key="case_id"):
    """A consent changed, and notify has acted on it."""


class ErasureCompleted(Event, publisher="notify", key="case_id", erasure=True):
    """Nothing that notify held about an erased person can be read any more."""

    case_id: Id
    person_id: Id
    at: Instant


class EventsPurged(Event, publisher="notify", key="case_id", erasure=True):
    """After an erasure the events of the case were removed from the stream; its envelope says where to go on."""

    case_id: Id
    at: Instant


EVENTS: tuple[type[Event], ...] = (
    ReferralReceived,
    AuditHeadReached,
    ConsentAcknowledged,
    ErasureCompleted,
    EventsPurged,
)
