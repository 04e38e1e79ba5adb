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
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from tink import aead, hybrid, prf, secret_key_access
from tink.proto import aes_gcm_pb2, hpke_pb2, tink_pb2

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


def as_prfs(handle: Handle) -> tuple[Prf, ...]:
    """The functions of all keys of the set, the one to write with first."""
    known = handle.primitive(prf.PrfSet)
    primary = known.primary_id()
    return (known.primary(), *(one for key_id, one in known.all().items() if key_id != primary))


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


def mark(key_id: int) -> bytes:
    """How ciphertext begins that this key of a keyset made, unless the keyset is of a raw kind."""
    return b"\x01" + key_id.to_bytes(4, "big")


def same_key(one: Handle, other: Handle) -> bool:
    """Whether two handles hold the same secrets."""
    return dump_secret(one) == dump_secret(other)


def wrap(handle: Handle, master: Aead, bound: bytes) -> bytes:
    wrapped: bytes = tink.proto_keyset_format.serialize_encrypted(handle, master, bound)
    return wrapped


def unwrap(wrapped: bytes, master: Aead, bound: bytes) -> Handle:
    """Errors: Broken, when another master or another binding wrapped it."""
    _register()
    return tink.proto_keyset_format.parse_encrypted(wrapped, master, bound)


def aead_from(secret: bytes) -> Aead:
    """The cipher of 32 bytes that somebody else keeps, or that follow from something."""
    key = aes_gcm_pb2.AesGcmKey(version=0, key_value=secret)
    return as_aead(_handle("AesGcmKey", key, tink_pb2.KeyData.SYMMETRIC))


def public_from(seed: bytes) -> bytes:
    """The public half, 32 bytes, of the key pair that follows from a seed of 32 bytes."""
    return X25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def opening_from(seed: bytes) -> Opening:
    """What opens what was sealed to `public_from(seed)`."""
    public = _hpke_public(public_from(seed))
    key = hpke_pb2.HpkePrivateKey(version=0, public_key=public, private_key=seed)
    return as_opening(_handle("HpkePrivateKey", key, tink_pb2.KeyData.ASYMMETRIC_PRIVATE))


def sealing_to(public: bytes) -> Sealing:
    """Seals to a public key of 32 bytes, as `Kind.SEALING` does."""
    return as_sealing(_handle("HpkePublicKey", _hpke_public(public), tink_pb2.KeyData.ASYMMETRIC_PUBLIC))


def _hpke_public(public: bytes) -> Any:
    how = hpke_pb2.HpkeParams(
        kem=hpke_pb2.DHKEM_X25519_HKDF_SHA256, kdf=hpke_pb2.HKDF_SHA256, aead=hpke_pb2.AES_256_GCM
    )
    return hpke_pb2.HpkePublicKey(version=0, params=how, public_key=public)


def _handle(kind: str, key: Any, material: Any) -> Handle:
    """A keyset of this one key, which puts nothing in front of its ciphertexts."""
    _register()
    data = tink_pb2.KeyData(
        type_url=f"type.googleapis.com/google.crypto.tink.{kind}",
        value=key.SerializeToString(),
        key_material_type=material,
    )
    one = tink_pb2.Keyset.Key(key_data=data, status=tink_pb2.ENABLED, key_id=1, output_prefix_type=tink_pb2.RAW)
    keyset = tink_pb2.Keyset(primary_key_id=1, key=[one])
    return tink.proto_keyset_format.parse(keyset.SerializeToString(), secret_key_access.TOKEN)
