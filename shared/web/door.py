"""Turns a request into one action, commits, and then answers.

Rule: the answer is sent after the commit; a look and its audit row are one transaction as well.
"""

import hashlib
import secrets
from collections.abc import Awaitable, Callable
from typing import TypeVar

from fastapi import Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from shared.database import Database, Transaction
from shared.vault import FileKind, Incoming, Stored, SubjectCipher, files
from shared.web.answers import Answer, claim, keep
from shared.web.calls import Caller, Posted, Sent
from shared.web.problems import BadCall
from shared.work import Batch, Tools, Work

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")


class Door:
    """One service's way from HTTP into a unit of work."""

    def __init__(self, database: Database, tools: Tools) -> None:
        self._database = database
        self._tools = tools
        self._mark_key = secrets.token_bytes(32)

    async def look(self, call: Caller, action: Callable[[Work], Awaitable[M]]) -> Response:
        """Answer 200 with what `action` returns; an attribute `version` becomes the ETag, and who has that already
        gets 304. Either way it is a look, with its audit row."""

        return self._seen(call, _answer(200, await self.do(call, action)))

    def _seen(self, call: Caller, answer: Answer) -> Response:
        if answer.version is None:
            return _response(answer)
        # What is shown may differ with the same version: by who looks, and by what is counted for them. The key keeps
        # what is shown from being guessed by its mark.
        mark = hashlib.blake2b(answer.body, key=self._mark_key, digest_size=6).hexdigest()
        etag = {"ETag": f'"{answer.version}-{mark}"'}
        if call.known == etag["ETag"]:
            return Response(b"", 304, etag)
        return Response(answer.body, 200, etag, "application/json")

    async def take_in(
        self,
        call: Sent,
        kind: FileKind,
        begin: Callable[[Work], Awaitable[str]],
        finish: Callable[[Work, Incoming], Awaitable[M]],
    ) -> Response:
        """Take a file in, once, and answer 201 with what `finish` returned.

        begin: refuses, or says under whose key the file goes, before anything of it is read. finish: keeps it, or
        what was stored is forgotten.
        """
        if call.media_type not in kind.begins:
            raise BadCall(415, "media_type_not_taken", f"Send one of: {', '.join(kind.begins)}.")
        subject, cipher = await self.do(call, lambda work: _subject(work, begin))
        incoming = await files.receive(self._database, subject, cipher, kind, call.media_type, call.request.stream())
        try:
            return await self.act(call.posted(incoming.digest), lambda work: finish(work, incoming), 201)
        finally:
            await self._database.transact(lambda tx: files.forget_unfinished(tx, incoming.id))

    async def hand_out(self, call: Caller, action: Callable[[Work], Awaitable[Stored]]) -> Response:
        """Answer 200 with the content of the file that `action` finds, chunk by chunk, once the look is committed."""
        stored = await self.do(call, action)
        headers = {"Content-Length": str(stored.length), "Content-Disposition": "attachment"}
        content = files.content(self._database, stored)
        return StreamingResponse(content, 200, headers, stored.media_type)

    async def do(self, call: Caller, action: Callable[[Work], Awaitable[T]]) -> T:
        """What `action` returns, once it is committed; for who answers in a way of their own."""

        async def job(tx: Transaction) -> T:
            async with Batch.of(tx, self._tools).work(call.actor, call.cause) as work:
                return await action(work)

        return await self._database.transact(job)

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


async def _subject(work: Work, begin: Callable[[Work], Awaitable[str]]) -> tuple[str, SubjectCipher]:
    subject = await begin(work)
    return subject, await work.cipher(subject)


def _answer(status: int, result: BaseModel) -> Answer:
    return Answer(status, result.model_dump_json().encode(), getattr(result, "version", None))


def _response(answer: Answer) -> Response:
    headers = {} if answer.version is None else {"ETag": f'"{answer.version}"'}
    return Response(answer.body, answer.status, headers, "application/json")
