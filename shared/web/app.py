"""Makes a service's FastAPI application: routes, problems, limits, headers, health.

Rule: what is around the routes is the same for all services; nothing here knows what a service does.
"""

from collections.abc import Collection, Sequence
from typing import Any

from fastapi import APIRouter, FastAPI
from prometheus_client import CollectorRegistry

from shared.access import TokenVerifier
from shared.clock import Clock
from shared.settings import Limits
from shared.web import health
from shared.web.described import describe
from shared.web.envelope import Envelope
from shared.web.health import Readiness
from shared.web.limits import Callers
from shared.web.present import stale_answers
from shared.web.problems import install
from shared.web.reading import JSON, Bodies, own_limits
from shared.web.routing import routes_of


class Application(FastAPI):
    """A FastAPI application whose OpenAPI document holds every answer."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            routes = {(one.method, one.path): one for one in routes_of(self.routes)}
            self.openapi_schema = describe(super().openapi(), routes)
        return self.openapi_schema


def make_app(
    title: str,
    routers: Sequence[APIRouter],
    verifier: TokenVerifier,
    ready: Readiness,
    registry: CollectorRegistry,
    clock: Clock,
    lifespan: Any = None,
    *,
    limits: Limits | None = None,
    accepts: Collection[str] = (JSON,),
    tls: bool = False,
) -> FastAPI:
    """The application of one service. accepts: the media types of bodies; tls: it is reached by TLS alone."""
    app = Application(
        title=f"Lodestar {title}",
        version="1",
        lifespan=lifespan,
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    limits = limits or Limits()
    app.state.verifier = verifier
    app.state.callers = Callers(limits)
    for router in routers:
        app.include_router(router)
    app.include_router(health.routes(ready, clock))
    install(app, stale_answers(list(routes_of(app.routes))))
    app.add_middleware(Bodies, limits=limits, own_limits=own_limits(app.routes), accepts=accepts)
    app.add_middleware(Envelope, registry=registry, limits=limits, callers=app.state.callers, tls=tls)
    return app
