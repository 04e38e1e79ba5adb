"""Keys of a local installation."""

import json
import stat
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet, OKPKey

from deploy.local.keys import ALGORITHM, DevelopmentIssuer, ensure_bus_keys, jwks_path
from deploy.local.state import StateFolder
from shared.contracts.topology import LODESTAR

ADDRESS = "http://127.0.0.1:8706"
SUBJECT = "0123456789abcdef" * 2


def modes(folder: Path) -> set[int]:
    return {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


def test_bus_keys_are_made_once(state: StateFolder) -> None:
    """Every service, the operator and the clock have a key of their own, the same on every start."""
    made = ensure_bus_keys(state.keys, LODESTAR)
    assert set(made) == {*LODESTAR.services, "operator", "clock"}
    assert len(set(made.values())) == len(made)
    assert all(key.startswith("U") for key in made.values())
    assert ensure_bus_keys(state.keys, LODESTAR) == made


def test_private_halves_are_for_their_owner_only(state: StateFolder) -> None:
    """Key files have mode 0600 in a folder of mode 0700."""
    ensure_bus_keys(state.keys, LODESTAR)
    DevelopmentIssuer.open(state.keys, ADDRESS)
    assert modes(state.keys) == {0o600}
    assert modes(state.path) == {0o700}


def test_a_token_says_who_asks_and_opens_with_the_published_key(state: StateFolder) -> None:
    """A token carries issuer, subject, kind, roles, audience, times and an id of its own, and the key's id."""
    issuer = DevelopmentIssuer.open(state.keys, ADDRESS)
    token = issuer.sign(SUBJECT, "staff", ["coordinator"], "intake", 300)
    again = DevelopmentIssuer.open(state.keys).sign(SUBJECT, "staff", ["coordinator"], "intake", 300)
    published = json.loads(jwks_path(state.keys).read_bytes())
    read = jwt.decode(token, KeySet.import_key_set(published), algorithms=[ALGORITHM])
    assert read.header == {"typ": "JWT", "alg": "Ed25519", "kid": published["keys"][0]["kid"]}
    claims = dict(read.claims)
    assert claims.pop("exp") - claims.pop("iat") == 300
    other = jwt.decode(again, KeySet.import_key_set(published), algorithms=[ALGORITHM])
    assert other.claims["jti"] != claims.pop("jti")
    assert claims == {
        "iss": ADDRESS,
        "sub": SUBJECT,
        "kind": "staff",
        "roles": ["coordinator"],
        "aud": "intake",
    }


def test_the_published_key_is_the_public_half(state: StateFolder) -> None:
    """jwks.json holds nothing that signs."""
    DevelopmentIssuer.open(state.keys, ADDRESS)
    (key,) = json.loads(jwks_path(state.keys).read_bytes())["keys"]
    assert "d" not in key


def test_a_token_of_another_installation_is_refused(state: StateFolder, tmp_path: Path) -> None:
    """The issuer of one state folder signs nothing for another one."""
    elsewhere = StateFolder(tmp_path / "other").create()
    token = DevelopmentIssuer.open(elsewhere.keys, ADDRESS).sign(SUBJECT, "staff", [], "intake", 300)
    DevelopmentIssuer.open(state.keys, ADDRESS)
    ours = OKPKey.import_key(json.loads(jwks_path(state.keys).read_bytes())["keys"][0])
    with pytest.raises(BadSignatureError):
        jwt.decode(token, ours, algorithms=[ALGORITHM])
