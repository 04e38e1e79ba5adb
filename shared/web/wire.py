"""HTTP/1.1 as uvicorn reads it, with an end to how much and how long it reads before a request has its headers.

Rule: what comes before the headers are complete is bounded in bytes and in time; whoever goes beyond is told why and
cut off.
"""

from asyncio import TimerHandle, Transport
from http import HTTPStatus
from typing import ClassVar

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from shared.settings import Limits, Program
from shared.web.envelope import NOTHING_LOADED, SECURITY_HEADERS
from shared.web.problems import problem


class Bounded(HttpToolsProtocol):
    """One connection."""

    limits: ClassVar[Limits] = Limits()

    _in_head = False
    _head_bytes = 0
    _patience: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_patience()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._patience is None and self._idle():
            self._await_head()
        self._head_bytes = self._head_bytes + len(data) if self._in_head else 0
        super().data_received(data)
        if self._in_head and self._head_bytes > self.limits.head_bytes + self.limits.url_bytes:
            self._cut_off(431, "headers_too_large")

    def on_message_begin(self) -> None:
        # What came in one piece with it is not counted: it may be the end of the body before.
        self._in_head, self._head_bytes = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._end_patience()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        self._cut_off(400, "malformed_request")

    def _idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _await_head(self) -> None:
        self._patience = self.loop.call_later(self.limits.seconds, self._cut_off, 408, "late")

    def _end_patience(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _cut_off(self, status: int, code: str) -> None:
        self._end_patience()
        if not self.transport.is_closing():
            if self._idle():
                self.transport.write(_answer(status, code))
            self.transport.close()


def wire(limits: Limits) -> type[HttpToolsProtocol]:
    """uvicorn's protocol with these limits."""
    return type("Bounded", (Bounded,), {"limits": limits})


def listen(app: ASGIApp, settings: Program) -> None:
    """Serve `app` until a signal ends the process."""
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=wire(settings.limits),
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=5,
        server_header=False,
        forwarded_allow_ips=settings.proxies,
    )


def _answer(status: int, code: str) -> bytes:
    said = problem(status, code)
    headers = [*said.raw_headers, *SECURITY_HEADERS, NOTHING_LOADED, (b"connection", b"close")]
    head = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode(), *(b"%s: %s" % pair for pair in headers)]
    return b"\r\n".join([*head, b"", bytes(said.body)])
