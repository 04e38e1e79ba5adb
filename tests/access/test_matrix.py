"""Every route of every service, asked by every role in every way to stand to what it names, against the tables.

Rule: a route that no table names fails, and so does one that is done without any policy having been asked. What is
asked here is really done, in a transaction that is thrown away.
"""

import asyncio
import contextlib
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from shared.access import Actor, TokenVerifier
from shared.clock import new_id
from shared.database import Transaction
from shared.web.routing import Route, routes_of
from shared.work import Work
from tests.access.asked import FILES, ask, standings_of, states_of
from tests.access.rooms import BLUEPRINTS
from tests.access.scenes import IDS, SCENES, Scene
from tests.access.table import Table, lines
from tests.fuzz.served import UNHURRIED
from tests.support.room import Room, open_room

T = TypeVar("T")

TABLES = Path(__file__).with_name("matrix")
MACHINES = ("channel", "partner", "service")
PUBLIC = {
    "GET /health/live": "says nothing but that the process lives",
    "GET /health/ready": "says nothing but whether it can work",
    "POST /partners/{partner_id}/referrals": "its signature is the proof, and then a policy is asked",
    "GET /figures": "published figures are for everybody, says a policy",
}
"""Routes that need no token, and why."""

LISTS = {
    "GET /cases": "the query finds assigned and opened cases only",
    "GET /board": "as the cases",
    "GET /duties": "the query finds what falls to whoever asks",
    "GET /transfers": "the query finds what the actor gives or is offered only",
    "GET /houses": "the query finds houses of coordinators and keepers only",
    "GET /approvals": "each item is asked about when it is listed",
}
"""Routes that ask no policy for the list as a whole, and why: what one may not see is not in them."""


def roles_of(service: str) -> set[str]:
    """The roles that the policies of a service name."""
    lines = BLUEPRINTS[service]().policies.read_text(encoding="utf-8").splitlines()
    return set(re.findall(r'(?<!::)"(\w+)"', "\n".join(line for line in lines if not line.startswith("//"))))


@cache
def actors(service: str) -> dict[str, tuple[str, frozenset[str]]]:
    """By name in the table: kind and roles."""
    own = roles_of(service)
    every = frozenset().union(*(roles_of(one) for one in BLUEPRINTS))
    named = {role: ("staff", frozenset({role})) for role in sorted(own)}
    groups = {"nobody": frozenset[str](), "others": every - own, "everything": every}
    return named | {name: ("staff", roles) for name, roles in groups.items()} | {it: (it, every) for it in MACHINES}


class _ThrownAway(Exception):  # noqa: N818 - a signal, not a fault
    """Nothing of this transaction is kept."""


def throw_away(room: Room, keeps: Callable[[], bool]) -> None:
    """From now on what the room does is answered, and not kept unless `keeps()`."""
    transact = room.database.transact

    async def thrown(run: Callable[[Transaction], Awaitable[T]], *, many: bool = False) -> T:
        results: list[T] = []
        if keeps():
            return await transact(run, many=many)

        async def job(tx: Transaction) -> None:
            try:
                results.append(await run(tx))
            finally:
                tx.before_commit.clear()
            raise _ThrownAway

        with contextlib.suppress(_ThrownAway):
            await transact(job, many=many)
        return results[-1]

    room.database.transact = thrown  # type: ignore[method-assign,assignment]


class Remembering:
    """Believes a token that it has verified; the same few are shown thousands of times."""

    def __init__(self, verifier: TokenVerifier) -> None:
        self._verifier, self._known = verifier, dict[str, Actor]()

    async def verify(self, token: str) -> Actor:
        if token not in self._known:
            self._known[token] = await self._verifier.verify(token)
        return self._known[token]


