"""Values that leave the service in an event, sealed to each service that may read them.

Rule: a box opens only with the private key of the recipient it names, in the event it was made for and about the
person it was made about; and its length is one of three, whatever it holds. Who needs only this (the front door, which
holds no private key) uses these functions; a service uses them through its `Vault`.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from contextlib import suppress

from shared.contracts.fields import SealedPart, SealRequest
from shared.errors import invalid
from shared.vault.masters import MasterKeys
from shared.vault.primitives import Broken, binding
from shared.vault.recipients import PublicKeysets

SIZES = (1024, 4096, 16384)
"""The lengths in bytes that a sealed value can have, before encryption."""

LENGTH = 4
"""Bytes in front of the value that say how long it is."""


def seal(recipients: PublicKeysets, event_id: str, request: SealRequest) -> Mapping[str, SealedPart]:
    """Seal to each recipient.

    Errors: Refusal invalid `too_large_to_seal` over 16,380 bytes; unavailable `recipient_key_missing`.
    """
    padded = _pad(request.plain)
    return {name: _seal_to(recipients, name, event_id, request.about, padded) for name in request.recipients}


def open_part(masters: MasterKeys, service: str, event_id: str, about: str, part: SealedPart) -> bytes:
    """Open the part that is `service`'s.

    Errors: Refusal invalid `key_gone` when the private key is not (any longer) in the ring; invalid `seal_broken`
    when the box was changed, or was made for another event, person or recipient.
    """
    opening = masters.opening(part.kid)
    if opening is None:
        raise invalid("key_gone", "the private key for this box is not in the ring")
    with suppress(Broken, ValueError):
        box = b64decode(part.box, validate=True)
        return _unpad(opening.decrypt(box, _bound(event_id, about, service)))
    raise invalid("seal_broken", "this box does not belong here")


def _seal_to(recipients: PublicKeysets, name: str, event_id: str, about: str, padded: bytes) -> SealedPart:
    kid, sealing = recipients.current(name)
    box = sealing.encrypt(padded, _bound(event_id, about, name))
    return SealedPart(kid=kid, box=b64encode(box).decode())


def _bound(event_id: str, about: str, recipient: str) -> bytes:
    return binding("lodestar seal 1", event_id, about, recipient)


def _pad(plain: bytes) -> bytes:
    for size in SIZES:
        if LENGTH + len(plain) <= size:
            return (len(plain).to_bytes(LENGTH, "big") + plain).ljust(size, b"\0")
    raise invalid("too_large_to_seal", "a sealed value has at most 16,380 bytes")


def _unpad(padded: bytes) -> bytes:
    end = LENGTH + int.from_bytes(padded[:LENGTH], "big")
    if len(padded) not in SIZES or end > len(padded):
        raise ValueError("not padded by us")
    return padded[LENGTH:end]
