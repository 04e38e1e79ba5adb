"""What all HTTP APIs of the house have in common, held for every route that there is."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from pydantic import BaseModel

from deploy.snapshots.apis import composed
from shared.web.routing import Route, present_of, routes_of

WITHOUT_KEY = {"/partners/{partner_id}/referrals": "a signed webhook: its webhook-id is the key"}

WITHOUT_VERSION = {
    "/cases/{case_id}/triage/assessment": "only reckons; the triage that follows takes the version",
    "/cases/{case_id}/recusal": "somebody keeps away themselves, whatever the case is by now",
    "/cases/{case_id}/interpreter-search": "only looks; what it looks for must stand in no address",
    "/cases/{case_id}/resettlement-form": "only looks; who asked for it is on the log",
    "/staff/{actor_id}/revocation": "acts on tokens, of which nobody has a version; again is later",
    "/letters-set-aside/{letter_id}/retry": "settled once, and not found afterwards",
    "/letters-set-aside/{letter_id}/discard": "settled once, and not found afterwards",
    "/parked/{parked_id}/replay": "settled once, and not found afterwards",
    "/parked/{parked_id}/discard": "settled once, and not found afterwards",
    "/programmes/{programme_id}/staff": "puts somebody on a list, who may be on it already",
    "/disclosures/{disclosure_id}/signatures": "bound to the digest of what is signed",
    "/reveals/{reveal_id}/signatures": "what is asked never changes, and nobody signs twice",
    "/maskings/{masking_id}/decision": "as a reveal",
    "/evidence/{evidence_id}/copies": "reads the content, which never changes",
    "/reports/{report_id}/pdf": "reads what was frozen, which never changes",
}
"""Acts on something that exists that need no If-Match, and why."""

BOUNDED = {
    "/requests/{request_id}/screenings": "a request is screened a few times at most",
    "/requests/{request_id}/safe-contact": "the ways to two people at most",
    "/requests/{request_id}/contact-attempts": "somebody is tried on a few days before they are out of reach",
    "/triage-rules": "one file of rules",
    "/cases/{case_id}/people": "a case has at most 30 people",
    "/cases/{case_id}/travellers": "a case has at most 30 people",
    "/cases/{case_id}/newcomers": "a case has at most 30 people",
    "/people/{person_id}/clearance": "one thing: whether a person may travel, by country",
    "/people/{person_id}/identity": "one person, with their languages",
    "/cases/{case_id}/timeline": "an excerpt: the newest changes; the whole is the audit log's",
    "/figures": "the public figures, always all of them",
    "/maskings/{masking_id}": "one masking, with the passages that it hides",
    "/claim-definitions": "a topic is defined anew once in a while",
}
"""Answers that hold several things and have no pages, and why."""


ENDLESS = {"/alerts/stream": "server-sent events, as long as the token lasts; no document can promise an end"}
"""Routes that are in no OpenAPI document, and why."""


@dataclass(frozen=True)
class Served:
    """A route, and what the OpenAPI document of its service says of it."""

    service: str
    route: Route
    operation: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.service} {self.route.method} {self.route.path}"

    @property
    def answers(self) -> set[str]:
        return set(self.operation["responses"])

    def parameters(self, where: str) -> set[str]:
        return {one["name"] for one in self.operation.get("parameters", ()) if one["in"] == where}


@cache
def served() -> tuple[Served, ...]:
    """Every route of every service."""
    return tuple(_all())


def _all() -> Iterator[Served]:
    for service, runtime in composed().items():
        app = runtime.app()
        paths = app.openapi()["paths"]
        for route in routes_of(app.routes):
            if route.path in ENDLESS:
                assert route.path not in paths
                continue
            yield Served(service, route, paths[route.path][route.method.lower()])


def acts() -> list[Served]:
    return [one for one in served() if one.route.method != "GET"]


def test_there_are_routes() -> None:
    """What follows is about something: every service has looks and acts."""
    assert {one.service for one in acts()} == {"intake", "logistics", "settlement", "notify"}
    assert len(acts()) > 40
    assert {one.route.method for one in served()} == {"GET", "POST"}


def test_every_post_takes_an_idempotency_key() -> None:
    """So that it can be sent again."""
    without = {one.route.path for one in acts() if "idempotency-key" not in one.parameters("header")}
    assert without == set(WITHOUT_KEY)


def test_every_change_takes_the_version_that_was_seen() -> None:
    """An act on something that exists takes If-Match, unless it makes something new under it and answers 201."""
    changing = [one for one in acts() if one.parameters("path") and "201" not in one.answers]
    without = {one.route.path for one in changing if "if-match" not in one.parameters("header")}
    assert without - set(WITHOUT_KEY) == set(WITHOUT_VERSION)


def test_whoever_changes_something_can_look_at_it() -> None:
    """For each change there is a look at what it changes, with a version: what a conflict shows."""
    blind = []
    for one in served():
        routes = [other.route for other in served() if other.service == one.service]
        if one.route.changes and present_of(one.route, routes) is None:
            blind.append(one.name)
    assert blind == []


def test_every_list_has_pages() -> None:
    """Whatever answers with several things takes after and limit, and says where to go on."""
    lists = [one for one in served() if one.route.method == "GET" and _holds_many(one.route.model)]
    unpaged = {one.route.path for one in lists if not one.parameters("query") >= {"after", "limit"}}
    assert unpaged == set(BOUNDED)
    endless = [one.name for one in lists if one.route.paged and "next" not in one.route.model.model_fields]
    assert endless == []
    assert len(lists) > 20


def _holds_many(model: Any) -> bool:
    """It is no single thing with a version, and has a field of many things."""
    if not (isinstance(model, type) and issubclass(model, BaseModel)) or "version" in model.model_fields:
        return False
    return any("tuple[" in str(field.annotation) for field in model.model_fields.values())


def test_every_answer_is_documented() -> None:
    """Which problems a route has follows from what the document says it takes."""
    missing = {}
    for one in served():
        due = {"414", "429", "431", "503"}
        due |= {"401", "403"} if one.operation.get("security") else set()
        due |= {"404"} if one.parameters("path") else set()
        due |= {"422"} if one.parameters("path") | one.parameters("query") else set()
        due |= {"400", "409", "413", "415", "422"} if one.route.method == "POST" else set()
        due |= {"412", "428"} if "if-match" in one.parameters("header") else set()
        if not due <= one.answers:
            missing[one.name] = due - one.answers
    assert missing == {}


def test_every_answer_that_is_no_success_is_a_problem() -> None:
    """In `application/problem+json`, of one shape; 304 has no body."""
    for runtime in composed().values():
        document = runtime.app().openapi()
        assert "HTTPValidationError" not in document["components"]["schemas"]
        for status, answer in document["components"]["responses"].items():
            if status == "304":
                assert "content" not in answer
            else:
                schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
                assert answer["content"] == {"application/problem+json": schema}


@pytest.mark.parametrize("header", ["idempotency-key", "if-match"])
def test_what_is_required_is_said_to_be(header: str) -> None:
    """The document says that the header is required."""
    found = [
        parameter
        for one in served()
        for parameter in one.operation.get("parameters", ())
        if parameter["name"] == header
    ]
    assert found
    assert all(parameter["required"] for parameter in found)
