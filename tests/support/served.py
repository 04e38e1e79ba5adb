"""A room's application behind a real uvicorn on a real socket, for what is more than one request and one answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn

from tests.support.room import Room


@asynccontextmanager
async def served(room: Room) -> AsyncIterator[str]:
    """The address of the room."""
    config = uvicorn.Config(room.app, port=0, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    running = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await running
