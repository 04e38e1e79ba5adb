"""A partner's endpoint: a real HTTP server that answers as told, or does not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson
from standardwebhooks.webhooks import Webhook

Behaviour = int | Literal["hang", "drop"]


@dataclass
class Got:
    """A request that came in."""

    headers: dict[str, str]
    body: bytes

    @property
    def news(self) -> dict[str, Any]:
        return dict(orjson.loads(self.body))

    def verify(self, secret: str) -> None:
        Webhook(secret).verify(self.body, self.headers)


@dataclass
class Receiver:
    """`behaviours` are used up one a request; afterwards each request is answered 204."""

    url: str = ""
    behaviours: list[Behaviour] = field(default_factory=list)
    got: list[Got] = field(default_factory=list)
    answered: list[Got] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    async def wait_for(self, answered: int) -> None:
        """Until so many requests were answered with success."""
        async with asyncio.timeout(20):
            while len(self.answered) < answered:
                await asyncio.sleep(0.01)

    async def wait_until_got(self, requests: int) -> None:
        async with asyncio.timeout(20):
            while len(self.got) < requests:
                await asyncio.sleep(0.01)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await self._answer(reader, writer)
        self.at_once -= 1
        writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[1:-2]
        headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in head)}
        got = Got(headers, await reader.readexactly(int(headers["content-length"])))
        self.got.append(got)
        behaviour = self.behaviours.pop(0) if self.behaviours else 204
        if behaviour == "drop":
            return
        if behaviour == "hang":
            await reader.read()
            return
        if 200 <= behaviour < 300:
            self.answered.append(got)
        writer.write(f"HTTP/1.1 {behaviour} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
        await writer.drain()


@asynccontextmanager
async def receiving(*behaviours: Behaviour) -> AsyncIterator[Receiver]:
    receiver = Receiver(behaviours=list(behaviours))
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/in"
    try:
        yield receiver
    finally:
        server.close()
