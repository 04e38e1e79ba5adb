"""Writes every answer that a route may give into the OpenAPI document.

Rule: what a route may answer follows from what it asks (`shared/web/routing.py`); no route declares a problem itself.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from shared.web.calls import ETAG, KEY
from shared.web.problems import MEDIA_TYPE, Problem
from shared.web.routing import Route

_ANSWER = "#/components/responses/{}"
_REQUIRED = {"idempotency-key": KEY.pattern, "if-match": ETAG.pattern}
_ALWAYS = (414, 429, 431, 503)
_SAID = {
    304: "Nothing changed since the ETag in If-None-Match.",
    412: "Somebody changed it since; with both versions and its present state for who may see it.",
    428: "If-Match is missing.",
    429: "Too many requests; Retry-After says when to come back.",
    503: "Not now; Retry-After says when to come back.",
}


def statuses(route: Route) -> list[int]:
    """Every status but that of success."""
    found = set(_ALWAYS)
    if route.path_parameters or route.query_parameters or route.body:
        found.add(422)
    if route.path_parameters:
        found.add(404)
    if route.with_token:
        found |= {401, 403}
    if route.method == "GET" and route.versioned:
        found.add(304)
    if route.method != "GET":
        found |= {400, 404, 409, 413, 415, 422}
    if route.method != "GET" and not route.with_token:
        found.add(401)
    if route.changes:
        found |= {412, 428}
    return sorted(found)


def describe(document: dict[str, Any], routes: Mapping[tuple[str, str], Route]) -> dict[str, Any]:
    """The document with all answers; changed in place. routes: by method and path."""
    used: set[int] = set()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            said = statuses(routes[method.upper(), path])
            used.update(said)
            answers = {**operation["responses"], **{str(status): {"$ref": _ANSWER.format(status)} for status in said}}
            operation["responses"] = dict(sorted(answers.items()))
            for parameter in operation.get("parameters", ()):
                _require(parameter)
    parts = document.setdefault("components", {})
    schemas = parts.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    drawn = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    parts["schemas"] = dict(sorted({**schemas, **drawn.pop("$defs"), "Problem": drawn}.items()))
    parts["responses"] = {str(status): _answer(status) for status in sorted(used)}
    return document


def _require(parameter: dict[str, Any]) -> None:
    """The code takes it missing, to answer with a better word than 422; the document says that it must be there."""
    pattern = _REQUIRED.get(parameter["name"]) if parameter["in"] == "header" else None
    if pattern is not None:
        parameter |= {"required": True, "schema": {"type": "string", "pattern": pattern}}


def _answer(status: int) -> dict[str, Any]:
    said: dict[str, Any] = {"description": _SAID.get(status, HTTPStatus(status).phrase)}
    if status != 304:
        said["content"] = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return said
