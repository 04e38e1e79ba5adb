"""From a bearer token to an `Actor`.

Rule: a token counts only when our issuer signed it for us, with an algorithm we named, it is valid at this moment of
real time, and nobody took it back; anything else is refused in one and the same way, so that a refusal teaches nothing.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from joserfc import jws, jwt
from joserfc.errors import InvalidKeyIdError, JoseError, UnsupportedAlgorithmError
from joserfc.jwa import JWSAlgModel
from joserfc.jwk import Key, KeySet
from joserfc.jws import JWSRegistry

from shared.access.actor import Actor, Kind
from shared.access.jwks import key_source
from shared.access.revocations import LEEWAY_S, Revocations
from shared.errors import Refusal, unauthenticated

CURVES = {"Ed25519": "Ed25519", "EdDSA": "Ed25519", "ES256": "P-256"}
"""The only algorithms, each with its only curve."""

KINDS = {"staff", "service", "partner", "channel"}
"""Who may come with a token; the system and the public never do."""

_ID = re.compile(r"[0-9a-f]{32}")


class _Registry(JWSRegistry):
    def get_alg(self, name: str) -> JWSAlgModel:
        if name not in CURVES:
            raise UnsupportedAlgorithmError
        return self.algorithms[name]


class TokenVerifier:
    """Believes tokens of one issuer for one audience.

    jwks: a function that returns the issuer's keys, the path of a JWKS file, or its http(s) address.
    revocations: whose tokens were taken back, as this process knows them.
    """

    def __init__(
        self, issuer: str, audience: str, jwks: Callable[[], KeySet] | Path | str, revocations: Revocations
    ) -> None:
        self._keys = key_source(jwks)
        self._revocations = revocations
        self._registry = _Registry()
        self._claims = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_S,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            iat={"essential": True},
        )

    async def verify(self, token: str) -> Actor:
        """Who carries the token. Waits only when the issuer's keys must be fetched.

        Errors: Refusal unauthenticated `token_invalid`, whatever is wrong with it; unavailable without keys.
        """
        try:
            header = jws.extract_compact(token.encode()).headers()
            keys = await self._keys(str(header.get("kid")))
            decoded = jwt.decode(token, _fitting(keys, header), registry=self._registry)
            self._claims.validate(decoded.claims)
            actor = _actor(decoded.claims)
            if self._revocations.refuse(actor.id, _shown_at(decoded.claims)):
                raise _invalid()
            return actor
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise _invalid() from error


def _fitting(keys: KeySet, header: dict[str, Any]) -> Key:
    """The key that the header names, if it is of the kind that its algorithm needs."""
    curve = CURVES.get(header["alg"])
    for key in keys:
        if key.kid == header["kid"] and curve is not None and getattr(key, "curve_name", None) == curve:
            return key
    raise InvalidKeyIdError


def _actor(claims: dict[str, Any]) -> Actor:
    sub, kind, roles = claims["sub"], claims["kind"], claims["roles"]
    if not (isinstance(sub, str) and _ID.fullmatch(sub) and kind in KINDS):
        raise _invalid()
    if not (isinstance(roles, list) and all(isinstance(role, str) for role in roles)):
        raise _invalid()
    return Actor(sub, cast(Kind, kind), frozenset(roles))


def _shown_at(claims: dict[str, Any]) -> float:
    """When who carries it showed who they are: a renewed token comes of an earlier sign-in, and says when that was,
    where the issuer tells (`auth_time`, RFC 9068)."""
    issued: float = claims["iat"]
    signed_in = claims.get("auth_time", issued)
    if isinstance(signed_in, bool) or not isinstance(signed_in, int | float):
        raise _invalid()
    return min(issued, signed_in)


def _invalid() -> Refusal:
    return unauthenticated("token_invalid", "Please sign in again.")
