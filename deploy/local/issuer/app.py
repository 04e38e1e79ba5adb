"""The issuer's endpoints: discovery, keys, sign-in, tokens, revocation (OIDC Core, RFC 6749, 7009, 7636, 8707, 9207).

Rule: a token is for one service, named by one resource indicator, and short; a client that wants four asks four times.
"""

from base64 import b64decode
from typing import Annotated, Any
from urllib.parse import unquote, urlencode

import orjson
from fastapi import FastAPI, Form, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from deploy.local.issuer.grants import CLIENT, Asked, Grant, GrantError, Grants, audience_of
from deploy.local.issuer.page import sign_in_page
from deploy.local.keys import ALGORITHM, DevelopmentIssuer
from deploy.local.story.cast import STAFF, called, staff_id

TOKEN_S = 300


def issuer_app(issuer: DevelopmentIssuer, grants: Grants) -> FastAPI:
    """The provider as one application."""
    app = FastAPI(title="Lodestar development issuer", openapi_url=None, docs_url=None, redoc_url=None)

    @app.exception_handler(GrantError)
    async def refused(_: Request, error: GrantError) -> JSONResponse:
        return JSONResponse({"error": error.code}, 401 if error.code == "invalid_client" else 400, _headers())

    @app.get("/health/ready")
    async def ready() -> dict[str, bool]:
        return {"ready": True}

    @app.get("/.well-known/openid-configuration")
    async def discovery() -> dict[str, Any]:
        return _metadata(issuer.address)

    @app.get("/jwks")
    async def keys() -> Response:
        return Response(orjson.dumps(issuer.published), media_type="application/json")

    @app.get("/authorize")
    async def ask(request: Request) -> HTMLResponse:
        asked = grants.asked(request.query_params)
        return HTMLResponse(sign_in_page(request.query_params, STAFF), headers=_headers(asked))

    @app.post("/authorize")
    async def chosen(request: Request, who: Annotated[str, Form()]) -> RedirectResponse:
        form = {name: str(value) for name, value in (await request.form()).items()}
        asked = grants.asked(form)
        if who not in STAFF:
            raise GrantError("access_denied")
        answer = urlencode({"code": grants.grant(who, asked), "state": asked.state, "iss": issuer.address})
        return RedirectResponse(f"{asked.redirect}?{answer}", 303, _headers(asked))

    @app.post("/token")
    async def token(request: Request) -> JSONResponse:
        form = {name: str(value) for name, value in (await request.form()).items()}
        _check_client(request, grants)
        return JSONResponse(_traded(issuer, grants, form), headers=_headers())

    @app.post("/revoke")
    async def revoke(request: Request, token: Annotated[str, Form()]) -> Response:
        _check_client(request, grants)
        grants.revoke(token)
        return Response()

    return app


def _metadata(address: str) -> dict[str, Any]:
    return {
        "issuer": address,
        "authorization_endpoint": f"{address}/authorize",
        "token_endpoint": f"{address}/token",
        "revocation_endpoint": f"{address}/revoke",
        "jwks_uri": f"{address}/jwks",
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "scopes_supported": ["openid", "profile", "offline_access"],
        "authorization_response_iss_parameter_supported": True,
    }


def _check_client(request: Request, grants: Grants) -> None:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    try:
        client, _, secret = b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        raise GrantError("invalid_client") from None
    if scheme.lower() != "basic":
        raise GrantError("invalid_client")
    grants.check_client(unquote(client), unquote(secret))


def _traded(issuer: DevelopmentIssuer, grants: Grants, form: dict[str, str]) -> dict[str, Any]:
    """The answer of the token endpoint. Errors: GrantError."""
    audience = audience_of(form.get("resource", ""))
    if form.get("grant_type") == "authorization_code":
        code, verifier, redirect = (form.get(name, "") for name in ("code", "code_verifier", "redirect_uri"))
        grant, refresh = grants.trade(code, verifier, redirect)
        identity = issuer.identify(staff_id(grant.name), called(grant.name), CLIENT, grant.asked.nonce, TOKEN_S)
        return {**_access(issuer, grant, audience), "refresh_token": refresh, "id_token": identity}
    if form.get("grant_type") == "refresh_token":
        return _access(issuer, grants.refreshed(form.get("refresh_token", "")), audience)
    raise GrantError("unsupported_grant_type")


def _access(issuer: DevelopmentIssuer, grant: Grant, audience: str) -> dict[str, Any]:
    signed = issuer.sign(staff_id(grant.name), "staff", STAFF[grant.name], audience, TOKEN_S, grant.at)
    return {"access_token": signed, "token_type": "Bearer", "expires_in": TOKEN_S}


def _headers(asked: Asked | None = None) -> dict[str, str]:
    """A browser sends the form only here, and follows its answer only to the client that asked."""
    to = "" if asked is None else f" {asked.redirect}"
    return {
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "content-security-policy": f"default-src 'none'; style-src 'unsafe-inline'; form-action 'self'{to}; "
        "frame-ancestors 'none'",
    }
