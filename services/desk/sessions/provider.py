"""The OIDC issuer as its client sees it: discovery, the code flow with PKCE, one token per service, revocation.

Rule: what the issuer says of itself and of who signed in counts only when it is about this issuer, this client and this
very sign-in; tokens for services are carried, never read.
"""

import asyncio
import hashlib
import hmac
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote, urlencode

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from services.desk.sessions.sessions import Token
from shared.errors import unavailable

ALGORITHMS = ["Ed25519", "EdDSA", "ES256", "RS256", "PS256"]
LEEWAY_S = 30


class RefusedByIssuerError(Exception):
    """The issuer says no, or says something that does not fit this sign-in: whoever came signs in anew."""


@dataclass(frozen=True)
class Client:
    """What the issuer knows the desk by. secret: None for a public client. callback: where it sends people back to.
    resource: how it calls a service, with the place {service}."""

    id: str
    secret: str | None
    scope: str
    callback: str
    resource: str


@dataclass(frozen=True)
class Begun:
    """A sign-in on its way; kept by the browser, encrypted. to: the page that was asked for."""

    state: str
    nonce: str
    verifier: str
    to: str
    until: float


@dataclass(frozen=True)
class Identity:
    """Who signed in: a stable id, and what they are called."""

    actor_id: str
    name: str
    refresh: str | None


class Provider:
    """One issuer."""

    def __init__(self, issuer: str, client: Client, services: tuple[str, ...], http: httpx.AsyncClient) -> None:
        self._issuer = issuer
        self._client = client
        self._services = services
        self._http = http
        self._found: dict[str, Any] | None = None
        self._once = asyncio.Lock()

    async def begin(self, to: str, lasts_s: float) -> tuple[str, Begun]:
        """Where to send somebody who wants to sign in, and what must come back. Errors: Refusal unavailable."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        asked = {
            "response_type": "code",
            "client_id": self._client.id,
            "redirect_uri": self._client.callback,
            "scope": self._client.scope,
            "state": state,
            "nonce": nonce,
            "code_challenge": _challenge(verifier),
            "code_challenge_method": "S256",
            # Whoever begins a session shows who they are: what the issuer still remembers may be in other hands.
            "prompt": "login",
            "resource": [self._resource(service) for service in self._services],
        }
        endpoint = (await self._metadata())["authorization_endpoint"]
        return f"{endpoint}?{urlencode(asked, doseq=True)}", Begun(state, nonce, verifier, to, time.time() + lasts_s)

    async def complete(self, begun: Begun, answer: Mapping[str, str]) -> tuple[Identity, dict[str, Token]]:
        """Who came back, with a token for the first service. answer: the parameters that the issuer sent along.

        Errors: RefusedByIssuerError; Refusal unavailable.
        """
        ours = hmac.compare_digest(answer.get("state", "").encode(), begun.state.encode())
        if not ours or answer.get("iss", self._issuer) != self._issuer or begun.until < time.time():
            raise RefusedByIssuerError
        first = self._services[0]
        granted = await self._exchange(
            first,
            grant_type="authorization_code",
            code=answer.get("code", ""),
            redirect_uri=self._client.callback,
            code_verifier=begun.verifier,
        )
        who = await self._identity(str(granted.get("id_token", "")), begun.nonce)
        name = str(who.get("name") or who.get("preferred_username") or "")
        return Identity(str(who["sub"]), name, granted.get("refresh_token")), {first: _token(granted)}

    async def renew(self, refresh: str, service: str) -> tuple[Token, str | None]:
        """A token for a service, and the refresh token to use from now on if it changed. Errors: as `complete`."""
        granted = await self._exchange(service, grant_type="refresh_token", refresh_token=refresh)
        return _token(granted), granted.get("refresh_token")

    async def revoke(self, refresh: str) -> None:
        """Have the issuer forget a sign-in, where it can. Errors: Refusal unavailable."""
        endpoint = (await self._metadata()).get("revocation_endpoint")
        if endpoint is not None:
            await self._post(endpoint, {"token": refresh, "token_type_hint": "refresh_token"})

    async def _exchange(self, service: str, **asked: str) -> dict[str, Any]:
        endpoint = (await self._metadata())["token_endpoint"]
        answer = await self._post(endpoint, {**asked, "resource": self._resource(service)})
        granted = _json(answer)
        if answer.is_error or "access_token" not in granted:
            raise RefusedByIssuerError
        return granted

    async def _post(self, endpoint: str, form: dict[str, str]) -> httpx.Response:
        if self._client.secret is None:
            return await self._ask("POST", endpoint, data={**form, "client_id": self._client.id})
        # RFC 6749, 2.3.1: both are encoded as in a form before they are put together.
        auth = httpx.BasicAuth(quote(self._client.id, safe=""), quote(self._client.secret, safe=""))
        return await self._ask("POST", endpoint, data=form, auth=auth)

    async def _ask(self, method: str, url: str, **sent: Any) -> httpx.Response:
        try:
            answer = await self._http.request(method, url, **sent)
        except httpx.TransportError as error:
            raise unavailable("issuer_unreachable") from error
        if answer.is_server_error:
            raise unavailable("issuer_unreachable")
        return answer

    async def _identity(self, token: str, nonce: str) -> dict[str, Any]:
        claims = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_S,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._client.id},
            sub={"essential": True},
            exp={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        published = _json(await self._ask("GET", (await self._metadata())["jwks_uri"]))
        try:
            decoded = jwt.decode(token, KeySet.import_key_set(cast(Any, published)), algorithms=ALGORITHMS)
            claims.validate(decoded.claims)
        except (JoseError, ValueError, KeyError) as error:
            raise RefusedByIssuerError from error
        return dict(decoded.claims)

    async def _metadata(self) -> dict[str, Any]:
        """What the issuer says of itself; asked once. Errors: Refusal unavailable."""
        async with self._once:
            if self._found is None:
                found = _json(await self._ask("GET", f"{self._issuer}/.well-known/openid-configuration"))
                if found.get("issuer") != self._issuer:
                    raise unavailable("issuer_unreachable")
                self._found = found
            return self._found

    def _resource(self, service: str) -> str:
        return self._client.resource.format(service=service)


def _challenge(verifier: str) -> str:
    """S256 of RFC 7636."""
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _token(granted: Mapping[str, Any]) -> Token:
    return Token(str(granted["access_token"]), time.time() + float(granted.get("expires_in", 60)))


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
