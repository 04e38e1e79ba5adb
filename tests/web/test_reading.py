"""What is read of a body, and what is not."""

import httpx
import orjson
import pytest

from shared.settings import Limits
from tests.support.room import problem
from tests.web.hall import Hall

JSON = {"content-type": "application/json"}


async def send(body: bytes, limits: Limits | None = None, **headers: str) -> httpx.Response:
    async with Hall(limits).client() as client:
        return await client.post(
            "/notes", content=body, headers={**JSON, **{k.replace("_", "-"): v for k, v in headers.items()}}
        )


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"text": ', "malformed_json"),
        (b"\xff\xfe", "malformed_json"),
        (b'{"text": "\xe9"}', "malformed_json"),
        (b'{"text": "\\ud800"}', "malformed_json"),
        (b'{"text": "a\\u0000b"}', "malformed_json"),
        (b'{"more": {"a\\u0000b": 1}}', "malformed_json"),
        (b'{"more": NaN}', "malformed_json"),
        (b'{"more": ' + b"[" * 32 + b"]" * 32 + b"}", "too_deep"),
        (b'{"more": ' + b'{"a":' * 32 + b"1" + b"}" * 33, "too_deep"),
        (b"[" * 100_000, "malformed_json"),
    ],
)
async def test_what_is_no_sound_json_is_400(body: bytes, code: str) -> None:
    """Broken, not UTF-8, a lone surrogate, NUL, or nested deeper than 32."""
    assert problem(await send(body)) == (400, code)


@pytest.mark.parametrize(
    "body", [b'{"more": ' + b"[" * 31 + b"]" * 31 + b"}", b'{"text": "\\\\u0000"}', orjson.dumps({"more": [{}] * 100})]
)
async def test_what_only_looks_like_it_is_read(body: bytes) -> None:
    """31 arrays in an object, a backslash before u0000, and a hundred objects side by side are fine."""
    assert (await send(body)).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"content_type": "text/plain"},
        {"content_type": "application/x-www-form-urlencoded"},
        {"content_type": "application/json; charset=latin-1"},
        {"content_type": "application/problem+json"},
        {"content_encoding": "gzip"},
    ],
)
async def test_another_type_is_415(headers: dict[str, str]) -> None:
    """JSON in UTF-8, as it is; nothing is guessed."""
    assert problem(await send(b"{}", **headers)) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    "said", ["application/json", "application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"']
)
async def test_json_may_say_its_charset(said: str) -> None:
    """However it is spelled."""
    assert (await send(b"{}", content_type=said)).status_code == 200


async def test_a_body_has_an_end_however_it_is_sent() -> None:
    """Declared or in pieces, more than the limit is 413 and as much as the limit is read."""
    limits = Limits(body_bytes=2048)
    whole = orjson.dumps({"text": "x" * (2048 - len(b'{"text":""}'))})
    assert len(whole) == 2048
    assert (await send(whole, limits)).status_code == 200
    assert problem(await send(whole + b" ", limits)) == (413, "body_too_large")

    async def pieces():  # type: ignore[no-untyped-def]
        yield whole
        yield b" "

    async with Hall(limits).client() as client:
        assert problem(await client.post("/notes", content=pieces(), headers=JSON)) == (413, "body_too_large")
