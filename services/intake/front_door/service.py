"""The composition root of the front door."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from prometheus_client import CollectorRegistry, Gauge, start_http_server

from services.intake.front_door import routes, secret_file, store
from services.intake.front_door.actions.visiting import Counter
from services.intake.front_door.locks import Hashing, Locks
from services.intake.front_door.model.patience import Patience, Surge
from services.intake.front_door.places import Places
from services.intake.front_door.routes import porch
from services.intake.front_door.routes.frame import Frame
from services.intake.front_door.routes.porch import Porch, Told
from services.intake.front_door.routes.words import environments, policy
from services.intake.front_door.settings import FrontDoorSettings
from services.intake.front_door.turns import Turns
from shared import database
from shared.clock import SystemClock
from shared.database import Database, opened
from shared.database.migrations import at_head
from shared.errors import forbidden
from shared.pool import Pool
from shared.runtime import NotMigratedError
from shared.web import health
from shared.web.reading import Bodies, own_limits
from shared.web.wire import listen

MIGRATIONS = Path(__file__).parent / "migrations"
FORM = "application/x-www-form-urlencoded"


def compose(settings: FrontDoorSettings, registry: CollectorRegistry) -> FastAPI:
    """The front door as its settings say; its lifespan opens and closes what it keeps."""
    kept = Database(settings.database_url)
    hashing = Hashing(settings.hash_memory_kib, settings.hash_rounds, settings.hash_threads, settings.hash_queue)
    locks = Locks(secret_file.read(settings.secret_file), settings.recipients_file, hashing)
    frame = framed(settings, Counter(kept, locks))
    _measure(registry, frame)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await kept.open()
        following = asyncio.create_task(secret_file.follow(settings.secret_file, locks.renew), name="secrets")
        yield
        following.cancel()
        await asyncio.wait([following])
        await kept.close()
        locks.close()

    app = application(settings, frame, registry)
    app.router.lifespan_context = lifespan
    return app


def framed(settings: FrontDoorSettings, counter: Counter) -> Frame:
    """What all pages share."""
    surge = Surge(settings.surge, settings.surge_per_minute)
    templates = environments(settings.exit_url)
    waiting, files = Places(settings.waiting), Turns(settings.cleaning, settings.cleaning_queue)
    return Frame(counter, Patience(), surge, templates, policy(), waiting, files, Pool(settings.cleaning))


def application(settings: FrontDoorSettings, frame: Frame, registry: CollectorRegistry) -> FastAPI:
    """The pages, and what is around them."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.include_router(health.routes(lambda: _ready(frame.counter.database), SystemClock()))
    for router in routes.routes(frame):
        app.include_router(router)
    porch.install(app, frame)
    app.add_middleware(Bodies, limits=settings.limits, own_limits=own_limits(app.routes), accepts=(FORM,))
    tls = settings.environment == "production"
    app.add_middleware(Porch, frame=frame, limits=settings.limits, told=Told(registry), tls=tls)
    return app


async def _ready(kept: Database) -> dict[str, bool]:
    return {"database": await kept.answers()}


def _measure(registry: CollectorRegistry, frame: Frame) -> None:
    hashing = Gauge("lodestar_door_hashing", "Receipts that are being computed or wait for it.", registry=registry)
    hashing.set_function(lambda: frame.counter.locks.present)
    waiting = Gauge("lodestar_door_waiting", "Visits that are kept waiting.", registry=registry)
    waiting.set_function(lambda: frame.waiting.present)


async def migrate(settings: FrontDoorSettings, target: str) -> None:
    """Bring the database to a revision, as its owner, and let the role of the front door in."""
    await database.migrations.migrate(settings.database_url, MIGRATIONS, target)
    if settings.granted_role and target == "head":
        async with opened(settings.database_url) as kept:
            await kept.transact(lambda tx: store.grant(tx, settings.granted_role))


async def turn_secret(settings: FrontDoorSettings, step: str) -> None:
    """One step of turning the secret over, as the owner of the database: see `secret_file`."""
    async with opened(settings.database_url) as kept:
        for line in await secret_file.STEPS[step](kept, settings.secret_file):
            sys.stdout.write(f"{line}\n")


async def check_role(url: str) -> None:
    """Errors: Refusal forbidden `role_may_too_much` for one that could read letters, or more than one thread."""
    async with opened(url) as kept:
        if await kept.transact(store.may_too_much):
            raise forbidden(
                "role_may_too_much", "the front door serves only as a role that may do no more than it does"
            )


def serve(settings: FrontDoorSettings) -> None:
    """Serve until SIGTERM or SIGINT. Errors: NotMigratedError; Refusal forbidden `role_may_too_much`."""
    if not asyncio.run(at_head(settings.database_url, MIGRATIONS)):
        raise NotMigratedError("the database is not migrated; run: python -m services.intake.front_door migrate")
    asyncio.run(check_role(settings.database_url))
    registry = CollectorRegistry()
    app = compose(settings, registry)
    start_http_server(settings.metrics_port, settings.metrics_host, registry=registry)
    # uvicorn stops in good order, then raises the signal once more.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    listen(app, settings)
