"""The composition root of the desk."""

import asyncio
import logging
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import httpx
from fastapi import FastAPI
from prometheus_client import CollectorRegistry, start_http_server

from services.desk.clients.api import ANSWER_S
from services.desk.pages import (
    alerts,
    approvals,
    board,
    case,
    caseloads,
    colleagues,
    consent,
    diary,
    duties,
    ending,
    figures,
    going_wrong,
    handing_over,
    imports,
    interpreting,
    opening,
    own_copy,
    parked,
    people,
    planning,
    reports,
    requests,
    retention,
    roster,
    search,
    sign_in,
    style,
    testimony,
    threads,
    triaging,
    verifying,
)
from services.desk.pages.acquainted import Acquainted
from services.desk.pages.visit import Desk
from services.desk.pages.words import Words
from services.desk.sessions import Client, Provider, Sessions, Wallet
from services.desk.sessions.cookies import Cookies
from services.desk.settings import DeskSettings
from shared import database
from shared.clock import SystemClock
from shared.database import Database
from shared.database.migrations import at_head
from shared.runtime import NotMigratedError
from shared.vault import MasterKeys, SubjectCipher
from shared.web import health
from shared.web.envelope import Envelope
from shared.web.limits import Callers
from shared.web.reading import Bodies, own_limits
from shared.web.wire import listen

log = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).parent / "migrations"
FORM = "application/x-www-form-urlencoded"
FORGET_EVERY_S = 60.0

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def compose(settings: DeskSettings, registry: CollectorRegistry) -> FastAPI:
    """The desk as its settings say; its lifespan opens and closes what it keeps."""
    kept = Database(settings.database_url)
    http = httpx.AsyncClient(timeout=ANSWER_S, trust_env=False)
    made = desk(settings, kept, http)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await kept.open()
        forgetting = asyncio.create_task(_forget(made.sessions), name="forget")
        yield
        forgetting.cancel()
        await asyncio.wait([forgetting])
        await http.aclose()
        await kept.close()

    return application(made, settings, registry, lifespan)


def desk(settings: DeskSettings, kept: Database, http: httpx.AsyncClient) -> Desk:
    """Everything that makes the desk the desk."""
    cipher = SubjectCipher("desk", "own", MasterKeys.load(settings.master_file).own)
    secret = None if settings.client_secret_file is None else settings.client_secret_file.read_text().strip()
    client = Client(settings.client_id, secret, settings.scope, f"{settings.address}/signed-in", settings.resource)
    services = tuple(settings.services)
    idle, longest = timedelta(minutes=settings.idle_minutes), timedelta(hours=settings.longest_hours)
    sessions = Sessions(kept, cipher, idle, longest)
    provider = Provider(settings.issuer, client, services, http)
    words = Words()
    return Desk(
        words=words,
        templates=words.environment(),
        cookies=Cookies(cipher, tls=settings.address.startswith("https://")),
        provider=provider,
        sessions=sessions,
        wallet=Wallet(sessions, provider, services),
        http=http,
        services=settings.services,
        acquainted=Acquainted(),
    )


def application(
    made: Desk, settings: DeskSettings, registry: CollectorRegistry, lifespan: Lifespan | None = None
) -> FastAPI:
    """The pages, and what is around every request."""
    app = FastAPI(
        title="Lodestar desk",
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.desk = made
    for module in (
        *(
            sign_in,
            board,
            duties,
            search,
            opening,
            requests,
            roster,
            colleagues,
            case,
            people,
            own_copy,
            consent,
            diary,
            ending,
            retention,
            threads,
            alerts,
            approvals,
            parked,
            figures,
            testimony,
            reports,
            imports,
            style,
        ),
        *(verifying, triaging, planning, handing_over, caseloads, interpreting),
    ):
        app.include_router(module.routes())
    app.include_router(health.routes(made.sessions.ready, SystemClock()))
    going_wrong.install(app)
    callers = Callers(settings.limits)
    app.add_middleware(Bodies, limits=settings.limits, own_limits=own_limits(app.routes), accepts=(FORM,))
    app.add_middleware(
        Envelope,
        registry=registry,
        limits=settings.limits,
        callers=callers,
        tls=settings.environment == "production",
    )
    return app


async def _forget(sessions: Sessions) -> None:
    """Every minute forget what is over; it opens nothing meanwhile."""
    while True:
        with suppress(Exception):
            await sessions.forget_over()
        await asyncio.sleep(FORGET_EVERY_S)


async def migrate(settings: DeskSettings, target: str) -> None:
    """Bring the database of sessions to a revision."""
    await database.migrations.migrate(settings.database_url, MIGRATIONS, target)


def serve(settings: DeskSettings) -> None:
    """Serve until SIGTERM or SIGINT. Errors: NotMigratedError."""
    if not asyncio.run(at_head(settings.database_url, MIGRATIONS)):
        raise NotMigratedError("the database is not migrated; run: lodestar migrate desk")
    registry = CollectorRegistry()
    start_http_server(settings.metrics_port, settings.metrics_host, registry=registry)
    # uvicorn stops in good order, then raises the signal once more.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    listen(compose(settings, registry), settings)
