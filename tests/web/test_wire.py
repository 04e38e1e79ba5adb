"""What a connection may send before it has made a request, on a real server."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn

from shared.settings import Limits
from shared.web.wire import wire
from tests.support.bus import free_port
from tests.web.hall import Hall

LIMITS = Limits(head_bytes=4096, url_bytes=1024, seconds=0.5)


@asynccontextmanager
async def served() -> AsyncIterator[int]:
    """The port of a server."""
    port = free_port()
    config = uvicorn.Config(Hall().app, port=port, http=wire(LIMITS), log_config=None, server_header=False)
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield port
    finally:
        server.should_exit = True
        await running


async def heard(port: int, *sent: bytes, pause_s: float = 0.0) -> bytes:
    """Everything that is answered until the server closes, or half a minute has passed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for piece in sent:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(pause_s)
    try:
        async with asyncio.timeout(30):
            return await reader.read()
    finally:
        writer.close()


async def test_headers_without_end_are_cut_off() -> None:
    """After the limit the connection gets 431 and is closed, without waiting for the end of the headers."""
    async with served() as port:
        pieces = [b"GET /public HTTP/1.1\r\n", *(b"x-%d: " % n + b"y" * 990 + b"\r\n" for n in range(6))]
        answer = await heard(port, *pieces, pause_s=0.01)
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert b"application/problem+json" in answer
    assert b"x-content-type-options: nosniff" in answer


async def test_headers_that_never_end_are_not_waited_for() -> None:
    """Nor is a connection that says nothing: after its time it gets 408."""
    async with served() as port:
        assert (await heard(port, b"GET /public HTTP/1.1\r\nhost: x\r\n")).startswith(b"HTTP/1.1 408 ")
        assert (await heard(port)).startswith(b"HTTP/1.1 408 ")


async def test_what_is_no_http_is_a_problem() -> None:
    """400, as everything else, and closed."""
    async with served() as port:
        answer = await heard(port, b"\x16\x03\x01 hello\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b'"code":"malformed_request"' in answer


async def test_a_connection_goes_on_for_any_number_of_requests() -> None:
    """Large bodies, requests one behind the other and pauses between them are not cut off."""
    note = b'{"text":"' + b"x" * 20_000 + b'"}'
    post = b"POST /notes HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(
        note
    )
    last = b"GET /public HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    async with served() as port:
        answers = await heard(port, post + note, post + note + post, note, last, pause_s=0.7)
    assert answers.count(b"HTTP/1.1 200 OK") == 4


async def test_half_of_a_body_is_no_body(caplog: pytest.LogCaptureFixture) -> None:
    """A line that breaks while somebody sends: what came of it reaches no route, though it could be read."""
    head = b"POST /notes HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    caplog.set_level(logging.INFO, logger="shared.web.envelope")
    async with served() as port:
        for said in (b"content-length: 30\r\n\r\n{}", b"transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n"):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(head + said)
            await writer.drain()
            await asyncio.sleep(0.1)
            writer.close()
        await asyncio.sleep(0.3)
    assert [record.args[2] for record in caplog.records if record.args] == [400, 400]
