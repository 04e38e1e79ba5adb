"""Whether a program answers, and whether it can work; the same for the services and the desk.

Rule: it is asked without a token and tells nothing but names of parts.
"""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, BaseModel

from shared.clock import Clock
from shared.web.problems import problem

Readiness = Callable[[], Awaitable[dict[str, bool]]]


class Ready(BaseModel):
    """The service can work; now: its domain time."""

    ready: bool = True
    now: AwareDatetime


class Live(BaseModel):
    """The process answers."""

    status: str = "alive"


def routes(ready: Readiness, clock: Clock) -> APIRouter:
    router = APIRouter(tags=["health"])

    @router.get("/health/live", response_model=Live)
    async def live() -> Live:
        return Live()

    @router.get("/health/ready", response_model=Ready)
    async def readiness() -> Response:
        parts = await ready()
        if all(parts.values()):
            return Response(Ready(now=clock.now()).model_dump_json(), 200, media_type="application/json")
        missing = ", ".join(name for name, good in parts.items() if not good)
        return problem(503, "not_ready", f"Waiting for: {missing}.")

    return router
