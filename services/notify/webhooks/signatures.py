"""Standard Webhooks signatures, in and out.

Rule: whatever is wrong with a signature, the answer is one and the same, and finding out takes the same work whether
or not there is somebody whose signature it could be, and whether they have one secret or, for a while, two. The
tolerance of five minutes is on real time.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

NOBODY = "whsec_" + "bm9ib2R5IGtub3dzIGFuZCBub2JvZHkgc2lnbnMgdGg="
"""Signatures for an unknown partner are checked against this, so that they take as long; they never hold."""

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
MOST_ID = 256
MOST_SECRETS = 2


def holds(secrets: Sequence[str], headers: Mapping[str, str], body: bytes) -> bool:
    """Whether `body` was signed with one of `secrets`, two at most, within the last five minutes; never without any."""
    shown = {name: headers.get(name, "") for name in (ID, TIMESTAMP, SIGNATURE)}
    padded = [*secrets, NOBODY, NOBODY][:MOST_SECRETS]
    verified = [_verified(secret, shown, body) and secret != NOBODY for secret in padded]
    return any(verified) and len(shown[ID]) <= MOST_ID


def signed(secrets: Sequence[str], webhook_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers of a webhook that we send, with a signature for each of `secrets`; at: real time."""
    signatures = [Webhook(secret).sign(webhook_id, at, body.decode()) for secret in secrets]
    return {ID: webhook_id, TIMESTAMP: str(int(at.timestamp())), SIGNATURE: " ".join(signatures)}


def _verified(secret: str, shown: Mapping[str, str], body: bytes) -> bool:
    try:
        Webhook(secret).verify(body, dict(shown), json_parse=False)
    except (WebhookVerificationError, ValueError, TypeError):
        return False
    return True
