"""What the issuer granted and has not taken back: codes to be traded once, and refresh tokens.

Rule: a code opens one exchange within a minute, for the client that asked, at the address it asked for, and only with
the verifier whose hash came with the question (PKCE). Everything is in memory: a new start means signing in again.
"""

import hashlib
import hmac
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from shared.contracts.topology import LODESTAR

CLIENT = "desk"
CODE_S = 60.0
REFRESH_S = 8 * 3600.0
RESOURCES = {f"urn:lodestar:{service}": service for service in LODESTAR.services}
"""Resource indicators (RFC 8707) and the audience that each stands for."""


class GrantError(Exception):
    """code: the error word of OAuth 2."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Asked:
    """What a client asks of the person who signs in."""

    redirect: str
    state: str
    nonce: str
    challenge: str


@dataclass(frozen=True)
class Grant:
    """Who signed in, and until when it may be used. until: seconds of a clock that only goes forward; at: the second of
    real time at which they did."""

    name: str
    asked: Asked
    until: float
    at: int


class Grants:
    """secret: the desk's. redirect: the only address that codes are sent to."""

    def __init__(self, secret: str, redirect: str, now: Callable[[], float] = time.monotonic) -> None:
        self._secret = secret
        self._redirect = redirect
        self._now = now
        self._codes: dict[str, Grant] = {}
        self._refreshing: dict[str, Grant] = {}

    def asked(self, query: Mapping[str, str]) -> Asked:
        """The question of a client. Errors: GrantError for anything that this issuer does not answer."""
        expected = {
            "response_type": "code",
            "client_id": CLIENT,
            "redirect_uri": self._redirect,
            "code_challenge_method": "S256",
        }
        if any(query.get(name) != value for name, value in expected.items()) or not query.get("code_challenge"):
            raise GrantError("invalid_request")
        return Asked(self._redirect, query.get("state", ""), query.get("nonce", ""), query["code_challenge"])

    def grant(self, name: str, asked: Asked) -> str:
        """A code that says that `name` signed in."""
        code = secrets.token_urlsafe(32)
        self._codes[code] = Grant(name, asked, self._now() + CODE_S, int(time.time()))
        return code

    def check_client(self, client: str, secret: str) -> None:
        """Errors: GrantError `invalid_client`."""
        if client != CLIENT or not hmac.compare_digest(secret.encode(), self._secret.encode()):
            raise GrantError("invalid_client")

    def trade(self, code: str, verifier: str, redirect: str) -> tuple[Grant, str]:
        """Trade a code, once; the grant and a refresh token. Errors: GrantError `invalid_grant`."""
        grant = self._codes.pop(code, None)
        if grant is None or grant.until < self._now() or redirect != grant.asked.redirect:
            raise GrantError("invalid_grant")
        if not hmac.compare_digest(challenge_of(verifier), grant.asked.challenge):
            raise GrantError("invalid_grant")
        token = secrets.token_urlsafe(32)
        self._refreshing[token] = replace(grant, until=self._now() + REFRESH_S)
        return grant, token

    def refreshed(self, token: str) -> Grant:
        """Errors: GrantError `invalid_grant` when it was never granted, is over, or was taken back."""
        grant = self._refreshing.get(token)
        if grant is None or grant.until < self._now():
            self._refreshing.pop(token, None)
            raise GrantError("invalid_grant")
        return grant

    def revoke(self, token: str) -> None:
        """Take a refresh token back; an unknown one is no error (RFC 7009)."""
        self._refreshing.pop(token, None)


def audience_of(resource: str) -> str:
    """Errors: GrantError `invalid_target` for anything but a service of ours."""
    if resource not in RESOURCES:
        raise GrantError("invalid_target")
    return RESOURCES[resource]


def challenge_of(verifier: str) -> str:
    """S256 of RFC 7636."""
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
