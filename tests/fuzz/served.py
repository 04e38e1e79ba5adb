"""A service alone, served over HTTP from a thread of its own, with people, cases and papers to be asked about."""

import asyncio
import re
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from joserfc.jwk import ECKey

from services.intake.service import blueprint as intake
from services.logistics.service import blueprint as logistics
from services.notify.service import blueprint as notify
from services.settlement.service import blueprint as settlement
from shared.access import Actor
from shared.clock import new_id
from shared.runtime import Blueprint
from shared.settings import Limits
from shared.web.wire import wire
from tests.fuzz import seeds
from tests.support.bus import free_port
from tests.support.room import Room, open_room

UNHURRIED = Limits(
    actor_per_s=1e6, actor_burst=10**6, public_per_s=1e6, public_burst=10**6, failed_per_s=1e6, failed_burst=10**6
)

BLUEPRINTS: dict[str, Callable[[], Blueprint]] = {
    "intake": lambda: intake(ECKey.generate_key("P-256")),
    "logistics": logistics,
    "settlement": settlement,
    "notify": notify,
}
SEEDS: dict[str, Callable[[Room, Actor], Awaitable[dict[str, str]]]] = {
    "intake": seeds.intake,
    "logistics": seeds.logistics,
    "settlement": seeds.settlement,
    "notify": seeds.notify,
}


@dataclass(frozen=True)
class Served:
    """known: ids of things that exist, by the name that paths give them."""

    url: str
    token: str
    document: dict[str, Any]
    known: dict[str, str]


@contextmanager
def serve(service: str, folder: Path, kind: str) -> Iterator[Served]:
    """The service until the block ends; `token` is of somebody who has every role and is assigned to what there is."""
    blueprint = BLUEPRINTS[service]()
    roles = set(re.findall(r'contains\("(\w+)"\)', blueprint.policies.read_text()))
    actor = Actor(new_id(), "staff", frozenset(roles))
    port, found, ready, end = free_port(), list[Served](), threading.Event(), threading.Event()

    async def run() -> None:
        async with open_room(blueprint, folder, kind, UNHURRIED) as room:
            known = await SEEDS[service](room, actor)
            config = uvicorn.Config(room.app, port=port, http=wire(UNHURRIED), log_config=None, server_header=False)
            server = uvicorn.Server(config)
            serving = asyncio.create_task(server._serve())
            while not server.started:
                await asyncio.sleep(0.01)
            found.append(Served(f"http://127.0.0.1:{port}", room.token(actor), room.app.openapi(), known))
            ready.set()
            await asyncio.to_thread(end.wait)
            server.should_exit = True
            await serving

    def serve_on() -> None:
        try:
            asyncio.run(run())
        finally:
            ready.set()

    thread = threading.Thread(target=serve_on, daemon=True)
    thread.start()
    ready.wait(120)
    try:
        assert found, "the service did not start"
        assert httpx.get(f"{found[0].url}/health/ready").status_code == 200
        yield found[0]
    finally:
        end.set()
        thread.join(30)
