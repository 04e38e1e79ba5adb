"""Reads from a request who calls, and what the HTTP contract asks of a change.

Rule: a look needs a token; a POST needs an Idempotency-Key as well; a change to something that exists needs If-Match
too (428 without it), so that two people who edit at once find out.
"""

import hashlib
import re
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from shared.access import PUBLIC, Actor
from shared.errors import Refusal, unauthenticated
from shared.web.problems import BadCall
from shared.work import Cause

BEARER = HTTPBearer(auto_error=False, description="A short-lived token of the issuer for this service.")
KEY = re.compile(r"^[A-Za-z0-9_-]{8,64}$")
ETAG = re.compile(r'^"([0-9]{1,9})(?:-[0-9a-f]{12})?"$')
"""A version, and behind it, where a look gave it, the mark of what was seen: a change asks for the version alone."""


@dataclass(frozen=True)
class Caller:
    """Who calls, and the thread of causes that the call belongs to. known: the ETag of what the caller has already."""

    actor: Actor
    cause: Cause
    known: str | None = field(default=None, kw_only=True)


@dataclass(frozen=True)
class Posted(Caller):
    """A call that may be sent again: the same key with the same request gets the first answer."""

    key: str
    digest: str


@dataclass(frozen=True)
class Sent(Caller):
    """A call whose body is a file, not read yet; it may be sent again like any other."""

    key: str
    request: Request
    media_type: str

    def posted(self, digest: str) -> Posted:
        """The call once its content was read. digest: of the content."""
        said = [self.request.method, self.request.url.path, self.media_type, digest]
        return Posted(self.actor, self.cause, self.key, hashlib.sha256("\0".join(said).encode()).hexdigest())


@dataclass(frozen=True)
class Changed(Posted):
    """A change to version `version` of something."""

    version: int

    def as_look(self) -> Caller:
        """The same caller, looking."""
        return Caller(self.actor, self.cause)


async def caller(request: Request, token: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]) -> Caller:
    """Errors: Refusal unauthenticated; BadCall 429."""
    if token is None:
        raise unauthenticated("token_missing", "Send a bearer token.")
    actor = request.scope.get("lodestar.actor") or await _known(request, token.credentials)
    return Caller(actor, request.scope["lodestar.cause"], known=request.headers.get("if-none-match"))


async def _known(request: Request, token: str) -> Actor:
    """Whose token it is; the call counts for them from now on."""
    state = request.app.state
    try:
        actor: Actor = await state.verifier.verify(token)
    except Refusal as refusal:
        if refusal.kind == "unauthenticated":
            state.callers.failed(request.scope)
        raise
    state.callers.held(request.scope)
    state.callers.actor(actor.id)
    return actor


async def anybody(request: Request) -> Caller:
    """Whoever calls, without a token; one that comes along is not looked at."""
    return Caller(PUBLIC, request.scope["lodestar.cause"])


def _key(given: str | None) -> str:
    if given is None or not KEY.match(given):
        raise BadCall(400, "idempotency_key_required", "Send an Idempotency-Key of 8 to 64 letters, digits, _ or -.")
    return given


_IdempotencyKey = Annotated[str | None, Header(description="8 to 64 of A-Z a-z 0-9 _ -; required.")]


async def posted(
    request: Request, who: Annotated[Caller, Depends(caller)], idempotency_key: _IdempotencyKey = None
) -> Posted:
    key = _key(idempotency_key)
    said = b"\0".join([request.method.encode(), request.url.path.encode(), await request.body()])
    return Posted(who.actor, who.cause, key, hashlib.sha256(said).hexdigest())


async def sent(
    request: Request, who: Annotated[Caller, Depends(caller)], idempotency_key: _IdempotencyKey = None
) -> Sent:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return Sent(who.actor, who.cause, _key(idempotency_key), request, media_type)


async def changed(
    request: Request,
    post: Annotated[Posted, Depends(posted)],
    if_match: Annotated[
        str | None, Header(description='The ETag of the version you saw, such as "3"; required.')
    ] = None,
) -> Changed:
    if if_match is None:
        raise BadCall(428, "if_match_required", "Send If-Match with the ETag of the version that you saw.")
    version = ETAG.match(if_match)
    if version is None:
        raise BadCall(400, "if_match_malformed", 'If-Match is one ETag such as "3".')
    change = Changed(post.actor, post.cause, post.key, post.digest, int(version.group(1)))
    request.scope["lodestar.changed"] = change
    return change


Look = Annotated[Caller, Depends(caller)]
Post = Annotated[Posted, Depends(posted)]
Send = Annotated[Sent, Depends(sent)]
Change = Annotated[Changed, Depends(changed)]
Anybody = Annotated[Caller, Depends(anybody)]