class Walk:
    """All cells of one service, asked once."""

    def __init__(self, room: Room, scene: Scene) -> None:
        self.room, self.scene, self.service = room, scene, room.blueprint.name
        self.routes = list(routes_of(room.app.routes))
        self.found: dict[str, dict[str, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
        self.unasked: set[str] = set()
        self.open: set[str] = set()
        self.asked = 0
        self.keeps = False

    async def go(self) -> None:
        async with self.room.client() as client:
            for route in self.routes:
                for state, known in states_of(self.scene, route):
                    await self._route(client, route, state, known)

    async def _route(self, client: httpx.AsyncClient, route: Route, state: str, known: dict[str, str]) -> None:
        name = f"{route.method} {route.path}"
        # A file comes in over several transactions, which need one another.
        self.keeps = route.method == "POST" and route.path in FILES
        row = f"{name} ({state})" if state else name
        without = await ask(client, route, self.scene, known, {})
        if without.status_code != 401:
            self.open.add(name)
        if name in PUBLIC:
            self.found[row]["anybody"]["anybody"] = answer_of(without)
            return
        for standing in standings_of(self.service, route, state):
            for who, (kind, roles) in actors(self.service).items():
                if kind != "staff" and standing not in ("stranger", "assigned", "assigned+listed"):
                    continue
                actor = Actor(IDS[standing], kind, roles)  # type: ignore[arg-type]
                self.asked = 0
                headers = {"Authorization": f"Bearer {self._token(actor)}"}
                answer = answer_of(await ask(client, route, self.scene, known, headers))
                self.found[row][standing][who] = answer
                if answer == "done" and not self.asked:
                    self.unasked.add(name)

    @cache  # noqa: B019 - lives as long as the walk
    def _token(self, actor: Actor) -> str:
        return self.room.token(actor)


async def _opening(*_: Any) -> AsyncIterator[bytes]:
    """A stream that is let in ends here."""
    yield b":"


def answer_of(answer: httpx.Response) -> str:
    """done: also when something else than a permission was in the way."""
    return "done" if answer.status_code in (200, 201, 202, 304, 409, 412, 422) else str(answer.status_code)


@pytest.fixture(params=SCENES, scope="module")
def walk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    with pytest.MonkeyPatch.context() as patch:
        yield asyncio.run(_walked(request.param, tmp_path_factory.mktemp("matrix"), patch))


async def _walked(service: str, folder: Path, patch: pytest.MonkeyPatch) -> Walk:
    async with open_room(BLUEPRINTS[service](), folder, limits=UNHURRIED) as room:
        every = actors(service)["everything"][1]
        scene = await SCENES[service](room, Actor(new_id(), "staff", every))
        patch.setattr(room.app.state, "verifier", Remembering(room.app.state.verifier))
        walk = Walk(room, scene)
        throw_away(room, lambda: walk.keeps)
        patch.setattr("shared.web.streams._lines", _opening)
        permit = Work.permit

        def counted(work: Work, *args: Any, **more: Any) -> None:
            walk.asked += 1
            permit(work, *args, **more)

        patch.setattr(Work, "permit", counted)
        await walk.go()
        return walk


def test_every_cell_is_as_the_table_says(walk: Walk) -> None:
    """For each route, standing and role the answer is the one that stands in the table."""
    table = Table(TABLES / f"{walk.service}.txt")
    wrong = {
        f"{row}; {standing}; {role}: {found}, and the table says {table.answer(row, standing, role)}"
        for row, standings in walk.found.items()
        for standing, answers in standings.items()
        for role, found in answers.items()
        if table.answer(row, standing, role) != found
    }
    rows = {row.split(";")[0] for row in wrong}
    shown = lines({row: found for row, found in walk.found.items() if row in rows})
    assert not wrong, "\n".join([*sorted(wrong)[:20], "", *shown])


def test_every_route_is_in_the_table_and_no_other(walk: Walk) -> None:
    """A new route needs its lines; lines of a route that is gone go with it."""
    assert Table(TABLES / f"{walk.service}.txt").routes() == set(walk.found)
    assert {f"{it.method} {it.path}" for it in walk.routes} == {row.split(" (")[0] for row in walk.found}


def test_nothing_is_done_without_a_policy(walk: Walk) -> None:
    """Whatever is done was permitted by a policy; without a token only what is public is answered."""
    served = {f"{it.method} {it.path}" for it in walk.routes}
    assert walk.unasked == set(LISTS) & served
    assert walk.open == (set(PUBLIC) - {"POST /partners/{partner_id}/referrals"}) & served
