"""The cryptography, all of it Tink's: the kinds of key that exist, and how they are made, stored and used.

Rule: Tink is touched only here. Its key types are registered when the first key is made or read, not at import. What
is bound to a ciphertext goes through `binding`, so that no two different lists of names give the same bytes.
"""

import json
from enum import Enum
from functools import cache
from hashlib import sha256
from typing import Any, Protocol, TypeAlias

import orjson
import tink
from tink import aead, hybrid, prf, secret_key_access

Handle: TypeAlias = Any
"""A Tink keyset handle; keeps its key material out of `repr` and refuses to be pickled."""

Keyset: TypeAlias = dict[str, Any]
"""A keyset in Tink's JSON form."""

Broken = tink.TinkError


class Aead(Protocol):
    def encrypt(self, plaintext: bytes, associated_data: bytes) -> bytes: ...

    def decrypt(self, ciphertext: bytes, associated_data: bytes) -> bytes: ...


class Sealing(Protocol):
    def encrypt(self, plaintext: bytes, context_info: bytes) -> bytes: ...


class Opening(Protocol):
    def decrypt(self, ciphertext: bytes, context_info: bytes) -> bytes: ...


class Prf(Protocol):
    def compute(self, input_data: bytes, output_length: int) -> bytes: ...


class Kind(Enum):
    """What a key is for. The service's own key writes without end, so it gets nonces too long to repeat."""

    WRAPPING = aead.aead_key_templates.AES256_GCM
    OWN = aead.aead_key_templates.XAES_256_GCM_192_BIT_NONCE
    SUBJECT = aead.aead_key_templates.AES256_GCM_RAW
    BLIND = prf.prf_key_templates.HMAC_SHA256
    SEALING = hybrid.hybrid_key_templates.DHKEM_X25519_HKDF_SHA256_HKDF_SHA256_AES_256_GCM_RAW


@cache
def _register() -> None:
    aead.register()
    hybrid.register()
    prf.register()


def binding(*names: str) -> bytes:
    """The names as bytes, unambiguously: a JSON array."""
    return orjson.dumps(names)


def new_key(kind: Kind) -> Handle:
    _register()
    return tink.new_keyset_handle(kind.value)


def as_aead(handle: Handle) -> Aead:
    primitive: Aead = handle.primitive(aead.Aead)
    return primitive


def as_prf(handle: Handle) -> Prf:
    primitive: Prf = handle.primitive(prf.PrfSet).primary()
    return primitive


def as_sealing(handle: Handle) -> Sealing:
    primitive: Sealing = handle.primitive(hybrid.HybridEncrypt)
    return primitive


def as_opening(handle: Handle) -> Opening:
    primitive: Opening = handle.primitive(hybrid.HybridDecrypt)
    return primitive


def dump_secret(handle: Handle) -> Keyset:
    """The keyset with its secrets, for the master file only."""
    keyset: Keyset = json.loads(tink.json_proto_keyset_format.serialize(handle, secret_key_access.TOKEN))
    return keyset


def read_secret(keyset: Keyset) -> Handle:
    """Errors: Broken."""
    _register()
    return tink.json_proto_keyset_format.parse(json.dumps(keyset), secret_key_access.TOKEN)


def dump_public(handle: Handle) -> Keyset:
    """The public half of a sealing key."""
    public = tink.json_proto_keyset_format.serialize_without_secret(handle.public_keyset_handle())
    keyset: Keyset = json.loads(public)
    return keyset


def read_public(keyset: Keyset) -> Handle:
    """Errors: Broken, also for a keyset that holds a secret."""
    _register()
    return tink.json_proto_keyset_format.parse_without_secret(json.dumps(keyset))


def fingerprint(public: Keyset) -> str:
    """The short id of a public key: 16 hex digits that follow from the key itself."""
    (key,) = public["key"]
    return sha256(key["keyData"]["value"].encode()).hexdigest()[:16]


def wrap(handle: Handle, master: Aead, bound: bytes) -> bytes:
    wrapped: bytes = tink.proto_keyset_format.serialize_encrypted(handle, master, bound)
    return wrapped


def unwrap(wrapped: bytes, master: Aead, bound: bytes) -> Handle:
    """Errors: Broken, when another master or another binding wrapped it."""
    _register()
    return tink.proto_keyset_format.parse_encrypted(wrapped, master, bound)
