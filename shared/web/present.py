"""Two people who edit at once find out: the answer to a change of what somebody else changed meanwhile.

Rule: who may see the thing gets both versions and its present state, as its own route shows it and with the audit row
of a look; who may not gets nothing but that it changed.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import orjson
from fastapi import Request
from fastapi.responses import JSONResponse

from shared.errors import Refusal
from shared.web.calls import Changed
from shared.web.problems import problem
from shared.web.routing import Route, present_of

Stale = Callable[[Request], Awaitable[JSONResponse]]


def stale_answers(routes: Sequence[Route]) -> Stale:
    """What answers a change of something that had changed."""
    looks = {one.path: present_of(one, routes) for one in routes if one.changes}

    async def stale(request: Request) -> JSONResponse:
        change: Changed | None = request.scope.get("lodestar.changed")
        if change is None:
            return problem(409, "changed_meanwhile", "Somebody changed it at this moment; send it again.")
        look = looks[request.scope["route"].path]
        seen = {} if look is None else await _see(look, request, change)
        return problem(412, "stale_version", "Somebody changed it since you looked.", more=seen)

    return stale


async def _see(look: Route, request: Request, change: Changed) -> dict[str, Any]:
    path = {name: value for name, value in request.path_params.items() if name in look.path_parameters}
    try:
        answer = await look.endpoint(**path, **{str(look.call): change.as_look()})
    except Refusal:
        return {}
    present = orjson.loads(answer.body)
    return {"your_version": change.version, "present_version": present["version"], "present": present}
