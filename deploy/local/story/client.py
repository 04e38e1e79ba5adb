"""How the story speaks to the services: as each member of staff, patiently, and never twice.

Rule: a step that failed on the way is sent again with the same Idempotency-Key, which follows from who does what to
what; so a story that was cut off is told from the start and goes on where it was.
"""

import asyncio
import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson

from deploy import bus
from deploy.local.clock_moves import advance_clock
from deploy.local.errors import LocalError
from deploy.local.house import SERVICES, Plan
from deploy.local.keys import DevelopmentIssuer, seed_path
from deploy.local.story.cast import STAFF, staff_id
from shared.contracts.topology import LODESTAR
from shared.errors import Refusal

PATIENCE_S = 90.0
PAUSE_S = 0.03
HEALS = {429, 500, 502, 503}

Json = dict[str, Any]


@dataclass(frozen=True)
class File:
    """A body that is a file."""

    content: bytes
    media_type: str


@dataclass
class Stage:
    """The running installation as the story sees it: everybody's clients, and the clock."""

    plan: Plan
    http: httpx.AsyncClient
    told: Callable[[int, str], None] = lambda _done, _following: None
    calls: int = 0
    _issuer: DevelopmentIssuer = field(init=False)
    _tokens: dict[tuple[str, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._issuer = DevelopmentIssuer.open(self.plan.state.keys)

    def as_(self, name: str) -> "Voice":
        """A member of staff, or `channel`."""
        return Voice(self, name)

    def token(self, name: str, service: str) -> str:
        """A token of the development issuer for one service, good for the length of a story."""
        known = self._tokens.get((name, service))
        if known is None:
            kind, roles = ("channel", ()) if name == "channel" else ("staff", STAFF[name])
            known = self._issuer.sign(staff_id(name), kind, roles, service, 6 * 3600)
            self._tokens[name, service] = known
        return known

    async def advance(self, instant: str) -> None:
        """Move the clock to an instant, however often the bus is away meanwhile; return when every process has
        followed. Told again, the clock may be there already, and later."""
        operator = seed_path(self.plan.state.keys, "operator")

        async def moved() -> bool:
            try:
                await advance_clock(self.plan.nats.url, operator, instant)
            except Refusal as refusal:
                return refusal.kind == "invalid"
            return True

        await patiently(moved, "the clock does not move")
        for service in SERVICES:
            for replica in range(self.plan.replicas):
                await self._followed(self.plan.url(service, replica), instant)

    async def delivered(self, consumer: str) -> None:
        """Return when `consumer` has applied everything that the others published."""
        operator = seed_path(self.plan.state.keys, "operator")

        async def there() -> bool:
            try:
                streams = await bus.show(self.plan.nats.url, operator, LODESTAR)
            except Refusal:
                return False
            readers = [durable for stream in streams for durable in stream.durables]
            mine = [durable for durable in readers if durable.name.startswith(f"{consumer}-reads-")]
            return all(durable.pending == durable.ack_pending == 0 for durable in mine)

        await patiently(there, f"{consumer} has not applied everything")

    async def _followed(self, url: str, at: str) -> None:
        async def there() -> bool:
            answer = await self.http.get(f"{url}/health/ready")
            return answer.status_code == 200 and str(answer.json()["now"]) >= at.replace("+00:00", "Z")

        await patiently(there, f"{url} does not follow the clock")


@dataclass(frozen=True)
class Voice:
    """One member of staff at the APIs."""

    stage: Stage
    name: str

    async def post(
        self,
        service: str,
        path: str,
        body: Json | None = None,
        *,
        version: int | None = None,
        awaits: Collection[str] = ("not_found",),
    ) -> Json:
        """Do something once. awaits: codes of refusals that end by themselves, when the others' news has come."""
        return await self._send("POST", service, path, body, version, awaits)

    async def upload(self, service: str, path: str, file: File) -> Json:
        """Send a file once."""
        return await self._send("POST", service, path, file, None, ("not_found",))

    async def refused(self, service: str, path: str, body: Json, *, version: int | None = None) -> str:
        """Try something that must be refused; the code of the refusal."""
        try:
            await self._send("POST", service, path, body, version, ("not_found",))
        except RefusedError as refusal:
            return refusal.code
        raise LocalError(f"{path} should have been refused")

    async def get(self, service: str, path: str, **params: str) -> Json:
        query = "" if not params else f"?{httpx.QueryParams(params)}"
        return await self._send("GET", service, path + query, None, None, ("not_found",))

    async def every(self, service: str, path: str, **params: str) -> list[Json]:
        """All items of a paged list."""
        items: list[Json] = []
        after: dict[str, str] = {}
        while True:
            page = await self.get(service, path, limit="200", **params, **after)
            items += page["items"]
            if not page.get("next"):
                return items
            after = {"after": page["next"]}

    async def until(self, service: str, path: str, reached: Callable[[Json], bool]) -> Json:
        """Look until it is as expected."""
        seen: Json = {}

        async def there() -> bool:
            nonlocal seen
            seen = await self.get(service, path)
            return reached(seen)

        await patiently(there, f"{path} does not come to what was expected")
        return seen

    async def _send(
        self,
        method: str,
        service: str,
        path: str,
        body: Json | File | None,
        version: int | None,
        awaits: Collection[str],
    ) -> Json:
        file = body if isinstance(body, File) else File(b"" if body is None else orjson.dumps(body), "application/json")
        content = file.content
        headers = {"Authorization": f"Bearer {self.stage.token(self.name, service)}"}
        if method == "POST":
            said = "\0".join([self.name, service, path, content.decode()]).encode()
            headers |= {"Idempotency-Key": hashlib.sha256(said).hexdigest()[:40], "Content-Type": file.media_type}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        found: list[httpx.Response] = []

        async def answered() -> bool:
            replica = self.stage.calls % self.stage.plan.replicas
            self.stage.calls += 1
            url = self.stage.plan.url(service, replica) + path
            answer = await self.stage.http.request(method, url, content=content, headers=headers)
            found[:] = [answer]
            return answer.status_code not in HEALS and not (answer.is_error and _code(answer) in awaits)

        await patiently(answered, f"{method} {path} is not answered")
        if found[0].is_error:
            raise RefusedError(path, found[0].status_code, _code(found[0]))
        result: Json = found[0].json()
        return result


class RefusedError(LocalError):
    """A service said no where the story expected yes."""

    def __init__(self, path: str, status: int, code: str) -> None:
        super().__init__(f"{path} was refused: {status} {code}")
        self.code = code


def _code(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["code"])
    except (ValueError, KeyError):
        return "unknown"


async def patiently(reached: Callable[[], Any], complaint: str, patience_s: float = PATIENCE_S) -> None:
    """Ask `reached` until it is true; connections that fail are tried again. Errors: LocalError with `complaint`."""
    loop = asyncio.get_running_loop()
    until, pause = loop.time() + patience_s, PAUSE_S
    while True:
        try:
            if await reached():
                return
        except httpx.TransportError:
            pause = 0.2
        if loop.time() > until:
            raise LocalError(complaint, "see the logs in the state folder")
        await asyncio.sleep(pause)
        pause = min(pause * 1.3, 0.5)
