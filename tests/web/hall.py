"""An application as every service has it, with a few routes of its own: to wait in, to fall in, to send a body to."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import httpx
from fastapi import APIRouter, FastAPI, Response
from joserfc import jwt
from joserfc.jwk import KeySet, OKPKey
from prometheus_client import CollectorRegistry
from pydantic import BaseModel

from shared.access import Revocations, TokenVerifier
from shared.clock import MovedClock, new_id
from shared.errors import not_found, stale
from shared.settings import Limits
from shared.web import Anybody, Change, Look, Post
from shared.web.app import make_app

ISSUER, AUDIENCE = "lodestar-test", "hall"


class Note(BaseModel):
    """Anything."""

    text: str = ""
    more: Any = None


class Thing(BaseModel):
    """Something that is always at its ninth version."""

    version: int


class Hall:
    """The application, with a signer of tokens and the waiting that it is told to."""

    def __init__(self, limits: Limits | None = None, *, tls: bool = False) -> None:
        self.going_on = asyncio.Event()
        self.waiting = asyncio.Event()
        self.registry = CollectorRegistry()
        self._key = OKPKey.generate_key("Ed25519", {"kid": "test"})
        public = KeySet([OKPKey.import_key(self._key.as_dict(private=False))])
        self.app: FastAPI = make_app(
            "hall",
            [self._routes()],
            TokenVerifier(ISSUER, AUDIENCE, lambda: public, Revocations()),
            self._ready,
            self.registry,
            MovedClock(datetime(2017, 4, 3, tzinfo=UTC)),
            limits=limits,
            tls=tls,
        )

    async def _ready(self) -> dict[str, bool]:
        return {"hall": True}

    def _routes(self) -> APIRouter:
        router = APIRouter()

        @router.get("/public")
        async def public(call: Anybody) -> Note:
            return Note(text=call.actor.kind)

        @router.get("/private/{name}")
        async def private(name: str, call: Look) -> Note:
            return Note(text=name)

        @router.post("/notes")
        async def notes(note: Note) -> Note:
            return note

        @router.get("/fall")
        async def fall() -> Note:
            raise RuntimeError("somebody's name")

        @router.get("/wait")
        async def wait() -> Response:
            self.waiting.set()
            await self.going_on.wait()
            return Response("{}", media_type="application/json")

        @router.get("/things/{thing_id}", response_model=Thing)
        async def see(thing_id: str, call: Look) -> Response:
            if "seer" not in call.actor.roles:
                raise not_found()
            return Response(Thing(version=9).model_dump_json(), media_type="application/json")

        @router.post("/things/{thing_id}/turn", response_model=Thing)
        async def turn(thing_id: str, call: Change) -> Response:
            raise stale()

        @router.post("/things/{thing_id}/parts", response_model=Thing, status_code=201)
        async def add(thing_id: str, call: Post) -> Response:
            raise stale()

        return router

    def token(self, actor_id: str | None = None, *roles: str) -> str:
        expires = int(datetime.now(UTC).timestamp()) + 600
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": actor_id or new_id(), "kind": "staff", "roles": roles}
        header = {"alg": "EdDSA", "kid": "test"}
        return jwt.encode(header, {**claims, "iat": expires - 600, "exp": expires}, self._key, algorithms=["EdDSA"])

    def client(self, token: str | None = None, address: str = "192.0.2.1") -> httpx.AsyncClient:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(address, 1))
        return httpx.AsyncClient(transport=transport, base_url="http://hall", headers=headers)


async def statuses(client: httpx.AsyncClient, path: str, times: int) -> Sequence[int]:
    """What so many calls, one after the other, are answered."""
    return [(await client.get(path)).status_code for _ in range(times)]
