"""Turns a request into one action, commits, and then answers.

Rule: the answer is sent after the commit; a look and its audit row are one transaction as well.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from fastapi import Response
from pydantic import BaseModel

from shared.access import PUBLIC
from shared.database import Database, Transaction
from shared.web.answers import Answer, claim, keep
from shared.web.calls import Caller, Posted
from shared.work import Batch, Cause, Tools, Work

M = TypeVar("M", bound=BaseModel)


class Door:
    """One service's way from HTTP into a unit of work."""

    def __init__(self, database: Database, tools: Tools) -> None:
        self._database = database
        self._tools = tools

    async def look(self, call: Caller, action: Callable[[Work], Awaitable[M]]) -> Response:
        """Answer 200 with what `action` returns; an attribute `version` becomes the ETag."""

        async def job(tx: Transaction) -> M:
            async with Batch.of(tx, self._tools).work(call.actor, call.cause) as work:
                return await action(work)

        return _response(_answer(200, await self._database.transact(job)))

    async def look_publicly(self, cause: Cause, action: Callable[[Work], Awaitable[M]]) -> Response:
        """As `look`, for what everybody may read."""
        return await self.look(Caller(PUBLIC, cause), action)

    async def act(self, call: Posted, action: Callable[[Work], Awaitable[M]], status: int = 200) -> Response:
        """Do `action` once, however often the request is sent, and answer with what it returned."""

        async def job(tx: Transaction) -> Answer:
            async with Batch.of(tx, self._tools).work(call.actor, call.cause) as work:
                kept = await claim(work, call)
                if kept is not None:
                    return kept
                answer = _answer(status, await action(work))
                await keep(work, call, answer)
                return answer

        return _response(await self._database.transact(job))


def _answer(status: int, result: BaseModel) -> Answer:
    return Answer(status, result.model_dump_json().encode(), getattr(result, "version", None))


def _response(answer: Answer) -> Response:
    headers = {} if answer.version is None else {"ETag": f'"{answer.version}"'}
    return Response(answer.body, answer.status, headers, "application/json")
