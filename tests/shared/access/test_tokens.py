"""Which tokens are believed; the issuer and the people are invented."""

import base64
import hashlib
import hmac
import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, OKPKey
from joserfc.jws import JWSRegistry

from shared.access import Actor, Revocations, TokenVerifier
from shared.access.revocations import write_revocation
from shared.database import Database
from shared.errors import Refusal

ISSUER = "https://issuer.example"
MIRA = "a1" * 16

pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")


@pytest.fixture
def issuer_key() -> OKPKey:
    return OKPKey.generate_key("Ed25519", {"kid": "spring"})


@pytest.fixture
def verifier(issuer_key: OKPKey) -> TokenVerifier:
    return TokenVerifier(ISSUER, "intake", lambda: public(issuer_key), Revocations())


def public(*keys: Any) -> KeySet:
    return KeySet([type(key).import_key(key.as_dict(private=False)) for key in keys])


def claims(**other: Any) -> dict[str, Any]:
    now = int(time.time())
    right = {"iss": ISSUER, "aud": "intake", "sub": MIRA, "kind": "staff", "roles": ["caseworker"]}
    chosen = {**right, "iat": now, "nbf": now, "exp": now + 300, **other}
    return {name: value for name, value in chosen.items() if value is not None}


def token(key: Any, alg: str = "EdDSA", header: dict[str, Any] | None = None, **other: Any) -> str:
    named = {"kid": key.kid} if header is None else header
    return jwt.encode({"alg": alg, **named}, claims(**other), key, registry=JWSRegistry(algorithms=[alg]))


async def refused(verifier: TokenVerifier, bad: str) -> bool:
    with pytest.raises(Refusal) as no:
        await verifier.verify(bad)
    return (no.value.kind, no.value.code) == ("unauthenticated", "token_invalid")


async def test_a_good_token_names_its_actor(verifier: TokenVerifier, issuer_key: OKPKey) -> None:
    """Who carries a valid token is the person, of the kind and with the roles, that the issuer signed."""
    found = await verifier.verify(token(issuer_key, roles=["caseworker", "manager"]))
    assert found == Actor(MIRA, "staff", frozenset({"caseworker", "manager"}))


async def test_es256_is_believed_too() -> None:
    """An issuer may sign with ES256."""
    key = ECKey.generate_key("P-256", {"kid": "spring"})
    verifier = TokenVerifier(ISSUER, "intake", lambda: public(key), Revocations())
    assert (await verifier.verify(token(key, "ES256"))).id == MIRA


@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": "logistics"},
        {"aud": ["logistics", "notify"]},
        {"aud": None},
        {"iss": "https://other.example"},
        {"iss": None},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": True},
        {"iat": None},
        {"iat": "yesterday"},
        {"iat": True},
        {"sub": None},
        {"sub": "mira"},
        {"sub": "A1" * 16},
        {"sub": MIRA + "\n"},
        {"sub": 7},
        {"kind": None},
        {"kind": "system"},
        {"kind": "public"},
        {"kind": ["staff"]},
        {"roles": None},
        {"roles": "manager"},
        {"roles": [1]},
    ],
    ids=str,
)
async def test_a_wrong_or_missing_claim_is_refused(
    verifier: TokenVerifier, issuer_key: OKPKey, wrong: dict[str, Any]
) -> None:
    """Signed or not, a token for another audience, of another issuer or without a clear person is nobody's."""
    assert await refused(verifier, token(issuer_key, **wrong))


@pytest.mark.parametrize(("claim", "seconds"), [("exp", -40), ("nbf", 40), ("iat", 40)])
async def test_a_token_out_of_its_time_is_refused(
    verifier: TokenVerifier, issuer_key: OKPKey, claim: str, seconds: int
) -> None:
    """A token counts neither after its expiry nor before it was issued or begins."""
    assert await refused(verifier, token(issuer_key, **{claim: int(time.time()) + seconds}))


@pytest.mark.parametrize(("claim", "seconds"), [("exp", -20), ("nbf", 20), ("iat", 20)])
async def test_clocks_may_differ_by_half_a_minute(
    verifier: TokenVerifier, issuer_key: OKPKey, claim: str, seconds: int
) -> None:
    """A token that is out of its time by less than 30 seconds still counts."""
    assert await verifier.verify(token(issuer_key, **{claim: int(time.time()) + seconds}))


