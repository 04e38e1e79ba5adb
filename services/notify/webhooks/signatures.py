"""Standard Webhooks signatures, in and out.

Rule: whatever is wrong with a signature, the answer is one and the same, and finding out takes the same work whether
or not there is somebody whose signature it could be. The tolerance of five minutes is on real time.
"""

from collections.abc import Mapping
from datetime import datetime

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

NOBODY = "whsec_" + "bm9ib2R5IGtub3dzIGFuZCBub2JvZHkgc2lnbnMgdGg="
"""Signatures for an unknown partner are checked against this, so that they take as long; they never hold."""

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
MOST_ID = 256


def holds(secret: str | None, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether `body` was signed with `secret` within the last five minutes; never when there is no secret."""
    shown = {name: headers.get(name, "") for name in (ID, TIMESTAMP, SIGNATURE)}
    try:
        Webhook(secret or NOBODY).verify(body, shown, json_parse=False)
    except (WebhookVerificationError, ValueError, TypeError):
        return False
    return secret is not None and len(shown[ID]) <= MOST_ID


def signed(secret: str, webhook_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers of a webhook that we send; at: real time."""
    signature = Webhook(secret).sign(webhook_id, at, body.decode())
    return {ID: webhook_id, TIMESTAMP: str(int(at.timestamp())), SIGNATURE: signature}
