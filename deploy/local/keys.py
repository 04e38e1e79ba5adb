"""The keys of a local installation: one bus credential per service, one for the operator, one for the clock, the key
of the development issuer, and the secret by which it knows the desk.

Rule: a key is made once, on first start, and read again ever after; private halves are files for their owner only
(0600) and leave the folder in no message and no log.
"""

import os
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import nkeys
import orjson
from joserfc import jwt
from joserfc.jwk import OKPKey

from deploy.bus import CLOCK, OPERATOR
from deploy.local.errors import LocalError
from deploy.local.state import write_private
from shared.clock import new_id
from shared.contracts.topology import Topology

ALGORITHM = "Ed25519"


def seed_path(keys: Path, name: str) -> Path:
    """Where the nkey seed of a service, of `operator` or of `clock` lies."""
    return keys / f"{name}.nk"


def ensure_bus_keys(keys: Path, topology: Topology) -> dict[str, str]:
    """Make the bus credentials that are missing; the public key of every service, the operator and the clock."""
    return {name: _ensure_seed(seed_path(keys, name)) for name in _holders(topology)}


def _holders(topology: Topology) -> Iterable[str]:
    return (*topology.services, OPERATOR, CLOCK)


def _ensure_seed(path: Path) -> str:
    if not path.exists():
        write_private(path, bytes(nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER)))
    pair = nkeys.from_seed(bytearray(path.read_bytes().strip()))
    public: bytes = pair.public_key
    pair.wipe()
    return public.decode()


class DevelopmentIssuer:
    """Signs tokens as an OIDC issuer would, for people and programs that exist on this machine only."""

    def __init__(self, key: OKPKey, address: str) -> None:
        self._key = key
        self.address = address

    @classmethod
    def open(cls, keys: Path, address: str | None = None) -> "DevelopmentIssuer":
        """Read the issuer's key from the folder, or make it there; writes its public half as `jwks.json`.

        address: its http address, by which tokens name it; written down when given, else as it was written last.
        Errors: LocalError when nobody gave one yet.
        """
        path, place = keys / "issuer.jwk", keys / "issuer.url"
        if address is not None:
            write_private(place, address.encode())
        elif not place.exists():
            raise LocalError(f"there is no installation in {keys.parent}", "start one with: lodestar up")
        if not path.exists():
            made = OKPKey.generate_key("Ed25519", {"use": "sig", "alg": ALGORITHM}, auto_kid=True)
            write_private(path, orjson.dumps(made.as_dict(private=True)))
        key = OKPKey.import_key(orjson.loads(path.read_bytes()))
        issuer = cls(key, place.read_text())
        write_private(jwks_path(keys), orjson.dumps(issuer.published))
        return issuer

    def sign(
        self,
        subject_id: str,
        kind: str,
        roles: Sequence[str],
        audience: str,
        lifetime_s: int,
        signed_in_at: int | None = None,
    ) -> str:
        """A token for one audience. subject_id: 32 hex digits. lifetime_s: seconds of real time, not of the clock.

        signed_in_at: the second of real time of the sign-in that it comes of.
        """
        said = {"sub": subject_id, "kind": kind, "roles": list(roles), "aud": audience}
        return self._signed(said | ({} if signed_in_at is None else {"auth_time": signed_in_at}), lifetime_s)

    def identify(self, subject_id: str, name: str, client: str, nonce: str, lifetime_s: int) -> str:
        """An ID token: tells `client` who signed in, and opens no service."""
        return self._signed({"sub": subject_id, "name": name, "aud": client, "nonce": nonce}, lifetime_s)

    @property
    def published(self) -> dict[str, Any]:
        """The JWKS: public halves only."""
        return {"keys": [self._key.as_dict(private=False)]}

    def _signed(self, said: Mapping[str, Any], lifetime_s: int) -> str:
        now = datetime.now(UTC)
        claims = {
            "iss": self.address,
            "iat": int(now.timestamp()),
            "exp": int((now + timedelta(seconds=lifetime_s)).timestamp()),
            "jti": new_id(),
            **said,
        }
        return jwt.encode({"alg": ALGORITHM, "kid": self._key.kid}, claims, self._key, algorithms=[ALGORITHM])


def client_secret_path(keys: Path) -> Path:
    """What the desk shows the issuer to be believed."""
    return keys / "desk.client"


def ensure_client_secret(keys: Path) -> None:
    """Make the desk's secret, once."""
    if not client_secret_path(keys).exists():
        write_private(client_secret_path(keys), secrets.token_urlsafe(32).encode())


def jwks_path(keys: Path) -> Path:
    """The public half of the issuer's key, as services read it."""
    return keys / "jwks.json"