async def test_an_unsigned_token_is_refused(verifier: TokenVerifier) -> None:
    """`alg: none` is no signature, whatever key it names."""
    for alg in ("none", "None", "NONE"):
        assert await refused(verifier, raw({"alg": alg, "kid": "spring"}, claims(), lambda _: b""))


async def test_the_public_key_is_no_shared_secret(verifier: TokenVerifier, issuer_key: OKPKey) -> None:
    """An HS256 token made with the published key as its secret is refused, in every spelling of that key."""
    spellings = [issuer_key.as_pem(private=False), issuer_key.raw_value.public_key().public_bytes_raw()]
    for secret in [*spellings, json.dumps(issuer_key.as_dict(private=False)).encode()]:
        forged = raw({"alg": "HS256", "kid": "spring"}, claims(), mac(secret))
        assert await refused(verifier, forged)


async def test_a_shared_secret_among_the_keys_is_not_used() -> None:
    """Even when the issuer's set holds a symmetric key, nothing signed with it counts."""
    key = OctKey.generate_key(256, {"kid": "spring"})
    assert await refused(TokenVerifier(ISSUER, "intake", lambda: KeySet([key]), Revocations()), token(key, "HS256"))


async def test_only_the_named_curve_counts() -> None:
    """EdDSA means Ed25519 here, so a key on Ed448 signs nothing."""
    key = OKPKey.generate_key("Ed448", {"kid": "spring"})
    assert await refused(TokenVerifier(ISSUER, "intake", lambda: public(key), Revocations()), token(key))


async def test_a_key_is_not_used_with_the_other_algorithm(issuer_key: OKPKey) -> None:
    """A token that names the Ed25519 key but says ES256 is refused."""
    other = ECKey.generate_key("P-256", {"kid": "spring"})
    verifier = TokenVerifier(ISSUER, "intake", lambda: public(issuer_key), Revocations())
    assert await refused(verifier, token(other, "ES256"))


async def test_an_unknown_or_missing_key_id_is_refused(verifier: TokenVerifier, issuer_key: OKPKey) -> None:
    """A token says which of the issuer's keys signed it, and that key is known."""
    assert await refused(verifier, token(issuer_key, header={"kid": "autumn"}))
    assert await refused(verifier, token(issuer_key, header={}))


async def test_another_key_under_the_same_name_is_refused(verifier: TokenVerifier) -> None:
    """The name of a key proves nothing, its signature does."""
    assert await refused(verifier, token(OKPKey.generate_key("Ed25519", {"kid": "spring"})))


async def test_a_key_inside_the_token_is_ignored(verifier: TokenVerifier) -> None:
    """A token that brings its own key is refused."""
    own = OKPKey.generate_key("Ed25519", {"kid": "spring"})
    assert await refused(verifier, token(own, header={"kid": "spring", "jwk": own.as_dict(private=False)}))


async def test_a_changed_token_is_refused(verifier: TokenVerifier, issuer_key: OKPKey) -> None:
    """Whoever changes the roles breaks the signature."""
    head, _, signature = token(issuer_key).split(".")
    assert await refused(verifier, f"{head}.{part(claims(roles=['manager']))}.{signature}")


@pytest.mark.parametrize(
    "junk",
    ["", ".", "..", "a.b.c", "a.b.c.d.e", "é.é.é", "\x00", "e30.e30.", "W10.W10.W10", "bnVsbA.e30.e30", "x" * 200_000],
    ids=range(11),
)
async def test_junk_is_refused(verifier: TokenVerifier, junk: str) -> None:
    """What is no token at all is refused like any other."""
    assert await refused(verifier, junk)


@pytest.mark.parametrize("alg", [None, 7, ["EdDSA"], {"EdDSA": 1}], ids=str)
async def test_an_odd_algorithm_is_refused(verifier: TokenVerifier, alg: Any) -> None:
    """An algorithm that is not even a name is refused."""
    assert await refused(verifier, raw({"alg": alg, "kid": "spring"}, claims(), lambda _: b"x"))
    assert await refused(verifier, raw({"alg": "EdDSA", "kid": alg}, claims(), lambda _: b"x"))


