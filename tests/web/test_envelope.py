"""What is around every request of every service."""

import asyncio

import pytest
from prometheus_client import generate_latest

from shared.clock import new_id
from shared.settings import Limits
from tests.support.room import problem
from tests.web.hall import Hall

ALWAYS = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-resource-policy": "same-origin",
}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/public", 200),
        ("GET", "/private/x", 401),
        ("GET", "/nowhere", 404),
        ("GET", "/public/", 404),
        ("PATCH", "/public", 405),
        ("POST", "/notes", 422),
        ("GET", "/fall", 500),
        ("GET", "/openapi.json", 200),
        ("GET", "/public?" + "x" * 3000, 414),
        ("GET", "/health/ready", 200),
    ],
)
async def test_every_answer_has_all_security_headers(method: str, path: str, status: int) -> None:
    """Whether it went well, was refused, or fell; every refusal is a problem, and none repeats the input."""
    async with Hall().client() as client:
        answer = await client.request(method, path)
    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in ALWAYS} == ALWAYS
    assert "geolocation=()" in answer.headers["permissions-policy"]
    assert "strict-transport-security" not in answer.headers
    assert "server" not in answer.headers
    if status >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status
        assert "somebody" not in answer.text
    if status == 405:
        assert answer.headers["allow"] == "GET"


async def test_production_tells_browsers_to_stay_with_tls() -> None:
    """Only where TLS is all there is."""
    async with Hall(tls=True).client() as client:
        for path in ("/public", "/nowhere"):
            answer = await client.get(path)
            assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"


async def test_headers_have_an_end() -> None:
    """More than the limit is 431."""
    async with Hall(Limits(head_bytes=2048)).client() as client:
        assert problem(await client.get("/public", headers={"x-much": "x" * 2048})) == (431, "headers_too_large")


async def test_an_answer_begins_in_time() -> None:
    """Whatever hangs inside, the caller hears 503 and when to come back; the next one is served."""
    hall = Hall(Limits(seconds=0.2))
    async with hall.client() as client:
        late = await client.get("/wait")
        assert (problem(late), late.headers["retry-after"]) == ((503, "late"), "1")
        assert (await client.get("/public")).status_code == 200


async def test_what_is_too_much_at_once_is_told_to_come_back() -> None:
    """While two are present the third is 503, but a probe is answered; when they have left there is room again."""
    hall = Hall(Limits(at_once=2))
    async with hall.client() as client:
        present = [asyncio.create_task(client.get("/wait")) for _ in range(2)]
        await hall.waiting.wait()
        await asyncio.sleep(0)
        busy = await client.get("/public")
        assert (problem(busy), busy.headers["retry-after"]) == ((503, "busy"), "1")
        assert (await client.get("/health/live")).status_code == 200
        hall.going_on.set()
        assert {answer.status_code for answer in await asyncio.gather(*present)} == {200}
        assert (await client.get("/public")).status_code == 200


async def test_measures_name_no_address_and_no_made_up_method() -> None:
    """Labels are method, template of the route and status; a made-up path or method adds none."""
    hall = Hall()
    secret = new_id()
    async with hall.client(hall.token()) as client:
        await client.get(f"/private/{secret}")
        await client.get(f"/{secret}")
        await client.request(f"X{secret[:8].upper()}", "/public")
        assert (await client.get("/metrics")).status_code == 404
    shown = generate_latest(hall.registry).decode()
    assert 'lodestar_http_requests_total{method="GET",route="/private/{name}",status="200"} 1.0' in shown
    assert 'lodestar_http_requests_total{method="other",route="/public",status="405"} 1.0' in shown
    assert secret not in shown
    assert secret[:8].upper() not in shown
