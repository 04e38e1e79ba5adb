"""What one may not know answers exactly like what does not exist: the same bytes, and the service did the same.

Rule: counted are statements, keys loaded, decryptions, hashes, questions to the policies and rows of the audit log;
nothing is timed.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.access import Actor, Policies
from shared.clock import new_id
from shared.vault import SubjectCipher, Vault
from shared.vault.cache import Cache
from shared.vault.keystore import KeyStore
from shared.web.routing import Route, routes_of
from tests.access.asked import ask, standings_of, states_of
from tests.access.rooms import BLUEPRINTS
from tests.access.scenes import IDS, SCENES, Scene
from tests.access.table import Table
from tests.access.test_matrix import TABLES, actors
from tests.fuzz.served import UNHURRIED
from tests.support.room import Room, open_room
from tests.support.statements import statements

SAME = {"X-Correlation-Id": "0" * 32}
COUNTED = (
    (Policies, "allows"),
    (SubjectCipher, "decrypt"),
    (SubjectCipher, "encrypt"),
    (Vault, "open"),
    (Vault, "blind"),
    (Vault, "cipher"),
    (Vault, "ciphers"),
    (KeyStore, "load"),
)
IN_THE_BODY = "/programmes/{programme_id}/submissions"
"""Who knows the programme may get a 404 about the case in the body."""


@dataclass(frozen=True)
class Seen:
    """An answer, and what the service did for it."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    did: tuple[str, ...]


@contextmanager
def watched() -> Iterator[list[str]]:
    """What is done inside the block, in order."""
    with statements() as did, pytest.MonkeyPatch.context() as patch:
        for owner, name in COUNTED:
            patch.setattr(owner, name, _counting(did, owner, name))
        yield did


def _counting(did: list[str], owner: type, name: str) -> Any:
    real = getattr(owner, name)

    def counted(self: Any, *args: Any, **more: Any) -> Any:
        said = f" {args[1]}" if name == "allows" else ""
        did.append(f"{owner.__name__}.{name}{said}")
        return real(self, *args, **more)

    return counted


class Pair:
    """One service with what it knows."""

    def __init__(self, room: Room, scene: Scene) -> None:
        self.room, self.scene, self.service = room, scene, room.blueprint.name
        self.table = Table(TABLES / f"{self.service}.txt")

    def cells(self) -> Iterator[tuple[str, str, Route, dict[str, str], Actor]]:
        """Whoever gets a 404 about something that there is: one role for each way to stand to it."""
        for route in routes_of(self.room.app.routes):
            for state, known in states_of(self.scene, route):
                row = f"{route.method} {route.path}" + (f" ({state})" if state else "")
                for standing in standings_of(self.service, route, state) if route.path_parameters else ():
                    looked = row.replace("POST", "GET").replace("/submissions", "")
                    if route.path == IN_THE_BODY and self.table.answer(looked, standing, "nobody") == "done":
                        continue
                    for who in ("everything", "others", "nobody"):
                        if self.table.answer(row, standing, who) == "404":
                            kind, roles = actors(self.service)[who]
                            yield row, state, route, known, Actor(IDS[standing], kind, roles)  # type: ignore[arg-type]
                            break

    async def see(
        self, client: httpx.AsyncClient, route: Route, known: dict[str, str], actor: Actor, *, cold: bool
    ) -> Seen:
        """cold: by a process that has just started, or else by one that knows keys already."""
        if cold:
            self.room.vault._known = Cache()
        headers = {**SAME, "Authorization": f"Bearer {self.room.token(actor)}"}
        with watched() as did:
            answer = await ask(client, route, self.scene, known, headers)
        return Seen(answer.status_code, tuple(answer.headers.items()), answer.content, tuple(did))


@asynccontextmanager
async def a_pair(service: str, folder: Path) -> AsyncIterator[Pair]:
    async with open_room(BLUEPRINTS[service](), folder, limits=UNHURRIED) as room:
        every = actors(service)["everything"][1]
        yield Pair(room, await SCENES[service](room, Actor(new_id(), "staff", every)))


@pytest.mark.parametrize("service", SCENES)
def test_what_one_may_not_know_is_like_what_is_not(service: str, tmp_path: Path) -> None:
    """For every route with an id in its path, and everybody who gets a 404: byte by byte and step by step the same,
    behind a veil too, whether or not the keys of the case were used a moment ago."""
    wrong = asyncio.run(_differences(service, tmp_path))
    assert not wrong, "\n".join(wrong)


async def _differences(service: str, folder: Path) -> list[str]:
    wrong, asked, veiled = [], 0, 0
    async with a_pair(service, folder) as pair, pair.room.client() as client:
        for row, state, route, known, actor in pair.cells():
            (name,) = route.path_parameters
            for cold in (True, False) if state == "veiled" else (True,):
                there = await pair.see(client, route, known, actor, cold=cold)
                nowhere = await pair.see(client, route, {**known, name: new_id()}, actor, cold=cold)
                if there != nowhere:
                    wrong.append(f"{row}: {_shown(there)} and {_shown(nowhere)}")
            asked += 1
            veiled += state == "veiled"
    assert asked > 20
    assert veiled > 5
    return wrong


def _shown(seen: Seen) -> str:
    return "\n    ".join([str(seen.status), *(" ".join(one.split())[:150] for one in seen.did)])
