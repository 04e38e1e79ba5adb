"""A consent as somebody gives it in a conversation, for tests that need one and are about something else."""

from typing import Any

RECIPIENTS = {
    "share_for_protection": ["partner_network", "safe_house"],
    "share_with_government": ["destination_government", "transit_government"],
    "share_with_partner": ["referring_partner", "sponsor"],
    "public_statistics": ["public"],
}

TAKEN_BACK = {"how": "by_message", "note": "A message on the safe channel."}
"""The body of `POST /consents/{consent_id}/withdrawal`."""


def spoken(purpose: str, note: str = "Spoken in the call of 3 April.", **other: Any) -> dict[str, Any]:
    """The body of `POST /people/{person_id}/consents`; other: fields in place of these."""
    proof = {"how": "in_person", "note": note}
    return {"purpose": purpose, "recipients": RECIPIENTS[purpose], "language": "ru", "proof": proof, **other}
