"""A token that is not exactly what the issuer signed for us is refused, always in the same way, at the HTTP door."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey
from joserfc.jws import JWSRegistry

from shared.settings import Limits
from tests.fuzz.mutants import VALUES, spoiled_bytes
from tests.web.hall import AUDIENCE, ISSUER, Hall

pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
UNHURRIED = Limits(
    actor_per_s=1e6,
    actor_burst=10**6,
    public_per_s=1e6,
    public_burst=10**6,
    failed_per_s=1e6,
    failed_burst=10**6,
)
BOUNDED = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
NOW = int(time.time())
DAY_S = 86_400
"""The same claims are used from the first test to the last, which may be hours later."""

CLAIMS = {
    "iss": ISSUER,
    "aud": AUDIENCE,
    "sub": "a1" * 16,
    "kind": "staff",
    "roles": [],
    "iat": NOW,
    "exp": NOW + DAY_S,
}


@pytest.fixture(scope="module")
def hall() -> Hall:
    return Hall(UNHURRIED)


async def ask(hall: Hall, token: bytes) -> httpx.Response:
    async with hall.client() as client:
        return await client.get("/private/x", headers={"Authorization": b"Bearer " + token})  # type: ignore[dict-item]


def refused(answer: httpx.Response) -> bool:
    """The one refusal, but for the id of the request."""
    said = {name: value for name, value in answer.json().items() if name != "instance"}
    return (answer.status_code, answer.headers["www-authenticate"], said) == (
        401,
        "Bearer",
        {
            "type": "urn:lodestar:problem:token_invalid",
            "title": "Unauthorized",
            "status": 401,
            "code": "token_invalid",
            "detail": "Please sign in again.",
        },
    )


def part(value: Any) -> bytes:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def decoded(token: bytes) -> list[bytes] | None:
    """What the parts of a token stand for."""
    try:
        return [base64.urlsafe_b64decode(one + b"=" * (-len(one) % 4)) for one in token.split(b".")]
    except ValueError:
        return None


def signed(key: Any, alg: str, claims: Any, **header: Any) -> bytes:
    named = {"alg": alg, "kid": "test", **header}
    return jwt.encode(named, claims, key, registry=JWSRegistry(algorithms=[alg])).encode()


@BOUNDED
@given(data=st.data())
async def test_a_spoiled_token_is_refused(hall: Hall, data: st.DataObject) -> None:
    """In any of its bytes; only what stands for the same header, claims and signature is the same token."""
    good = signed(hall._key, "EdDSA", CLAIMS)
    assert (await ask(hall, good)).status_code == 200
    bad = data.draw(spoiled_bytes(good)).translate(None, b"\r\n\0 \t") or b"x"
    answer = await ask(hall, bad)
    if answer.status_code == 200:
        assert decoded(bad) == decoded(good)
    else:
        assert refused(answer), answer.text


@BOUNDED
@given(claim=st.sampled_from(sorted([*CLAIMS, "nbf", "iat"])), value=VALUES)
async def test_no_made_up_claim_gets_in(hall: Hall, claim: str, value: Any) -> None:
    """Signed well, with one claim that is anything: refused, unless it is what it should be."""
    answer = await ask(hall, signed(hall._key, "EdDSA", {**CLAIMS, claim: value}))
    if answer.status_code == 200:
        text = isinstance(value, list) and all(isinstance(one, str) for one in value)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        now = time.time()
        right: dict[str, bool] = {
            "iss": value == ISSUER,
            "aud": value == AUDIENCE or (text and AUDIENCE in value),
            "roles": text,
            "exp": number and value > now - 60,
            "nbf": number and value < now + 600,
            "iat": number and value < now + 600,
        }
        assert right.get(claim, False), (claim, value)
    else:
        assert refused(answer), answer.text


@BOUNDED
@given(name=st.sampled_from(["alg", "kid", "typ", "crit", "jwk", "jku", "x5u", "b64", "zip", "cty"]), value=VALUES)
async def test_no_made_up_header_gets_in(hall: Hall, name: str, value: Any) -> None:
    """A header that is anything, before claims that anybody could have written: refused."""
    header = {"alg": "EdDSA", "kid": "test", name: value}
    unsigned = b".".join([part(header), part(CLAIMS)])
    for signature in (b"", part(b"\0" * 64), part(b"x")):
        assert refused(await ask(hall, unsigned + b"." + signature))


async def test_no_other_way_of_signing_gets_in(hall: Hall) -> None:
    """`none`, HMAC under what everybody knows of the key, another key of the same name, an elliptic one, a past or a
    foreign token."""
    public = hall._key.as_dict(private=False)
    known = [str(public["x"]).encode(), json.dumps(public).encode(), hall._key.as_pem(private=False), b"", b"test"]
    bad = []
    for alg in ("none", "None", "NONE", "nOnE", ""):
        bad += [
            part({"alg": alg, "kid": "test"}) + b"." + part(CLAIMS) + b".",
            part({"alg": alg}) + b"." + part(CLAIMS) + b".",
        ]
    for alg, digest in (("HS256", hashlib.sha256), ("HS512", hashlib.sha512)):
        for secret in known:
            head = part({"alg": alg, "kid": "test"}) + b"." + part(CLAIMS)
            bad.append(head + b"." + part(hmac.new(secret, head, digest).digest()))
    bad.append(signed(OKPKey.generate_key("Ed25519", {"kid": "test"}), "EdDSA", CLAIMS))
    bad.append(signed(ECKey.generate_key("P-256", {"kid": "test"}), "ES256", CLAIMS))
    bad.append(signed(hall._key, "EdDSA", CLAIMS, kid="another"))
    bad.append(signed(hall._key, "EdDSA", {**CLAIMS, "exp": NOW - 3600}))
    bad.append(signed(hall._key, "EdDSA", {**CLAIMS, "aud": "logistics"}))
    for token in bad:
        assert refused(await ask(hall, token)), token
