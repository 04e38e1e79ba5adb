"""What the routes of a service ask of a call, read from what they depend on.

Rule: nothing about a route is declared twice: that it changes something, needs a token, or is a list, follows from its
parameters, and from that follow the answers that it may give.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import BaseRoute

from shared.web import calls


@dataclass(frozen=True)
class Route:
    """A route as it is served. call: the name of the parameter that takes the caller."""

    method: str
    path: str
    endpoint: Any
    call: str | None
    asks: frozenset[Any]
    path_parameters: frozenset[str]
    query_parameters: frozenset[str]
    body: bool
    model: Any

    @property
    def with_token(self) -> bool:
        return calls.caller in self.asks

    @property
    def keyed(self) -> bool:
        """It takes an Idempotency-Key."""
        return bool({calls.posted, calls.sent} & self.asks)

    @property
    def changes(self) -> bool:
        """It changes something that exists: it takes If-Match."""
        return calls.changed in self.asks

    @property
    def paged(self) -> bool:
        return {"after", "limit"} <= self.query_parameters

    @property
    def versioned(self) -> bool:
        """What it shows has a version, which is in its ETag."""
        return "version" in getattr(self.model, "model_fields", {})


def told_as(name: str) -> type[APIRoute]:
    """The class of routes that logs and measures know by `name` alone, as `route_class` of an APIRouter.

    For routes that together may be known to be used, and one of which may not.
    """

    class ToldAs(APIRoute):
        told_as = name

    return ToldAs


def told_of(route: object) -> str:
    """By what name logs and measures know a route; `unknown` when there is none."""
    return str(getattr(route, "told_as", getattr(route, "path", "unknown")))


def routes_of(routes: Iterable[BaseRoute]) -> Iterator[Route]:
    """Every API route, those of included routers too."""
    for context in iter_route_contexts(list(routes)):
        if isinstance(context.original_route, APIRoute):
            needs = context.dependant
            callers = {needed.call: needed.name for needed in needs.dependencies}
            for method in sorted(context.methods or ()):
                yield Route(
                    method,
                    str(context.path),
                    context.endpoint,
                    next((name for call, name in callers.items() if call == calls.caller), None),
                    frozenset(_calls(needs)),
                    frozenset(one.name for one in needs.path_params),
                    frozenset(one.name for one in needs.query_params),
                    context.body_field is not None,
                    context.response_model,
                )


def present_of(change: Route, routes: Iterable[Route]) -> Route | None:
    """The look that shows what `change` changes: its own path, or the longest that it begins with."""
    looks = [
        one
        for one in routes
        if one.method == "GET"
        and one.versioned
        and one.call is not None
        and f"{change.path}/".startswith(f"{one.path}/")
        and not one.query_parameters
    ]
    return max(looks, key=lambda one: len(one.path), default=None)


def _calls(needs: Dependant) -> Iterator[Any]:
    for needed in needs.dependencies:
        yield needed.call
        yield from _calls(needed)
