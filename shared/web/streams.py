"""Answers that stay open: server-sent events for the apps of staff.

Rule: an open stream is a look that never ends, so every beat is asked for anew: the token's end and its revocation, the
policies, the rows. Whatever is refused ends the stream; nothing but ids and words of the code is sent.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Generic, TypeVar

from fastapi import Depends, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.security import HTTPAuthorizationCredentials
from pydantic import BaseModel

from shared.access import Actor
from shared.errors import Refusal
from shared.web.calls import BEARER, Caller, Look
from shared.web.door import Door
from shared.work import Work

BEAT_S = 1.0
"""Real seconds between two beats; within so many a revocation ends the stream, once this process knows of it."""

S = TypeVar("S")


@dataclass(frozen=True)
class Held(Caller):
    """A call that stays open; again: who carries its token now. Errors: Refusal unauthenticated, once nobody does."""

    again: Callable[[], Awaitable[Actor]]


@dataclass(frozen=True)
class Beat(Generic[S]):
    """What a beat found: `news` to send now, and what the next beat needs to know."""

    news: Sequence[BaseModel]
    state: S


async def _held(request: Request, call: Look, token: Annotated[HTTPAuthorizationCredentials, Depends(BEARER)]) -> Held:
    """Errors: as `Look`; BadCall 429 for who holds as many as one may. The envelope sees its end."""
    request.app.state.callers.hold(call.actor.id)
    request.scope["lodestar.stream"] = call.actor.id
    return Held(call.actor, call.cause, lambda: request.app.state.verifier.verify(token.credentials))


Hold = Annotated[Held, Depends(_held)]


async def stream(
    door: Door,
    call: Held,
    event: str,
    opening: S,
    beat: Callable[[Work, S], Awaitable[Beat[S]]],
    every_s: float = BEAT_S,
) -> Response:
    """Answer 200 with an event stream. opening: what the first beat knows; its refusal is the answer."""
    first = await door.do(call, lambda work: beat(work, opening))
    headers = {"X-Accel-Buffering": "no"}
    return StreamingResponse(_lines(door, call, event, first, beat, every_s), 200, headers, "text/event-stream")


async def _lines(
    door: Door, call: Held, event: str, found: Beat[S], beat: Callable[[Work, S], Awaitable[Beat[S]]], every_s: float
) -> AsyncIterator[bytes]:
    yield _text(event, found.news)
    while True:
        await asyncio.sleep(every_s)
        try:
            present = replace(call, actor=await call.again())
            state = found.state
            found = await door.do(present, lambda work, state=state: beat(work, state))  # type: ignore[misc]
        except Refusal:
            return
        yield _text(event, found.news)


def _text(event: str, news: Sequence[BaseModel]) -> bytes:
    """An event for each; without any, a comment, so that who is gone is noticed."""
    events = [f"event: {event}\ndata: {one.model_dump_json()}\n\n" for one in news]
    return "".join(events or [":\n\n"]).encode()