async def test_a_changed_key_file_is_read_again(tmp_path: Path, issuer_key: OKPKey) -> None:
    """When the issuer's file is replaced, new keys count and removed ones no longer do."""
    path, fresh = tmp_path / "jwks.json", OKPKey.generate_key("Ed25519", {"kid": "autumn"})
    path.write_text(json.dumps(public(issuer_key).as_dict()))
    verifier = TokenVerifier(ISSUER, "intake", path, Revocations())
    assert await verifier.verify(token(issuer_key))
    path.write_text(json.dumps(public(fresh).as_dict()))
    os.utime(path, (time.time() + 5, time.time() + 5))
    assert await verifier.verify(token(fresh))
    assert await refused(verifier, token(issuer_key))


async def test_without_a_readable_key_file_nobody_is_known(tmp_path: Path, issuer_key: OKPKey) -> None:
    """A missing or broken key file refuses everybody as unavailable, until it is whole again."""
    path = tmp_path / "jwks.json"
    verifier = TokenVerifier(ISSUER, "intake", str(path), Revocations())
    for content in (None, "", "[]", '{"keys": []}', '{"keys": [{"kty": "OKP"}]}'):
        if content is not None:
            path.write_text(content)
        with pytest.raises(Refusal, match="unavailable:keys_unreadable"):
            await verifier.verify(token(issuer_key))
    path.write_text(json.dumps(public(issuer_key).as_dict()))
    assert await verifier.verify(token(issuer_key))


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def raw(header: dict[str, Any], body: dict[str, Any], sign: Any) -> str:
    signed = f"{part(header)}.{part(body)}"
    return f"{signed}.{base64.urlsafe_b64encode(sign(signed.encode())).rstrip(b'=').decode()}"


def mac(secret: bytes) -> Any:
    return lambda message: hmac.new(secret, message, hashlib.sha256).digest()


async def test_what_was_issued_up_to_a_revocation_is_refused(issuer_key: OKPKey) -> None:
    """Of one person only; what is issued 30 seconds later counts again, and nobody can tell why a token is refused."""
    revoked = Revocations()
    verifier = TokenVerifier(ISSUER, "intake", lambda: public(issuer_key), revoked)
    now = int(time.time())
    revoked.note(MIRA, datetime.fromtimestamp(now - 35 + 0.5, UTC))
    assert await refused(verifier, token(issuer_key, iat=now - 36))
    assert await refused(verifier, token(issuer_key, iat=now - 5))
    assert (await verifier.verify(token(issuer_key, iat=now - 4))).id == MIRA
    assert (await verifier.verify(token(issuer_key, iat=now - 36, sub="b2" * 16))).id == "b2" * 16


async def test_what_was_renewed_of_a_sign_in_before_a_revocation_is_refused(issuer_key: OKPKey) -> None:
    """However fresh the token is; of a sign-in since then it is believed, and what is no instant never is."""
    revoked = Revocations()
    verifier = TokenVerifier(ISSUER, "intake", lambda: public(issuer_key), revoked)
    now = int(time.time())
    revoked.note(MIRA, datetime.fromtimestamp(now - 60, UTC))
    assert await refused(verifier, token(issuer_key, auth_time=now - 61))
    assert await refused(verifier, token(issuer_key, auth_time=now - 31))
    assert (await verifier.verify(token(issuer_key, auth_time=now - 29))).id == MIRA
    assert await refused(verifier, token(issuer_key, iat=now - 61, auth_time=now))
    for wrong in ("yesterday", True, [now]):
        assert await refused(verifier, token(issuer_key, sub="b2" * 16, auth_time=wrong))


async def test_the_latest_revocation_stays(database: Database) -> None:
    """Whatever order two of them come in, the table has the later instant, and another process reads it."""
    early, late = (datetime(2017, 4, 3, hour, tzinfo=UTC) for hour in (9, 10))
    for before in (late, early):
        await database.transact(lambda tx, at=before: write_revocation(tx, tx.dialect, MIRA, at))
    other = Revocations()
    await database.transact(other.refresh)
    assert other.refuse(MIRA, late.timestamp() + 29)
    assert not other.refuse(MIRA, late.timestamp() + 31)
