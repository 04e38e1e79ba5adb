"""The file of public keys."""

import json
from pathlib import Path

import pytest

from shared.contracts.fields import SealRequest
from shared.errors import Refusal
from shared.vault import MasterKeys, PublicKeysets, public_entry, seal

PERSON = "a" * 32
EVENT = "e" * 32


def test_public_file_round_trip(tmp_path: Path) -> None:
    """What `public_entry` gives can be written to the deployment's file and read from it."""
    entry = public_entry(MasterKeys.create(tmp_path / "master.json"))
    path = tmp_path / "public.json"
    path.write_text(json.dumps({"intake": entry, "notify": entry[0]}))
    recipients = PublicKeysets.load(path)
    assert recipients.current("intake")[0] == entry[0]["kid"]
    assert recipients.current("notify")[0] == entry[0]["kid"]


def test_public_entry_holds_no_secret(tmp_path: Path) -> None:
    """Of the secrets in the master file not one is in the public entry."""
    path = tmp_path / "master.json"
    entry = json.dumps(public_entry(MasterKeys.create(path)))
    ring = json.loads(path.read_bytes())
    keysets = [ring["wrapping"], ring["own"], ring["blind"], ring["sealing"][0]["keyset"]]
    for keyset in keysets:
        assert keyset["key"][0]["keyData"]["value"] not in entry


def test_secret_in_the_public_file_is_refused(tmp_path: Path) -> None:
    """A private keyset in the public file stops the start."""
    path = tmp_path / "master.json"
    MasterKeys.create(path)
    private = json.loads(path.read_bytes())["sealing"][0]
    with pytest.raises(Refusal) as refused:
        PublicKeysets({"intake": private})
    assert (refused.value.kind, refused.value.code) == ("invalid", "public_keys_broken")


def test_key_under_a_foreign_name_is_refused(tmp_path: Path) -> None:
    """A kid follows from its key; an entry with another one is refused."""
    entry = public_entry(MasterKeys.create(tmp_path / "master.json"))[0]
    with pytest.raises(Refusal) as refused:
        PublicKeysets({"intake": {**entry, "kid": "0123456789abcdef"}})
    assert refused.value.code == "public_keys_broken"


@pytest.mark.parametrize("primaries", [(False, False), (True, True)])
def test_exactly_one_primary(tmp_path: Path, primaries: tuple[bool, bool]) -> None:
    """A list of keys without a primary, or with two, is refused."""
    keys = [public_entry(MasterKeys.create(tmp_path / name))[0] for name in ("one", "two")]
    with pytest.raises(Refusal) as refused:
        PublicKeysets({"intake": [{**key, "primary": first} for key, first in zip(keys, primaries, strict=True)]})
    assert refused.value.code == "public_keys_broken"


@pytest.mark.parametrize("content", ["", "[]", "3", '{"intake": null}', '{"intake": []}', '{"intake": ["x"]}'])
def test_broken_public_file_is_refused(tmp_path: Path, content: str) -> None:
    """A file of another shape is refused by name."""
    path = tmp_path / "public.json"
    path.write_text(content)
    with pytest.raises(Refusal) as refused:
        PublicKeysets.load(path)
    assert (refused.value.kind, refused.value.code) == ("invalid", "public_keys_broken")


def test_unknown_recipient_is_refused() -> None:
    """Nothing is sealed to a service that the deployment does not name."""
    with pytest.raises(Refusal) as refused:
        seal(PublicKeysets({}), EVENT, SealRequest(PERSON, ("notify",), b"x"))
    assert (refused.value.kind, refused.value.code) == ("unavailable", "recipient_key_missing")
