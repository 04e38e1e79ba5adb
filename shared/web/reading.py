"""Reads a body before anybody looks at it: within the size, of a type that is taken, and sound JSON.

Rule: what reaches a route can be stored: whole, no lone surrogates, no NUL, nothing nested without end. Files are not
read here: a route that says how large they may be gets them in pieces.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import orjson
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.settings import Limits
from shared.web.bodies import own_limit
from shared.web.problems import BadCall

JSON = "application/json"


OwnLimits = Sequence[tuple[APIRoute, int]]
"""Routes that take files, piece by piece, and how many bytes at most."""


class Bodies:
    """accepts: the media types of bodies that are taken; JSON is read through, others only measured."""

    def __init__(self, app: ASGIApp, limits: Limits, own_limits: OwnLimits, accepts: Collection[str]) -> None:
        self._app = app
        self._limits = limits
        self._own_limits = own_limits
        self._accepts = accepts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        own = next((most for route, most in self._own_limits if route.matches(scope)[0] is Match.FULL), None)
        limited = _limited(scope, receive, self._limits.body_bytes if own is None else own)
        if own is not None:
            scope["lodestar.file"] = True
            await self._app(scope, limited, send)
            return
        body = await _whole(limited)
        if body:
            self._check(scope, body)
        given = False

        async def again() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, again, send)

    def _check(self, scope: Scope, body: bytes) -> None:
        """Errors: BadCall 400, 415."""
        headers = dict(scope["headers"])
        said = headers.get(b"content-type", b"").decode("latin-1").lower().replace(" ", "")
        media, _, parameters = said.partition(";")
        wrong = media not in self._accepts or parameters.replace('"', "") not in ("", "charset=utf-8")
        if wrong or headers.get(b"content-encoding", b"identity").lower() != b"identity":
            raise BadCall(415, "unsupported_media_type", f"Send {' or '.join(self._accepts)}, in UTF-8, as it is.")
        if media == JSON:
            check_json(body, self._limits.depth)


def own_limits(routes: Iterable[BaseRoute]) -> OwnLimits:
    """The routes that take more than the limit of all."""
    found = [context.original_route for context in iter_route_contexts(list(routes))]
    files = [(route, own_limit(route.endpoint)) for route in found if isinstance(route, APIRoute)]
    return [(route, most) for route, most in files if most is not None]


def _limited(scope: Scope, receive: Receive, most: int) -> Receive:
    """A body declared or sent in pieces has the same limit. Errors: BadCall 413."""
    length = dict(scope["headers"]).get(b"content-length", b"0")
    if not length.isdigit() or int(length) > most:
        raise _too_large()
    seen = 0

    async def limited() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > most:
            raise _too_large()
        return message

    return limited


async def _whole(receive: Receive) -> bytes:
    """Errors: BadCall 400 for one that was cut off: half of a form is a form as well."""
    pieces: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadCall(400, "body_cut_off", "The connection ended before the body did.")
        pieces.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(pieces)


def check_json(body: bytes, depth: int) -> None:
    """Errors: BadCall 400 for what is no JSON, or is nested deeper than `depth`, or holds a NUL."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadCall(400, "malformed_json", "The body is no JSON in UTF-8.") from error
    if body.count(b"[") + body.count(b"{") > depth and _deeper(value, depth):
        raise BadCall(400, "too_deep", "The body is nested too deeply.")
    if b"\\u0000" in body and _has_nul(value):
        raise BadCall(400, "malformed_json", "The body holds the character NUL.")


def _deeper(value: Any, depth: int) -> bool:
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(depth):
        level = [inner for outer in level for inner in _children(outer) if isinstance(inner, dict | list)]
        if not level:
            return False
    return True


def _has_nul(value: Any) -> bool:
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, str) and "\0" in one:
            return True
        if isinstance(one, dict):
            left += one
        if isinstance(one, dict | list):
            left += _children(one)
    return False


def _children(value: dict[str, Any] | list[Any]) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else value


def _too_large() -> BadCall:
    return BadCall(413, "body_too_large", "Send less at once.")
