"""`python -m tests.bench.doors intake|bare KIND FOLDER COUNT`: one HTTP server to be measured, until it is ended.

`intake` is the real application over its real databases, with as many screened requests and open cases as are wanted;
`bare` is what a team would write without any of it: one route that inserts a row, one that reads a row and inserts one.
Both run on uvicorn with uvloop and httptools, and print one line of JSON: where they are and what to ask them.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import uvicorn
import uvloop
from fastapi import FastAPI
from joserfc.jwk import ECKey
from pydantic import BaseModel
from sqlalchemy import Column, MetaData, String, Table, Text, event, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from starlette.types import ASGIApp

from services.intake.service import blueprint
from shared.settings import Limits
from shared.web.wire import wire
from tests.support.databases import database_url
from tests.support.room import open_room, staff

UNHURRIED = Limits(actor_per_s=1e6, actor_burst=10**6)
AT_ONCE = 20
LANES = 20
"""Connections of the bare application to PostgreSQL; Lodestar's groups need fewer."""

TABLES = MetaData()
ROWS = Table("rows", TABLES, Column("id", String(32), primary_key=True), Column("body", Text, nullable=False))
LOOKS = Table("looks", TABLES, Column("id", String(32), primary_key=True), Column("row_id", String(32), nullable=False))

WHISPER = {
    "channel": "messenger",
    "language": "ru",
    "asked_by": "self",
    "country": "RU",
    "story": "They came to the house of a friend last night.",
}
SOMEBODY = {"name_in_use": "Adam", "pronouns": "he", "born_on": "1994-02-11", "country_of_danger": "RU"}

Job = Callable[[int], Awaitable[str]]


class Row(BaseModel):
    """What the bare application takes and gives."""

    body: str


async def intake(kind: str, folder: Path, count: int) -> None:
    """Serve intake; tells a token, the requests of which cases can be opened, and cases that can be read."""
    async with open_room(blueprint(ECKey.generate_key("P-256")), folder, kind, UNHURRIED) as room:
        officer = staff("intake_officer")
        async with room.client(officer) as client:

            async def screened(number: int) -> str:
                asked = await client.post("/requests", json={**WHISPER, "name": f"Invented {uuid4().hex}"})
                url = f"/requests/{asked.json()['id']}"
                said = await client.post(f"{url}/screening", json={"in_scope": True}, headers={"If-Match": '"1"'})
                assert said.status_code == 200, said.text
                return f"{url}/case"

            async def opened(number: int) -> str:
                return await case_of(client, await screened(number))

            writes, reads = await every(screened, 2 * count), await every(opened, AT_ONCE)
        headers = {"Authorization": f"Bearer {room.token(officer, lifetime_s=3600)}", "If-Match": '"2"'}
        await serve(room.app, headers=headers, writes=writes, reads=reads, body={"people": [SOMEBODY], "team": []})


async def case_of(client: httpx.AsyncClient, url: str) -> str:
    body = {"code_name": f"Heron {uuid4().hex[:8]}", "people": [SOMEBODY], "team": []}
    answer = await client.post(url, json=body, headers={"If-Match": '"2"'})
    assert answer.status_code == 201, answer.text
    return f"/cases/{answer.json()['id']}"


async def every(job: Job, count: int) -> list[str]:
    """What `job` gives for each number, some at once."""
    made: list[str] = []
    for first in range(0, count, AT_ONCE):
        made += await asyncio.gather(*(job(number) for number in range(first, min(first + AT_ONCE, count))))
    return made


async def bare(kind: str, folder: Path, count: int) -> None:
    """Serve the bare application."""
    engine = bare_engine(database_url(kind, folder, "bare").replace("sqlite:", "sqlite+aiosqlite:"))
    async with engine.begin() as connection:
        await connection.run_sync(TABLES.create_all)
    app = FastAPI()

    @app.post("/rows", status_code=201)
    async def write(row: Row) -> dict[str, str]:
        made = uuid4().hex
        async with engine.begin() as connection:
            await connection.execute(insert(ROWS).values(id=made, body=row.body))
        return {"id": made}

    @app.get("/rows/{row_id}")
    async def read(row_id: str) -> Row:
        async with engine.begin() as connection:
            found = (await connection.execute(select(ROWS.c.body).where(ROWS.c.id == row_id))).scalar_one()
            await connection.execute(insert(LOOKS).values(id=uuid4().hex, row_id=row_id))
        return Row(body=found)

    async with engine.begin() as connection:
        await connection.execute(insert(ROWS).values(id="0" * 32, body="x" * 256))
    await serve(app, headers={}, writes=["/rows"] * 2 * count, reads=[f"/rows/{'0' * 32}"], body={"body": "x" * 256})


def bare_engine(url: str) -> AsyncEngine:
    """As durable as Lodestar's: on SQLite with WAL and FULL sync."""
    if url.startswith("postgresql"):
        return create_async_engine(url, pool_size=LANES, max_overflow=0)
    engine = create_async_engine(url, connect_args={"timeout": 60})

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}").close()

    return engine


async def serve(app: ASGIApp, **told: Any) -> None:
    """On a free port, until the process is ended."""
    config = uvicorn.Config(app, port=0, log_config=None, lifespan="off", access_log=False, http=wire(UNHURRIED))
    server = uvicorn.Server(config)
    running = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    print(json.dumps({"port": server.servers[0].sockets[0].getsockname()[1], **told}), flush=True)
    await running


if __name__ == "__main__":
    role, of, where, many = sys.argv[1:]
    uvloop.run({"intake": intake, "bare": bare}[role](of, Path(where), int(many)))
