"""Reads from a request who calls, and what the HTTP contract asks of a change.

Rule: a look needs a token; a POST needs an Idempotency-Key as well; a change to something that exists needs If-Match
too (428 without it), so that two people who edit at once find out.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from shared.access import Actor
from shared.errors import unauthenticated
from shared.web.problems import BadCall
from shared.work import Cause

_BEARER = HTTPBearer(auto_error=False, description="A short-lived token of the issuer for this service.")
_KEY = re.compile(r"^[A-Za-z0-9_-]{8,64}$")
_ETAG = re.compile(r'^"(\d{1,9})"$')


@dataclass(frozen=True)
class Caller:
    """Who calls, and the thread of causes that the call belongs to."""

    actor: Actor
    cause: Cause


@dataclass(frozen=True)
class Posted(Caller):
    """A call that may be sent again: the same key with the same request gets the first answer."""

    key: str
    digest: str


@dataclass(frozen=True)
class Changed(Posted):
    """A change to version `version` of something."""

    version: int


async def _caller(request: Request, token: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]) -> Caller:
    if token is None:
        raise unauthenticated("token_missing", "Send a bearer token.")
    actor = await request.app.state.verifier.verify(token.credentials)
    return Caller(actor, request.scope["lodestar.cause"])


async def _posted(
    request: Request,
    caller: Annotated[Caller, Depends(_caller)],
    idempotency_key: Annotated[str | None, Header(description="8 to 64 of A-Z a-z 0-9 _ -; required.")] = None,
) -> Posted:
    if idempotency_key is None or not _KEY.match(idempotency_key):
        raise BadCall(400, "idempotency_key_required", "Send an Idempotency-Key of 8 to 64 letters, digits, _ or -.")
    said = b"\0".join([request.method.encode(), request.url.path.encode(), await request.body()])
    return Posted(caller.actor, caller.cause, idempotency_key, hashlib.sha256(said).hexdigest())


async def _changed(
    posted: Annotated[Posted, Depends(_posted)],
    if_match: Annotated[
        str | None, Header(description='The ETag of the version you saw, such as "3"; required.')
    ] = None,
) -> Changed:
    if if_match is None:
        raise BadCall(428, "if_match_required", "Send If-Match with the ETag of the version that you saw.")
    version = _ETAG.match(if_match)
    if version is None:
        raise BadCall(400, "if_match_malformed", 'If-Match is one ETag such as "3".')
    return Changed(posted.actor, posted.cause, posted.key, posted.digest, int(version.group(1)))


Look = Annotated[Caller, Depends(_caller)]
Post = Annotated[Posted, Depends(_posted)]
Change = Annotated[Changed, Depends(_changed)]
